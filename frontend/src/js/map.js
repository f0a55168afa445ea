// The map: moves and zooms the server's picture, and asks the server for the clusters of what is in sight. Without this file
// every step is a link. All geometry is in points of the grid (registry/rules/grid.py), less the corner of the city.
import { complain, say } from "./live.js";

const POINTS = 2 ** 24;
const NEAREST = 19;
const OVERVIEW = 10.5; // as registry/views/picture.py
const SETTLE = 180; // ms without a move before the server is asked
const EQUATOR = 40075016.7; // m
const SLOP = 5; // px that a finger may tremble on a click

export function startMap() {
  const frame = document.querySelector("[data-map]");
  if (frame) new Map(frame);
}

class Map {
  constructor(frame) {
    this.frame = frame;
    this.svg = frame.querySelector("svg");
    this.left = Number(frame.dataset.left);
    this.top = Number(frame.dataset.top);
    this.fingers = new window.Map();
    frame.classList.add("is-live");
    this.ruler = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.ruler.setAttribute("class", "map-ruler");
    this.ruler.setAttribute("aria-hidden", "true");
    this.ruler.innerHTML = "<path/><text x='6' y='14'></text>";
    frame.append(this.ruler);
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
    const [x, y, width, height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    this.fit({ x, y, width, height });
    // names keep their size, and on a phone those at the edge of the whole city would be cut off
    if (this.size.width < 600 && !new URL(location).searchParams.has("bbox")) this.show(frame.dataset.home);
    this.listen();
    this.settle("replace", 0);
  }

  // --- where one looks: the middle, and units of the picture per pixel ------------------------------------------------

  get size() {
    const box = this.svg.getBoundingClientRect();
    return { width: Math.max(1, box.width), height: Math.max(1, box.height), box };
  }

  get zoom() {
    return 16 - Math.log2(this.scale);
  }

  fit({ x, y, width, height }) {
    const size = this.size;
    this.look(x + width / 2, y + height / 2, Math.max(width / size.width, height / size.height));
  }

  look(x, y, scale) {
    this.scale = Math.min(2 ** 16, Math.max(2 ** (16 - NEAREST), scale));
    this.x = Math.min(POINTS - this.left, Math.max(-this.left, x));
    this.y = Math.min(POINTS - this.top, Math.max(-this.top, y));
    if (!this.drawing) this.drawing = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = 0;
    const { width, height } = this.size;
    const [w, h] = [width * this.scale, height * this.scale];
    this.svg.setAttribute("viewBox", `${this.x - w / 2} ${this.y - h / 2} ${w} ${h}`);
    const far = this.zoom < OVERVIEW;
    this.svg.classList.toggle("is-near", !far);
    this.rescale(this.svg, far);
    this.measure();
    for (const pattern of this.svg.querySelectorAll("pattern")) {
      pattern.setAttribute("patternTransform", `scale(${this.scale})`);
    }
  }

  /** Names and clusters keep their size on the screen. */
  rescale(root, far = this.zoom < OVERVIEW) {
    for (const mark of root.querySelectorAll("[data-at]")) {
      const at = (far && mark.dataset.far) || mark.dataset.at;
      mark.setAttribute("transform", `translate(${at}) scale(${this.scale})`);
    }
  }

  /** A length that people can count in, on the ground in the middle of the picture. */
  measure() {
    const metres = (EQUATOR / POINTS) * Math.cos((latitude(this.y + this.top) * Math.PI) / 180) * this.scale;
    const longest = metres * 120;
    const power = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].map((digit) => digit * power).find((nice) => nice <= longest) || power;
    this.ruler.firstChild.setAttribute("d", `M1 14v6h${(length / metres).toFixed(1)}v-6`);
    this.ruler.lastChild.textContent = length < 1000 ? `${length} m` : `${length / 1000} km`;
  }

  section() {
    const { width, height } = this.size;
    const [w, h] = [(width * this.scale) / 2, (height * this.scale) / 2];
    const edge = (value) => Math.min(POINTS, Math.max(0, value));
    return [
      longitude(edge(this.x - w + this.left)),
      latitude(edge(this.y + h + this.top)),
      longitude(edge(this.x + w + this.left)),
      latitude(edge(this.y - h + this.top)),
    ].map((degrees) => degrees.toFixed(6)).join(",");
  }

