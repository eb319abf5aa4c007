import assert from "node:assert/strict";
import { listCached, load, memoryStore } from "@deep-compression/loader";
import { floatTensor } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";

const values = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i * i) ** 9);
const tensors = [floatTensor("w", [100, 100], values)];
const { bytes } = compress({ graph: undefined, tensors }, { default: { sparsity: 0.9, share: { size: 16 } } });

// A server of one file. Leave `fetch` out for one of your own.
const fetch = async () => new Response(new Uint8Array(bytes), { headers: { etag: '"1"' } });
const cache = memoryStore(); // or folderStore(path) of @deep-compression/loader/node
const model = await load("https://example.org/model.dcz", { fetch, cache });
for await (const { name, shape } of model.tensors()) assert.deepEqual([name, shape], ["w", [100, 100]]);
await model.complete(); // all bytes are there, checked and stored
const [stored] = await listCached({ cache });
assert(stored?.isComplete && stored.byteLength === bytes.length);
