import { bytesSource } from "@deep-compression/bits";
import { openModel } from "@deep-compression/model-io";
import { floatTensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { dczFiles, mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import { readGraph } from "@deep-compression/pipeline/read";
import { openInWorkers } from "@deep-compression/pipeline/workers";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

/** What a file gives, or the error that it gives instead. */
async function allOf(opening: Promise<Awaited<ReturnType<typeof openInWorkers>>>) {
  try {
    const file = await opening;
    const { names, weight } = await file.weights();
    return { network: await file.network(), weights: names.map((name) => [name, weight(name)]) };
  } catch (error) {
    return String(error);
  }
}

const formats = { onnx: openModel, safetensors: openModel, "tensorflow.js": openModel };

const random = seededRandom(5);
const weights = (rows: number, columns: number) =>
  Float32Array.from({ length: rows * columns }, () => random() ** 5 - 0.5);
const network = {
  graph: undefined,
  tensors: [
    floatTensor("small", [3, 4], weights(3, 4)),
    floatTensor("gaps", [200, 300], weights(200, 300)),
    floatTensor("dense", [150, 100], weights(150, 100)),
    floatTensor("raw", [100, 100], weights(100, 100)),
  ],
};
const { bytes } = compress(network, {
  default: { share: { size: 16 } },
  tensors: { gaps: { sparsity: 0.9, form: "gaps" }, raw: { share: "none" } },
});

describe("a file that workers decode", () => {
  test.each([0, 1, 3])("is what open gives: %d workers", async (workers) => {
    const expected = await open(bytesSource(bytes));
    const onNoWorkers = vi.fn();
    const file = await openInWorkers(bytesSource(bytes), { workers, onNoWorkers });
    expect(await allOf(Promise.resolve(file))).toEqual(await allOf(Promise.resolve(expected)));
    for (const { name } of network.tensors) expect(await file.tensor(name)).toEqual(await expected.tensor(name));
    const found = [];
    for await (const tensor of file.tensors()) found.push(tensor);
    expect(found).toEqual((await expected.network()).tensors);
    await expect(file.tensor("none")).rejects.toThrow(RangeError);
    expect(onNoWorkers).not.toHaveBeenCalled();
  });

  test("whatever is in it, and whatever bytes are wrong", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          dczFiles(),
          mutatedDczFiles().map(({ mutated }) => mutated),
        ),
        async (some) => {
          const expected = await allOf(open(bytesSource(some)));
          expect(await allOf(openInWorkers(bytesSource(some), { workers: 0, formats, graph: readGraph }))).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test("with an error in it that the worker found", async () => {
    const altered = bytes.slice();
    altered[altered.length - 10]! ^= 1;
    const file = await openInWorkers(bytesSource(altered));
    await expect(file.network()).rejects.toMatchObject({ name: "FormatError", code: "bad-checksum" });
  });

  test("and that somebody stops reading", async () => {
    const file = await openInWorkers(bytesSource(bytes));
    for await (const { name } of file.tensors()) if (name === "gaps") break;
    expect((await file.network()).tensors.length).toBe(4);
  });

  test("where no workers can be started: said once, and decoded here", async () => {
    vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
    vi.stubGlobal("Worker", undefined);
    const onNoWorkers = vi.fn();
    const file = await openInWorkers(bytesSource(bytes), { onNoWorkers });
    expect(await allOf(Promise.resolve(file))).toEqual(await allOf(open(bytesSource(bytes))));
    expect(onNoWorkers).toHaveBeenCalledTimes(1);
  });
});
