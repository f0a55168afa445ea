// Menus (<details class="menu">) and dialogs. Both open without script; here they also close politely.

export function startOverlays() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener && openDialog(opener.dataset.opens)) return event.preventDefault();

    const closer = event.target.closest("[data-closes]");
    if (closer) {
      event.preventDefault();
      return closer.closest("dialog").close();
    }
    // A click on the dimmed page behind a dialog lands on the dialog element itself.
    if (event.target.matches("dialog[open]") && outside(event.target, event)) event.target.close();

    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || !dialog.showModal) return false;
  if (!dialog.open) dialog.showModal();
  return true;
}

/** True when there was something to close. The browser itself closes an open dialog on Esc. */
export function closeOverlay() {
  if (document.querySelector("dialog[open]")) {
    document.querySelector("dialog[open]").close();
    return true;
  }
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return false;
  menu.open = false;
  menu.querySelector("summary").focus();
  return true;
}

function outside(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
