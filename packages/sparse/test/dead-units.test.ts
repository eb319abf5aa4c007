import { type PrunedLayer, removeDeadUnits } from "@deep-compression/sparse";
import { prunedChains } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function layer(rows: readonly (readonly number[])[], columnsPerInput?: number): PrunedLayer {
  return { mask: Uint8Array.from(rows.flat()), rows: rows.length, columns: rows[0].length, columnsPerInput };
}

/** Removes one dead unit at a time until there is none: the definition itself. */
function oneByOne(layers: readonly PrunedLayer[]) {
  const masks = layers.map(({ mask }) => Array.from(mask));
  const dead = layers.slice(0, -1).map(({ rows }) => new Array<number>(rows).fill(0));
  const into = (l: number, unit: number) => {
    const { columns } = layers[l];
    return Array.from({ length: columns }, (_, c) => unit * columns + c);
  };
  const outOf = (l: number, unit: number) => {
    const { rows, columns, columnsPerInput = 1 } = layers[l + 1];
    const block = Array.from({ length: columnsPerInput }, (_, c) => unit * columnsPerInput + c);
    return Array.from({ length: rows }, (_, row) => block.map((column) => row * columns + column)).flat();
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let l = 0; l < dead.length; l++) {
      for (let unit = 0; unit < dead[l].length; unit++) {
        const inputs = into(l, unit).some((i) => masks[l][i] === 1);
        const outputs = outOf(l, unit).some((i) => masks[l + 1][i] === 1);
        if (dead[l][unit] === 1 || (inputs && outputs)) continue;
        for (const i of into(l, unit)) masks[l][i] = 0;
        for (const i of outOf(l, unit)) masks[l + 1][i] = 0;
        dead[l][unit] = 1;
        changed = true;
      }
    }
  }
  return { masks: masks.map((mask) => Uint8Array.from(mask)), dead: dead.map((units) => Uint8Array.from(units)) };
}

test("dense to dense: a unit without inputs loses its outputs, one without outputs its inputs", () => {
  const first = layer([
    [1, 1],
    [0, 0],
    [1, 0],
  ]);
  const second = layer([
    [1, 1, 0],
    [0, 1, 0],
  ]);
  expect(removeDeadUnits([first, second])).toEqual({
    masks: [Uint8Array.of(1, 1, 0, 0, 0, 0), Uint8Array.of(1, 0, 0, 0, 0, 0)],
    dead: [Uint8Array.of(0, 1, 1)],
  });
});

test("a death travels: a unit fed by dead units only is dead, and so is one read by dead units only", () => {
  const chain = [
    layer([[0], [1]]),
    layer([
      [1, 0],
      [0, 1],
    ]),
    layer([
      [1, 0],
      [0, 0],
    ]),
    layer([[1, 1]]),
  ];
  const { dead } = removeDeadUnits(chain);
  expect(dead).toEqual([Uint8Array.of(1, 1), Uint8Array.of(1, 1), Uint8Array.of(1, 1)]);
});

test("convolution to dense: a channel is a block of `spatial` columns", () => {
  const conv = layer([
    [1, 0, 0],
    [0, 0, 0],
  ]);
  const dense = layer(
    [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    2,
  );
  expect(removeDeadUnits([conv, dense])).toEqual({
    masks: [Uint8Array.of(1, 0, 0, 0, 0, 0), Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0)],
    dead: [Uint8Array.of(0, 1)],
  });
});

test("convolution to convolution: a channel is a block of kh * kw columns", () => {
  const first = layer([
    [1, 1],
    [1, 1],
  ]);
  const second = layer([[0, 0, 0, 0, 0, 0, 0, 1]], 4);
  const { masks, dead } = removeDeadUnits([first, second]);
  expect(dead).toEqual([Uint8Array.of(1, 0)]);
  expect(masks[0]).toEqual(Uint8Array.of(0, 0, 1, 1));
});

test("outputs and inputs of the network are not removed, whatever they lost", () => {
  const only = layer([
    [0, 1],
    [0, 0],
  ]);
  expect(removeDeadUnits([only])).toEqual({ masks: [Uint8Array.of(0, 1, 0, 0)], dead: [] });
  expect(removeDeadUnits([])).toEqual({ masks: [], dead: [] });
});

test("the result is what removing dead units one by one comes to, the input is untouched, a second time changes nothing", () => {
  fc.assert(
    fc.property(prunedChains(), (chain) => {
      const before = chain.map(({ mask }) => mask.slice());
      const removed = removeDeadUnits(chain);
      expect(removed).toEqual(oneByOne(chain));
      expect(chain.map(({ mask }) => mask)).toEqual(before);
      expect(removeDeadUnits(chain.map((one, i) => ({ ...one, mask: removed.masks[i] })))).toEqual(removed);
    }),
    { numRuns },
  );
});

test("layers that do not follow each other are a RangeError", () => {
  const first = layer([
    [1, 1],
    [1, 1],
  ]);
  expect(() => removeDeadUnits([first, layer([[1, 1, 1]])])).toThrow(/^layers\[1\]\.columns: expected 2/);
  expect(() => removeDeadUnits([first, layer([[1, 1]], 2)])).toThrow(/^layers\[1\]\.columns: expected 2/);
  expect(() => removeDeadUnits([{ ...first, rows: 3 }])).toThrow(/^layers\[0\]\.mask/);
});
