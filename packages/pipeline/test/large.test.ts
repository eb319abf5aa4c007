import { freemem } from "node:os";
import { bytesSource } from "@deep-compression/bits";
import { floatTensor, floatValues } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { expect, test } from "vitest";

/** Only `npm run test:slow` has the time, and not every machine the memory: the tensor, and what comes back. */
const slow = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) > 1 && freemem() > 8e9;

test.skipIf(!slow)("a tensor of more than 2^31 bytes is compressed and comes back", { timeout: 600_000 }, async () => {
  const shape = [23_000, 26_000];
  const values = new Float32Array(shape[0] * shape[1]);
  for (let i = 5; i < values.length; i += 997) values[i] = i % 3 === 0 ? 0.5 : -1;
  const tensor = floatTensor("w", shape, values);
  expect(tensor.bytes.length).toBeGreaterThan(2 ** 31);
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: { maxError: 1e-3 } });
  expect(ledger.rows[0]).toMatchObject({ form: "gaps", kept: Math.ceil((values.length - 5) / 997) });
  for await (const back of (await open(bytesSource(bytes))).tensors()) {
    const restored = floatValues(back);
    let differing = 0;
    for (let i = 0; i < values.length; i++) if (restored[i] !== values[i]) differing++;
    expect(differing).toBe(0);
  }
});
