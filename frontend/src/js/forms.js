// One submit per form, and no silent loss of what was typed. The server's idempotency key is the real guard;
// this spares people the wait and the doubt.
import { complain } from "./live.js";

const PATIENCE = 8000; // ms that the question before sending may take

export function startForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.asked) return send(form);
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    // After the browser has read the form: a disabled button would not send its value.
    setTimeout(() => busy(form, true));
    if (!document.body.dataset.session) return send(form);
    event.preventDefault();
    askFirst(form, event.submitter);
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

function send(form) {
  delete form.dataset.asked;
  delete form.dataset.dirty;
}

/** Sending from an ended session or without a connection would leave a page without what was typed. So ask first. */
async function askFirst(form, submitter) {
  const { session, signIn, signInLabel, signedOut, unreachable } = document.body.dataset;
  const patience = new AbortController();
  const clock = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(session, { method: "HEAD", signal: patience.signal });
    if (new URL(answer.url).pathname === signIn) {
      complain(signedOut, "", { href: signIn, words: signInLabel });
      return release();
    }
  } catch {
    complain(unreachable);
    return release();
  } finally {
    clearTimeout(clock);
  }
  renewToken(form);
  form.dataset.asked = "yes";
  if (form.requestSubmit) form.requestSubmit(submitter);
  else form.submit();
}

/** Whoever signed in again in another tab has a new token; the form still holds the old one. */
export function renewToken(form) {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  const field = form.elements.csrfmiddlewaretoken;
  if (cookie && field) field.value = cookie[1];
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
