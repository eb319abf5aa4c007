import { readFileSync } from "node:fs";
import { bytesSource } from "@deep-compression/container";
import { decodePool } from "@deep-compression/pipeline/parallel";

// Reads a .dcz file and decodes every tensor to its elements, again and again; prints the seconds of each time, the
// reading included, as a JSON array: the first one is that of a process that has never decoded anything. What the time
// before gave is let go first, so that it is not freed within the next.
const [file, times, threads, memory] = process.argv.slice(2);
const pool = decodePool({ threads: Number(threads) });
const seconds: number[] = [];
for (let i = 0; i < Number(times); i++) {
  globalThis.gc?.();
  const start = performance.now();
  await pool.decompress(bytesSource(readFileSync(file!)), { shared: memory === "shared" });
  seconds.push((performance.now() - start) / 1000);
}
await pool.close();
console.log(JSON.stringify(seconds));
