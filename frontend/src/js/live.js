// What changes while the page is open: connection, requests of htmx, words for screen readers.

const PATIENCE = 100; // ms before a wait is shown

export function startLive() {
  const offline = document.getElementById("offline");
  if (offline) {
    const show = () => {
      offline.hidden = navigator.onLine;
      if (!navigator.onLine) {
        const since = offline.querySelector("time");
        since.textContent = new Date().toTimeString().slice(0, 5);
      }
    };
    addEventListener("online", show);
    addEventListener("offline", show);
    if (!navigator.onLine) show();
  }

  tellState();

  const waits = new WeakMap();
  document.addEventListener("htmx:beforeRequest", ({ detail: { target, xhr } }) => {
    waits.set(xhr, setTimeout(() => waiting(target, true), PATIENCE));
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { target, xhr } }) => {
    clearTimeout(waits.get(xhr));
    waiting(target, false);
  });
  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    complain(document.body.dataset.failed, xhr.getResponseHeader("X-Request-ID"));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => complain(document.body.dataset.unreachable));
  }
}

/** What a page that asks for itself again and again has come to (`data-state`): said once, when it changes. */
function tellState() {
  let told = document.querySelector("[data-state]")?.dataset.state;
  document.addEventListener("htmx:afterSettle", () => {
    const now = document.querySelector("[data-state]");
    if (!now || now.dataset.state === told) return;
    told = now.dataset.state;
    say(now.textContent.trim());
  });
}

/** Says it to people who do not see the screen. */
export function say(words) {
  const region = document.getElementById("live");
  if (region) region.textContent = words;
}

/** An alert above the page, from the template that the server wrote in the reader's language. */
export function complain(words, reference, link) {
  const template = document.getElementById("alert-template");
  const region = document.getElementById("messages");
  if (!template || !region) return;
  const alert = template.content.cloneNode(true);
  const sentence = alert.querySelector("[data-words]");
  sentence.textContent = words;
  if (link) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: link.href, target: "_blank", rel: "noopener", textContent: link.words });
    sentence.append(" ", anchor);
  }
  const line = alert.querySelector(".reference");
  if (reference) line.querySelector("code").textContent = reference;
  else line.remove();
  region.replaceChildren(alert);
  region.scrollIntoView({ block: "nearest" });
}

function waiting(element, on) {
  if (!element) return;
  element.classList.toggle("is-waiting", on);
  if (on) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}
