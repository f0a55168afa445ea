// The list under the search box: htmx fetches it, the arrow keys walk it, Enter opens, Esc closes. The box works without.
import { say } from "./live.js";

export function startSearch() {
  const form = document.querySelector("form[data-search]");
  if (!form) return;
  const input = form.querySelector("input");
  const list = document.getElementById("suggestions");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  };
  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    // before the first and behind the last is the box itself
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by]);
  };

  // On the box itself: before the keys of the page, which would leave the box on Esc.
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options().length) return;
      event.preventDefault();
      if (!open) show(true);
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && open && chosen()) {
      event.preventDefault();
      chosen().click();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    }
  });

  list.addEventListener("htmx:afterSwap", () => {
    const wanted = document.activeElement === input && input.value.trim() !== "" && list.textContent.trim() !== "";
    show(wanted);
    if (wanted) say(list.querySelector(".suggestions-note:not(:last-child)")?.textContent ?? "");
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) show(false);
  });
  // a press on the list must not take the focus from the box before the click arrives
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    if (input.value.trim() === "") show(false);
  });
}