  show(section) {
    const [west, south, east, north] = section.split(",").map(Number);
    const [x, y] = [column(west) - this.left, row(north) - this.top];
    const [width, height] = [column(east) - this.left - x, row(south) - this.top - y];
    const { size } = this;
    const scale = Math.max(width / (size.width * 0.86), height / (size.height * 0.86));
    this.look(x + width / 2, y + height / 2, scale);
  }

  /** `factor` below 1 zooms in; what lies under (px, py) stays there. */
  zoomBy(factor, px, py) {
    const { width, height } = this.size;
    const [dx, dy] = [(px ?? width / 2) - width / 2, (py ?? height / 2) - height / 2];
    const before = this.scale;
    const scale = Math.min(2 ** 16, Math.max(2 ** (16 - NEAREST), before * factor));
    this.look(this.x + dx * (before - scale), this.y + dy * (before - scale), scale);
  }

  moveBy(px, py) {
    this.look(this.x + px * this.scale, this.y + py * this.scale, this.scale);
  }

  // --- the address and the server --------------------------------------------------------------------------------------

  /** After a move: the address tells where one is (`push` for a step that "back" undoes), the server what is there. */
  settle(history, wait = SETTLE) {
    clearTimeout(this.settling);
    this.pushing = this.pushing || history === "push";
    this.frame.setAttribute("aria-busy", "true");
    this.settling = setTimeout(() => {
      this.settling = 0;
      const section = this.section();
      const address = new URL(location);
      address.searchParams.set("bbox", section);
      address.searchParams.set("zoom", this.zoom.toFixed(1));
      const shown = address.href.replace(/%2C/g, ",");
      if (history !== "none") window.history[this.pushing ? "pushState" : "replaceState"](null, "", shown);
      this.pushing = false;
      this.carry(section);
      this.load(section);
    }, wait);
  }

  /** The form that chooses the colour keeps the place. */
  carry(section) {
    for (const [name, value] of [["bbox", section], ["zoom", this.zoom.toFixed(1)]]) {
      for (const form of document.querySelectorAll(".map-tools form, .filters")) {
        let field = form.querySelector(`input[name=${name}]`);
        if (!field) {
          field = Object.assign(document.createElement("input"), { type: "hidden", name });
          form.append(field);
        }
        field.value = value;
      }
    }
  }

