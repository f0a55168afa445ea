// Unpacks the browser of @sparticuz/chromium: node has brotli, Python's standard library does not. Tar is left to Python.
//     node unpack.mjs PACKAGE_FOLDER TARGET_FOLDER
import { createReadStream, createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [source, target] = process.argv.slice(2);
for (const name of await readdir(join(source, "bin"))) {
  if (!name.endsWith(".br")) continue;
  const plain = join(target, name.slice(0, -".br".length));
  await pipeline(createReadStream(join(source, "bin", name)), createBrotliDecompress(), createWriteStream(plain));
}
