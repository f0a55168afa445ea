// Arrow keys between the days of a month that have something; without script Tab does it.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function startCalendar() {
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = step && event.target.closest("[data-calendar] td");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const link = nextDay(cell, step);
    if (link) link.focus();
  });
}

/** The next day in that direction that leads somewhere; sideways the weeks follow each other. */
function nextDay(cell, [down, across]) {
  const cells = [...cell.closest("table").querySelectorAll("tbody td")];
  const by = down ? down * 7 : across;
  for (let at = cells.indexOf(cell) + by; at >= 0 && at < cells.length; at += by) {
    const link = cells[at].querySelector("a");
    if (link) return link;
  }
  return null;
}
