// Builds frontend/dist from frontend/src. Run: npm ci --ignore-scripts && node build.mjs
//
// dist/ is served by staticfiles, and in production through a manifest storage that opens every url() and every
// sourceMappingURL it meets: hence relative addresses only and no comments that point at files which are not there.
import { copyFile, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { check } from "./contrast.mjs";
import { withAutoTheme } from "./tokens.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");

/** Dark values are written once; the copy for "follow the machine" is made here. */
const tokens = {
  name: "tokens",
  setup(builder) {
    builder.onLoad({ filter: /tokens\.css$/ }, async ({ path: file }) => ({
      contents: withAutoTheme(await readFile(file, "utf8")),
      loader: "css",
    }));
  },
};

/** Unreadable text does not ship. */
const complaints = check(await readFile(path.join(here, "src/css/tokens.css"), "utf8"));
if (complaints.length) {
  console.error(complaints.join("\n"));
  process.exit(1);
}

await rm(dist, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/js/app.js", "src/js/scan.js", "src/css/app.css", "src/css/fonts.css", "src/css/plate.css"],
  entryNames: "[name]",
  outdir: "dist",
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["chrome88", "safari14", "firefox90"],
  supported: { destructuring: true }, // Safari 14 has it; one corner of it that we do not use is broken there
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  plugins: [tokens],
  logLevel: "warning",
});

// The decoder beside its bundle: the very version that the bundle was made for.
await copyFile(
  path.join(here, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"),
  path.join(dist, "zxing_reader.wasm"),
);

for (const name of await readdir(dist)) {
  if (!/\.(css|js)$/.test(name)) continue;
  const file = path.join(dist, name);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/\s*(\/\*#|\/\/#) sourceMappingURL=[^\n]*/g, ""));
}
console.log(`built ${(await readdir(dist)).join(", ")}`);
