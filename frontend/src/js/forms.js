// One submit per form, and no silent loss of what was typed. The server's idempotency key is the real guard;
// this spares people the wait and the doubt.

export function startForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    delete form.dataset.dirty;
    // After the browser has read the form: a disabled button would not send its value.
    setTimeout(() => busy(form, true));
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.matches("form[data-once]")) form.dataset.dirty = "yes";
  });

  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  // Back from the browser's page cache, or an answer that htmx has put in place: the form may be sent again.
  addEventListener("pageshow", release);
  document.addEventListener("htmx:afterRequest", release);

  const summary = document.querySelector(".error-summary");
  if (summary && !summary.closest(".gallery")) summary.focus();

  const filter = document.querySelector(".filter-fold");
  if (filter && matchMedia("(max-width: 719px)").matches && !filter.querySelector(".has-error")) filter.open = false;
}

function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    busy(form, false);
  }
}

function busy(form, on) {
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    if (on) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-busy", "true");
    } else {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  }
}
