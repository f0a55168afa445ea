// WCAG 2.2 AA as a test: every text colour on every ground that it may lie on, in both themes.
// Text 4.5:1 (SC 1.4.3), shapes and control borders 3:1 (SC 1.4.11). A colour token that no pair covers fails too.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { themes } from "./tokens.mjs";

const STATES = ["danger", "warning", "attention", "ok", "neutral"];
const GROUNDS = ["bg", "surface", "surface-2"];
const TINTS = [...STATES.map((s) => `${s}-bg`), "accent-bg"];

const TEXT = 4.5;
const GRAPHIC = 3;

/** [foreground, background, least ratio] */
const PAIRS = [
  ...cross(["text", "text-2"], [...GROUNDS, ...TINTS, "surface-3"], TEXT),
  ...cross(["text-3", "accent-text"], [...GROUNDS, "accent-bg"], TEXT),
  ...cross(["border-strong"], ["bg", "surface"], GRAPHIC),
  ...cross(["accent", "focus"], [...GROUNDS, "accent-bg"], GRAPHIC),
  ...cross(["text"], ["map-1", "map-2", "map-3", "map-4", "map-5"], TEXT),
  ...cross(["on-accent"], ["accent", "accent-hover"], TEXT),
  ...cross(["on-danger"], ["danger", "danger-hover"], TEXT),
  ...STATES.flatMap((s) => cross([`${s}-text`], [...GROUNDS, `${s}-bg`], TEXT)),
  ...STATES.flatMap((s) => cross([s], [...GROUNDS, `${s}-bg`], GRAPHIC)),
];

/** Lines between things that are also told apart by space or by their words; not needed to understand anything. */
const DECORATION = ["border", "border-button"];

export function check(css) {
  const complaints = [];
  for (const [theme, colour] of Object.entries(themes(css))) {
    for (const [fore, back, least] of PAIRS) {
      if (!colour[fore] || !colour[back]) {
        complaints.push(`${theme}: --${colour[fore] ? back : fore} has no value`);
        continue;
      }
      const ratio = contrast(colour[fore], colour[back]);
      if (ratio < least) complaints.push(`${theme}: --${fore} on --${back} is ${ratio.toFixed(2)}, needs ${least}`);
    }
    const covered = new Set([...PAIRS.flatMap(([fore, back]) => [fore, back]), ...DECORATION]);
    for (const name of Object.keys(colour)) {
      if (!covered.has(name)) complaints.push(`${theme}: --${name} is in no pair`);
    }
  }
  return [...new Set(complaints)];
}

function cross(fores, backs, least) {
  return fores.flatMap((fore) => backs.map((back) => [fore, back, least]));
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const complaints = check(await readFile(path.join(here, "src/css/tokens.css"), "utf8"));
  console.log(complaints.join("\n") || `${PAIRS.length * 2} colour pairs pass WCAG 2.2 AA in light and dark`);
  process.exit(complaints.length ? 1 : 0);
}
