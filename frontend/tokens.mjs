// Reads src/css/tokens.css, the one place where a colour has a value.

const DARK = /\[data-theme="dark"\]\s*\{([^}]*)\}/;
const LIGHT = /:root\s*\{([^}]*)\}/;

/** The stylesheet plus the dark values again for people who let the machine decide. */
export function withAutoTheme(css) {
  const dark = css.match(DARK)[1];
  return `${css}\n@media (prefers-color-scheme: dark) {\n  [data-theme="auto"] {${dark}}\n}\n`;
}

/** {name: "#rrggbb"} of both themes; dark inherits what it does not change. */
export function themes(css) {
  const light = colours(css.match(LIGHT)[1]);
  return { light, dark: { ...light, ...colours(css.match(DARK)[1]) } };
}

function colours(block) {
  const found = {};
  for (const [, name, value] of block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\s*;/gi)) found[name] = value;
  return found;
}
