import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { open } from "@deep-compression/pipeline";

// Opens each .dcz file of a folder and reads all that it gives, and prints by how many bytes the process grew. Started with
// --expose-gc: what one file leaves is let go before the next, so that it does not count twice.
const [folder] = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".dcz"))
  .map((name) => new Uint8Array(readFileSync(join(folder, name))));
const before = process.resourceUsage().maxRSS;
for (const file of files) {
  try {
    const opened = await open(bytesSource(file));
    for (const { source } of opened.files) await source.slice(0);
    for await (const _ of opened.tensors());
  } catch {}
  globalThis.gc?.();
}
console.log(JSON.stringify({ read: files.length, bytes: 1024 * (process.resourceUsage().maxRSS - before) }));
