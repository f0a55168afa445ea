// Reads a nameplate with the phone's camera. A bundle of its own: only pages with a scanner load it, and only browsers
// without a detector of their own load the decoder (a file of WebAssembly beside it, from our own host).
import { BarcodeDetector as Ours, prepareZXingModule } from "barcode-detector/ponyfill";

const PAUSE = 120; // ms between two looks: a phone stays cool, and a hand never holds still for less
const CAMERA = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };

for (const scanner of document.querySelectorAll("[data-scanner]")) start(scanner);

function start(scanner) {
  const part = (name) => scanner.querySelector(`[data-${name}]`);
  const [video, start, stop, torch, words] = ["video", "start", "stop", "torch", "words"].map(part);
  const field = document.getElementById(scanner.dataset.field);
  let stream = null;
  scanner.hidden = false;
  if (!navigator.mediaDevices?.getUserMedia) return tell("none"); // also what an address without https answers

  start.hidden = false;
  start.addEventListener("click", open);
  stop.addEventListener("click", () => close("stopped"));
  torch.addEventListener("click", light);
  addEventListener("pagehide", () => close(""));
  document.addEventListener("visibilitychange", () => document.hidden && stream && close("stopped"));
  if (scanner.dataset.scanner === "at-once" && !field.value) open();

  async function open() {
    if (stream) return;
    start.disabled = true;
    tell("asking");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA, audio: false });
      const detector = await detectorOf(scanner.dataset.decoder);
      video.srcObject = stream;
      await video.play();
      show(true);
      tell("looking");
      look(detector);
    } catch (error) {
      close(error.name === "NotAllowedError" ? "denied" : error.name === "NotFoundError" ? "none" : "broken");
    } finally {
      start.disabled = false;
    }
  }

  async function look(detector) {
    while (stream) {
      const found = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
      const text = found.map((code) => code.rawValue).find((value) => value.includes("/e/"));
      if (text && stream) return take(text);
      if (found.length) tell("foreign");
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  function take(text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(80); // else the browser complains
    close("found");
    if (scanner.dataset.send !== undefined) field.form.requestSubmit();
    else field.focus();
  }

  async function light() {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
    torch.setAttribute("aria-pressed", String(on));
  }

  function close(word) {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    show(false);
    if (word) tell(word);
  }

  function show(on) {
    video.hidden = stop.hidden = !on;
    start.hidden = on;
    torch.hidden = !on || !stream.getVideoTracks()[0].getCapabilities?.().torch;
    torch.setAttribute("aria-pressed", "false");
  }

  function tell(word) {
    words.textContent = scanner.dataset[`word${word[0].toUpperCase()}${word.slice(1)}`];
    scanner.dataset.state = word;
  }
}

/** The browser's own detector where it reads QR codes, else zxing. */
async function detectorOf(decoder) {
  const formats = ["qr_code"];
  const own = globalThis.BarcodeDetector;
  if (own && (await own.getSupportedFormats().catch(() => [])).includes("qr_code")) return new own({ formats });
  await prepareZXingModule({ overrides: { locateFile: () => decoder }, fireImmediately: true });
  return new Ours({ formats });
}
