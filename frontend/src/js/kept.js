// What was written into a long form stays on this device until it was sent: no call, no lift without signal, no closed tab
// costs it. Files cannot be kept; the sentence says so.
import { OURS, fill, read, typed } from "./drafts.js";

export function startKept() {
  const form = document.querySelector("form[data-kept-here]");
  if (form) keep(form);
}

function keep(form) {
  const key = `${OURS}${form.dataset.keptHere}:here`;
  const entry = read(key);
  if (document.querySelector(".error-summary")) store(); // the server has just given back what was sent
  else if (entry) restore(entry);

  form.addEventListener("input", () => store() && delete form.dataset.dirty);
  form.addEventListener("submit", () => form.dataset.asked && store({ sent: true }));

  function restore({ at, values }) {
    fill(form, values);
    for (const card of form.querySelectorAll("details")) card.open = card.open || [...card.querySelectorAll("input, textarea")].some(isGiven);
    const words = form.querySelector("[data-kept]");
    words.textContent = form.dataset.wordBack.replace("{t}", new Date(at).toTimeString().slice(0, 5));
    words.hidden = false;
  }

  function store(more = {}) {
    const values = typed(form).filter(([, value]) => typeof value === "string");
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values, ...more }));
      return true;
    } catch {
      return false; // no room, or not allowed
    }
  }
}

function isGiven(field) {
  return field.type === "checkbox" ? field.checked : Boolean(field.value);
}
