// Nothing of a draft is lost: every change goes into this browser at once and to the server a moment later. What the server
// has is taken out of the browser again. Two windows never overwrite each other without being asked.
import { renewToken } from "./forms.js";

const QUIET = 700; // ms without a change before it is sent
const AGAIN = 4000; // ms before what could not be sent is tried again
const STALE = 30 * 86400e3; // ms after which nobody comes back for an entry
export const OURS = "draft:";
const NOT_TYPED = ["csrfmiddlewaretoken", "idempotency_key", "version", "window", "seen"];

export function startDrafts() {
  const form = document.querySelector("form[data-filing]");
  const here = document.querySelector("form[data-kept-here]"); // of kept.js
  sweep(form ? form.dataset.draft : here && here.dataset.keptHere);
  if (form) keep(form);
}

function keep(form) {
  const mine = `${OURS}${form.dataset.draft}:`;
  const here = String(Math.random()).slice(2) + Date.now(); // this window
  const words = form.querySelector("[data-kept]");
  const moved = form.querySelector("[data-moved]");
  const version = form.elements.version;
  let timer = null;
  let sending = false;
  let waiting = false; // something the server does not have
  let failed = false; // the last sending did
  let stopped = false; // until somebody has decided
  let newest = version.value; // the server's, when it told us

  form.elements.window.value = here;
  restore();

  document.addEventListener("input", (event) => event.target.closest("form") === form && change());
  addEventListener("online", () => waiting && send());
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (form.dataset.asked) store({ sent: true });
  });
  moved.querySelector("[data-take-theirs]").addEventListener("click", () => {
    forget();
    delete form.dataset.dirty;
    location.reload();
  });
  moved.querySelector("[data-take-mine]").addEventListener("click", () => {
    const entry = read(mine);
    if (entry) fill(form, entry.values);
    version.value = newest;
    stopped = false;
    moved.hidden = true;
    change();
  });

  function change() {
    waiting = true;
    if (words.dataset.state === "kept") tell(""); // not this yet
    if (store()) delete form.dataset.dirty; // a reload brings it back: no need to ask before leaving
    clearTimeout(timer);
    timer = setTimeout(send, QUIET);
  }

  async function send() {
    clearTimeout(timer);
    if (sending || stopped) return;
    sending = true;
    waiting = false;
    tell("keeping");
    renewToken(form);
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.save, { method: "POST", body, redirect: "manual" });
      await take(answer);
    } catch {
      later("here");
    } finally {
      sending = false;
    }
    if (waiting && !stopped) {
      clearTimeout(timer);
      timer = setTimeout(send, failed ? AGAIN : QUIET);
    }
  }

  async function take(answer) {
    if (answer.ok) {
      version.value = newest = (await answer.json()).version;
      failed = false;
      if (waiting) return tell("");
      forget();
      delete form.dataset.dirty;
      return tell("kept");
    }
    if (answer.status === 409) {
      const said = await answer.json();
      if (said.code === "draft-filed") {
        forget();
        return location.reload(); // leads to the report
      }
      newest = said.version;
      return collide();
    }
    if (answer.status === 404) {
      stopped = true;
      return tell("lost");
    }
    later(answer.type === "opaqueredirect" || answer.status === 403 ? "out" : "here");
  }

  function later(state) {
    waiting = failed = true;
    tell(state);
  }

  function collide() {
    stopped = true;
    waiting = true;
    moved.hidden = false;
    moved.scrollIntoView({ block: "center" });
    tell("");
  }

  /** What an earlier visit could not send. Over the same version it goes on; else somebody decides. */
  function restore() {
    const entry = read(mine);
    if (!entry) return;
    if (JSON.stringify(entry.values) === JSON.stringify(typed(form))) return forget();
    if (String(entry.version) !== version.value && entry.from !== form.dataset.savedFrom) return collide();
    fill(form, entry.values);
    tell("back", entry.at);
    change();
  }

  function store(more = {}) {
    const entry = { at: Date.now(), from: here, version: version.value, values: typed(form), ...more };
    try {
      localStorage.setItem(mine + here, JSON.stringify(entry));
      return true;
    } catch {
      return false; // no room, or not allowed: the server alone
    }
  }

  function forget() {
    for (const [key] of entries(mine)) localStorage.removeItem(key);
  }

  function tell(state, at = Date.now()) {
    words.dataset.state = state;
    const sentence = state && form.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`];
    words.textContent = sentence ? sentence.replace("{t}", new Date(at).toTimeString().slice(0, 5)) : "";
  }
}

/** What people typed or chose, in the order of the form. */
export function typed(form) {
  return [...new FormData(form)].filter(([name]) => !NOT_TYPED.includes(name));
}

export function fill(form, values) {
  const given = new Map();
  for (const [name, value] of values) given.set(name, [...(given.get(name) || []), value]);
  for (const field of form.elements) {
    if (!field.name || NOT_TYPED.includes(field.name)) continue;
    const wanted = given.get(field.name) || [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = wanted.includes(field.value);
    else field.value = wanted[0] || "";
  }
  form.dispatchEvent(new Event("filled"));
}

function entries(prefix) {
  const found = [];
  try {
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (key.startsWith(prefix)) found.push([key, JSON.parse(localStorage.getItem(key))]);
    }
  } catch {
    return [];
  }
  return found;
}

/** The newest entry of this draft. */
export function read(prefix) {
  return entries(prefix).map(([, entry]) => entry).sort((a, b) => b.at - a.at)[0];
}

/** What was sent with the form and led elsewhere has arrived; what is old, nobody comes back for. */
function sweep(draft) {
  const open = draft && `${OURS}${draft}:`;
  for (const [key, entry] of entries(OURS)) {
    const arrived = entry.sent && !(open && key.startsWith(open));
    if (arrived || Date.now() - entry.at > STALE) localStorage.removeItem(key);
  }
}
