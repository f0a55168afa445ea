// A row with data-href opens its thing on a click anywhere; j and k walk the rows, Enter follows the focused link, x ticks.

const ROWS = "tr[data-href]";

export function startRows() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest(ROWS);
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) return window.open(row.dataset.href, "_blank", "noopener");
    location.assign(row.dataset.href);
  });
}

export function stepRow(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.classList.contains("is-selected"));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (at >= 0) rows[at].classList.remove("is-selected");
  next.classList.add("is-selected");
  const link = next.querySelector("a[href]");
  if (link) link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Ticks the row that j and k stand on, for a change of many. */
export function tickRow() {
  const box = document.querySelector(`${ROWS}.is-selected input[type=checkbox]`);
  if (!box) return false;
  box.click();
}
