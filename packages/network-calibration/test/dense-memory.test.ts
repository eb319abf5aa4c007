import { expect, test } from "vitest";
import type { DenseLayer } from "../src/dense-layer";
import { denseMemory } from "../src/dense-memory";
import type { Layer } from "../src/layer";

function layerOf(name: string): Layer {
  return {
    ...{ name, nodeIndex: 0, place: 1, groups: 1, rows: 1, columns: 1, input: "x", isRecurrent: false, inputKey: "x" },
    node: { op: "MatMul", inputs: ["x", name], outputs: ["y"], attributes: {} },
    inputRows: { positions: () => 0, rowsAt: () => new Float32Array(0) },
    outputInner: undefined,
  };
}

/** What takes so many bytes. */
function denseOf(bytes: number): DenseLayer {
  const outputs = [new Float32Array(bytes / 4)];
  return {
    ...{ reason: undefined, isSame: false, positions: [], heldOutPositions: [], heldOutOutputs: [] },
    ...{ outputs, skipEnergy: 0 },
  };
}

function searched(memory: ReturnType<typeof denseMemory>, layers: readonly Layer[]): number {
  let found = 0;
  for (const layer of layers) {
    memory.layer(layer, () => {
      found++;
      return denseOf(40);
    });
  }
  memory.finish([]);
  return found;
}

test("what is known of layers is not looked for again, and with the outputs all is known", () => {
  const layers = ["a", "b", "c"].map(layerOf);
  const memory = denseMemory(120);
  expect(memory.outputs()).toBeUndefined();
  expect(searched(memory, layers)).toBe(3);
  expect(memory.outputs()).toEqual([]);
  expect(searched(memory, layers)).toBe(0);
});

test("of a network that takes more bytes nothing is known", () => {
  const layers = ["a", "b", "c"].map(layerOf);
  const memory = denseMemory(119);
  for (let time = 0; time < 2; time++) {
    expect(searched(memory, layers)).toBe(3);
    expect(memory.outputs()).toBeUndefined();
  }
});
