// "/" search · "?" list of keys · Esc one step back · j k Enter through rows · x ticks one.
import { closeOverlay, openDialog } from "./overlays.js";
import { stepRow, tickRow } from "./rows.js";

const WRITABLE = "input, textarea, select, [contenteditable]";

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") return stepBack(event);
    if (event.target.closest(WRITABLE) || document.querySelector("dialog[open]")) return;

    const action = KEYS[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

const KEYS = {
  "/": () => {
    const search = document.getElementById("search");
    if (!search) return false;
    search.focus();
    search.select();
  },
  "?": () => openDialog("keys"),
  j: () => stepRow(1),
  k: () => stepRow(-1),
  x: () => tickRow(),
};

/** Closes what is open, else leaves the field, else goes up to the last breadcrumb, unless typing would be lost. */
function stepBack(event) {
  if (closeOverlay()) return event.preventDefault();
  if (event.target.closest(WRITABLE)) return event.target.blur();
  if (document.querySelector("form[data-dirty]")) return;
  const crumbs = document.querySelectorAll(".breadcrumbs a");
  if (crumbs.length) crumbs[crumbs.length - 1].click();
}
