import { bytesSource, FormatError } from "@deep-compression/bits";
import { openOnnx, readOnnx } from "@deep-compression/model-io";
import { assertNetwork, assertOutline } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyOnnxModel } from "./any-onnx-model";
import { int, messageOf, restored, text } from "./onnx-files";

const numRuns = 300 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("the skeleton of any model and its tensors give the file again, and every tensor has a name of its own", async () => {
  let [holes, graphs] = [0, 0];
  await fc.assert(
    fc.asyncProperty(anyOnnxModel, async (file) => {
      const opened = await openOnnx(bytesSource(file));
      expect(Buffer.compare(await restored(opened), file)).toBe(0);
      const { tensors } = opened.network;
      if (tensors.length > 0) assertOutline(opened.network, { maxBytes: 2 ** 20 });
      for (const { type, shape, read, name: own } of tensors)
        assertNetwork({ graph: undefined, tensors: [{ name: own, type, shape, bytes: await read() }] });
      expect(opened.holes.every((hole, i) => hole.tensor === i)).toBe(true);
      expect(opened.network.graph === undefined).toBe(opened.graphProblem !== undefined);
      holes += opened.holes.length;
      if (opened.network.graph) graphs++;
    }),
    { numRuns },
  );
  expect(holes).toBeGreaterThan(numRuns / 2);
  expect(graphs).toBeGreaterThan(numRuns / 20);
});

test("a model is read whole as it is opened", async () => {
  await fc.assert(
    fc.asyncProperty(anyOnnxModel, async (file) => {
      const opened = await openOnnx(bytesSource(file));
      let network: ReturnType<typeof readOnnx>;
      try {
        network = readOnnx(file);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect(opened.graphProblem).toBeDefined();
        return;
      }
      expect(opened.network.graph).toEqual(network.graph);
      const byName = new Map(network.tensors.map(({ name: own, bytes: own2 }) => [own, own2]));
      expect(opened.network.tensors.length).toBe(byName.size);
      for (const { name: own, read } of opened.network.tensors)
        expect(Buffer.compare(await read(), byName.get(own)!)).toBe(0);
    }),
    { numRuns },
  );
});

test("a model with bytes changed ends in FormatError, or is restored as it is", async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(anyOnnxModel, changes, fc.nat(), async (original, list, cut) => {
      const file = cut % 4 === 0 ? original.slice(0, cut % (original.length + 1)) : original.slice();
      for (const [at, byte] of list) if (file.length > 0) file[at % file.length] = byte;
      try {
        const opened = await openOnnx(bytesSource(file));
        expect(Buffer.compare(await restored(opened), file)).toBe(0);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        expect(error.message.length).toBeLessThan(500);
      }
    }),
    { numRuns: 2 * numRuns },
  );
});

test("messageOf, which these tests are made with, writes fields in their order", () => {
  expect(messageOf(int(1, 300), text(2, "a"))).toEqual(Uint8Array.of(8, 0xac, 2, 18, 1, 97));
});
