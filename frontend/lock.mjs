// Takes the packages' funding links out of the lock: nobody needs them to install, and the lock names no host.
import { readFile, writeFile } from "node:fs/promises";

const file = new URL("package-lock.json", import.meta.url);
const lock = JSON.parse(await readFile(file, "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.funding;
await writeFile(file, JSON.stringify(lock, null, 2) + "\n");