  async load(section) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const late = setTimeout(() => this.frame.classList.add("is-waiting"), 100);
    try {
      const answer = await fetch(this.url(this.frame.dataset.layer, section), { signal: asking.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      this.place(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") complain(this.frame.dataset.failed);
    } finally {
      clearTimeout(late);
      if (this.asking === asking) {
        this.frame.classList.remove("is-waiting");
        // another move may have begun while this answer was on its way
        if (!this.settling) this.frame.removeAttribute("aria-busy");
      }
    }
  }

  url(base, section) {
    const address = new URL(base, location.href);
    address.searchParams.set("bbox", section);
    address.searchParams.set("zoom", this.zoom.toFixed(2));
    return address;
  }

  place(text) {
    const answer = new DOMParser().parseFromString(text, "text/html");
    const held = document.activeElement?.closest?.(".map-cluster")?.dataset.section;
    const layer = document.importNode(answer.querySelector(".map-clusters"), true);
    this.svg.querySelector(".map-clusters").replaceWith(layer);
    this.rescale(layer);
    const summary = document.getElementById("map-summary");
    summary.replaceChildren(...document.importNode(answer.querySelector(".map-summary"), true).childNodes);
    if (held) (layer.querySelector(`[data-section="${held}"]`) || this.frame).focus({ preventScroll: true });
  }

  async openPlace(link) {
    const panel = document.getElementById("map-place");
    try {
      const answer = await fetch(this.url(this.frame.dataset.place, link.dataset.section));
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      panel.innerHTML = await answer.text();
    } catch {
      return complain(this.frame.dataset.failed);
    }
    for (const other of this.svg.querySelectorAll(".map-cluster.is-open")) other.classList.remove("is-open");
    link.classList.add("is-open");
    this.opened = link.dataset.section;
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
    say(panel.querySelector("h2").textContent);
  }

  closePlace() {
    const panel = document.getElementById("map-place");
    if (!panel.firstElementChild) return false;
    panel.replaceChildren();
    (this.svg.querySelector(`[data-section="${this.opened}"]`) || this.frame).focus({ preventScroll: true });
    return true;
  }

  // --- hands -----------------------------------------------------------------------------------------------------------

  listen() {
    const { frame, svg } = this;
    frame.addEventListener("click", (event) => this.onClick(event));
    frame.addEventListener("keydown", (event) => this.onKey(event));
    svg.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    svg.addEventListener("dragstart", (event) => event.preventDefault());
    svg.addEventListener("pointerdown", (event) => this.onDown(event));
    svg.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, (event) => this.onUp(event));
    addEventListener("popstate", () => this.onBack());
    addEventListener("resize", () => {
      this.look(this.x, this.y, this.scale);
      this.settle("replace");
    });
    document.getElementById("map-place").addEventListener("click", (event) => {
      if (event.target.closest("[data-close-place]")) this.closePlace();
    });
    document.getElementById("map-place").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.closePlace()) event.stopPropagation();
    });
  }

  onClick(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    if (this.dragged) return event.preventDefault();
    const { step } = link.dataset;
    if (step) this.step(step);
    else if (link.hasAttribute("data-spot")) this.openPlace(link);
    else if (link.dataset.section) {
      this.show(link.dataset.section);
      this.settle("push", 0);
      if (link.classList.contains("map-cluster")) this.frame.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  }

  step(name, history = "push") {
    const { width, height } = this.size;
    const steps = {
      in: () => this.zoomBy(0.5),
      out: () => this.zoomBy(2),
      home: () => this.show(this.frame.dataset.home),
      west: () => this.moveBy(-width * 0.3, 0),
      east: () => this.moveBy(width * 0.3, 0),
      north: () => this.moveBy(0, -height * 0.3),
      south: () => this.moveBy(0, height * 0.3),
    };
    steps[name]();
    this.settle(history);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = KEYS[event.key];
    if (!name) return;
    event.preventDefault();
    this.step(name, "replace");
  }

  onWheel(event) {
    event.preventDefault();
    const { box } = this.size;
    const lines = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.zoomBy(2 ** (Math.max(-120, Math.min(120, lines)) / 240), event.clientX - box.left, event.clientY - box.top);
    this.settle("replace");
  }

  onDown(event) {
    if (event.button) return;
    this.fingers.set(event.pointerId, event);
    this.start = { x: event.clientX, y: event.clientY };
    if (this.fingers.size === 1) this.dragged = false;
  }

  onMove(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const others = [...this.fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    if (!others.length) {
      if (!this.dragged && Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) < SLOP) return;
      if (!this.dragged) this.svg.setPointerCapture(event.pointerId);
      this.moveBy(before.clientX - event.clientX, before.clientY - event.clientY);
    } else {
      const { box } = this.size;
      const apart = (finger) => Math.max(1, Math.hypot(finger.clientX - others[0].clientX, finger.clientY - others[0].clientY));
      const middle = [(event.clientX + others[0].clientX) / 2 - box.left, (event.clientY + others[0].clientY) / 2 - box.top];
      this.zoomBy(apart(before) / apart(event), ...middle);
      this.moveBy((before.clientX - event.clientX) / 2, (before.clientY - event.clientY) / 2);
    }
    this.dragged = true;
    this.fingers.set(event.pointerId, event);
    this.settle("replace");
  }

  onUp(event) {
    this.fingers.delete(event.pointerId);
  }

  onBack() {
    const section = new URL(location).searchParams.get("bbox");
    if (!section) return location.reload();
    const [west, south, east, north] = section.split(",").map(Number);
    this.fit({
      x: column(west) - this.left,
      y: row(north) - this.top,
      width: column(east) - column(west),
      height: row(south) - row(north),
    });
    this.settle("none", 0);
  }
}

const KEYS = {
  ArrowLeft: "west",
  ArrowRight: "east",
  ArrowUp: "north",
  ArrowDown: "south",
  "+": "in",
  "=": "in",
  "-": "out",
  0: "home",
};

const column = (longitude) => ((longitude + 180) / 360) * POINTS;
const row = (latitude) => ((1 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / Math.PI) / 2) * POINTS;
const longitude = (x) => (x / POINTS) * 360 - 180;
const latitude = (y) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / POINTS))) * 180) / Math.PI;
