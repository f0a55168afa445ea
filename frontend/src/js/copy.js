// Copy buttons are in the page but hidden: without script there is nothing that they could do.
import { say } from "./live.js";

export function startCopy() {
  reveal(document);
  document.addEventListener("htmx:load", (event) => reveal(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await write(button.dataset.copy);
    const label = button.textContent;
    button.textContent = document.body.dataset.copied;
    say(`${document.body.dataset.copied} ${button.dataset.copy}`);
    setTimeout(() => (button.textContent = label), 1600);
  });
}

function reveal(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

/** The clipboard API exists on https only; a building's own network may still be plain http. */
async function write(text) {
  try {
    return await navigator.clipboard.writeText(text);
  } catch {
    // not https, or the browser said no
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
