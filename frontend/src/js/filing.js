// Writing a report: 1 2 3 4 give an item its result and go on to the next, arrows move, n finds the next one without a result.
// Without script the same form is filled in by mouse and sent.

const SIGNS = { 1: 0, 2: 1, 3: 2, 4: 3 };
const WORDED = [1, 2]; // × and △ want a remark

export function startFiling() {
  document.addEventListener("click", (event) => event.target.closest("[data-print]") && print());
  const form = document.querySelector("form[data-filing]");
  if (form) write(form);
}

function write(form) {
  const marks = [...form.querySelectorAll("[data-mark]")];
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [left, next, fill, fillRow, fillWords, unfill] = ["left", "next", "fill", "fill-row", "fill-words", "unfill"].map(part);
  const propose = part("propose");
  let last = null; // the item that was worked on last
  let filled = []; // what "the rest" or the proposals set, to be taken back
  let filledWith = 0;
  let pressed = null; // the chosen sign under the finger: pressed once more it is none

  for (const button of form.querySelectorAll("[data-more]")) button.hidden = false;
  if (next) next.hidden = fillRow.hidden = false;
  count();

  form.addEventListener("input", count);
  form.addEventListener("filled", count);
  form.addEventListener("focusin", (event) => (last = event.target.closest("[data-mark]") || last));
  form.addEventListener("pointerdown", (event) => {
    const sign = event.target.closest(".mark-sign")?.control;
    pressed = sign?.checked ? sign : null;
  });
  form.addEventListener("click", (event) => {
    if (pressed && event.target === pressed) {
      pressed.checked = false;
      return changed(pressed);
    }
    const more = event.target.closest("[data-more]");
    if (more) return open(more.closest("[data-mark]"), !isOpen(more.closest("[data-mark]")));
    if (event.target.closest("[data-next]")) return goTo(nextWithout());
    if (event.target.closest("[data-fill]")) return fillRest();
    if (event.target.closest("[data-propose]")) return takeProposed();
    if (event.target.closest("[data-unfill]")) return takeBack();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const field = event.target.closest("input, textarea, select");
    if (field && field.type !== "radio") return typing(event, field);
    const at = event.target.closest("[data-mark]");
    if (!marks.length || !(at || event.target === document.body || event.target.id === "main")) return;
    if (act(event.key, at || last || nextWithout() || marks[0])) event.preventDefault();
  });

  /** Enter in a line of text sends nothing: it goes on. */
  function typing(event, field) {
    if (event.key !== "Enter" || !form.contains(field) || field.tagName !== "INPUT") return;
    event.preventDefault();
    const mark = field.closest("[data-mark]");
    if (mark) step(mark, 1);
  }

  function act(key, mark) {
    if (key in SIGNS) return give(mark, SIGNS[key]);
    if (key === "0" || key === "Backspace" || key === "Delete") return give(mark, null);
    if (key === "ArrowDown") return step(mark, 1);
    if (key === "ArrowUp") return step(mark, -1);
    if (key === "n") return goTo(nextWithout(mark)) || true;
    if (key === "Enter") return open(mark, true);
    return false;
  }

  function give(mark, sign) {
    radios(mark).forEach((radio, at) => (radio.checked = at === sign));
    changed(mark);
    return sign === null || step(mark, 1);
  }

  function step(mark, by) {
    const to = marks[marks.indexOf(mark) + by];
    if (to) return goTo(to);
    if (by > 0 && !nextWithout()) document.getElementById("id_verdict").focus();
    return true;
  }

  function goTo(mark) {
    if (!mark) return false;
    (chosen(mark) || radios(mark)[0]).focus({ preventScroll: true });
    mark.scrollIntoView({ block: "nearest" });
    return true;
  }

  function nextWithout(from = last) {
    const at = from ? marks.indexOf(from) + 1 : 0;
    return [...marks.slice(at), ...marks.slice(0, at)].find((mark) => !chosen(mark));
  }

  function open(mark, on) {
    mark.classList.toggle("is-open", on);
    if (on) mark.querySelector(`[name^="${WORDED.includes(radios(mark).indexOf(chosen(mark))) ? "remark" : "measured"}"]`).focus();
    mark.querySelector("[data-more]").setAttribute("aria-expanded", String(on));
    return true;
  }

  /** Only what is asked of every elevator: whether a condition holds here, somebody has to look. */
  function fillRest() {
    fillWith(0, marks.filter((mark) => !chosen(mark) && mark.dataset.conditional === undefined), form.dataset.filled);
  }

  /** − where the register says that the item cannot concern this elevator; never over a result that somebody gave. */
  function takeProposed() {
    fillWith(SIGNS[4], marks.filter((mark) => !chosen(mark) && mark.dataset.proposed !== undefined), propose.dataset.proposedWords);
  }

  function fillWith(sign, some, words) {
    filled = some;
    filledWith = sign;
    for (const mark of filled) radios(mark)[sign].checked = true;
    fillWords.textContent = words.replace("{n}", filled.length);
    unfill.hidden = !filled.length;
    changed(form);
    if (filled.length) unfill.focus();
  }

  function takeBack() {
    for (const mark of filled) if (chosen(mark) === radios(mark)[filledWith]) chosen(mark).checked = false;
    filled = [];
    fillWords.textContent = form.dataset.undone;
    unfill.hidden = true;
    changed(form);
    fill.focus();
  }

  function count() {
    const open = marks.filter((mark) => !chosen(mark));
    if (left) left.textContent = inWords(open.length);
    if (next) next.disabled = !open.length;
    if (fill) fill.disabled = !open.some((mark) => mark.dataset.conditional === undefined);
    if (propose) propose.disabled = !open.some((mark) => mark.dataset.proposed !== undefined);
    for (const section of form.querySelectorAll(".marks-section")) {
      const some = [...section.querySelectorAll("[data-mark]")].filter((mark) => !chosen(mark)).length;
      section.querySelector("[data-section-left]").textContent = some ? inWords(some) : "";
    }
  }

  function inWords(number) {
    const { leftNone, leftOne, leftMany } = form.dataset;
    return number === 0 ? leftNone : number === 1 ? leftOne : leftMany.replace("{n}", number);
  }
}

const radios = (mark) => [...mark.querySelectorAll("input[type=radio]")];
const chosen = (mark) => mark.querySelector("input[type=radio]:checked");
const isOpen = (mark) => mark.classList.contains("is-open");
const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
