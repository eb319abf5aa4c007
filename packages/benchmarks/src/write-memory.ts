import { Worker } from "node:worker_threads";

// Takes so many bytes of fresh shared memory and writes all of them on two threads, half each, again and again; prints the
// seconds of each time as a JSON array. No decoder of so many bytes can be faster.
const [bytes, times] = process.argv.slice(2).map(Number) as [number, number];
const writer = new Worker(
  `const { parentPort } = require("node:worker_threads");
  parentPort.on("message", (half) => parentPort.postMessage(half.fill(1).length));`,
  { eval: true },
);
const seconds: number[] = [];
for (let i = 0; i < times; i++) {
  globalThis.gc?.();
  const start = performance.now();
  const memory = new SharedArrayBuffer(bytes);
  const written = new Promise((resolve) => writer.once("message", resolve));
  writer.postMessage(new Uint8Array(memory, bytes >> 1));
  new Uint8Array(memory, 0, bytes >> 1).fill(1);
  await written;
  seconds.push((performance.now() - start) / 1000);
}
await writer.terminate();
console.log(JSON.stringify(seconds));
