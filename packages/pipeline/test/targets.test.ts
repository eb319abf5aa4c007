import { floatTensor, floatValues, type Network, type Tensor } from "@deep-compression/network";
import { compress, type Plan } from "@deep-compression/pipeline";
import { networks, ratePlans } from "@deep-compression/pipeline/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressed } from "./opened";

const numRuns = 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Sums in float64, of the tensors as they are and as they come back. */
function errorOf(original: readonly Tensor[], restored: readonly Tensor[]): number {
  let lost = 0;
  let energy = 0;
  original.forEach((tensor, t) => {
    const [before, after] = [floatValues(tensor), floatValues(restored[t])];
    before.forEach((value, i) => {
      lost += (value - after[i]) ** 2;
      energy += value ** 2;
    });
  });
  return energy === 0 ? 0 : lost / energy;
}

async function restored(bytes: Uint8Array): Promise<readonly Tensor[]> {
  return (await decompressed(bytes)).tensors;
}

/** Layers of unlike size, scale and density, Laplace shaped. */
function layers(): Network {
  const random = seededRandom(11);
  const layer = (name: string, shape: number[], { density, scale }: { density: number; scale: number }) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
      const sign = random() < 0.5 ? -scale : scale;
      return random() < density ? sign * (0.2 - Math.log(1 - random())) : 0;
    });
    return floatTensor(name, shape, values);
  };
  return {
    graph: undefined,
    tensors: [
      layer("conv", [16, 8, 3, 3], { density: 0.7, scale: 0.1 }),
      layer("fc1", [120, 200], { density: 0.1, scale: 0.03 }),
      layer("fc2", [10, 120], { density: 0.3, scale: 0.05 }),
      layer("bias", [10], { density: 1, scale: 0.1 }),
    ],
  };
}

const finite = (tensor: Tensor) => tensor.type === "float32" && floatValues(tensor).every(Number.isFinite);

test("whatever a plan by rate asks for, the ledger tells the error that was made, and it is within what was allowed", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), ratePlans(), async (network, plan) => {
      const { bytes, ledger } = compress(network, plan);
      const back = await restored(bytes);
      const coded = network.tensors
        .map((tensor, i) => ({ tensor, back: back[i], row: ledger.rows[i] }))
        .filter((one) => finite(one.tensor));
      for (const one of coded) {
        const error = errorOf([one.tensor], [one.back]);
        expect(Math.abs(error - (one.row.error ?? 0))).toBeLessThanOrEqual(1e-9 + 1e-6 * error);
        expect(error).toBeLessThanOrEqual(plan.default.maxError ?? plan.maxError ?? 1);
      }
    }),
    { numRuns },
  );
});

test.each([0.3, 0.01, 1e-3, 1e-5])("a tensor's error comes close to a maxError of %f from below", async (maxError) => {
  const { tensors } = layers();
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensors[1]] }, { default: { maxError } });
  const error = errorOf([tensors[1]], await restored(bytes));
  expect(error).toBeLessThanOrEqual(maxError);
  expect(error).toBeGreaterThan(0.9 * maxError);
  expect(ledger.rows[0].error).toBeCloseTo(error, 10);
});

test("more error takes fewer bytes", () => {
  const sizes = [0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1].map(
    (maxError) => compress(layers(), { default: { maxError } }).bytes.length,
  );
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  expect(sizes[6]).toBeLessThan(200);
});

test.each([6_000, 3_500, 1_500])("a file of at most %d bytes is no larger, and not much smaller", (targetBytes) => {
  const { bytes } = compress(layers(), { default: {}, targetBytes });
  expect(bytes.length).toBeLessThanOrEqual(targetBytes);
  expect(bytes.length).toBeGreaterThan(0.95 * targetBytes);
});

test("a target that the network meets without loss is met without loss", async () => {
  const network = layers();
  const back = await restored(compress(network, { default: {}, targetBytes: 10 ** 6 }).bytes);
  expect(errorOf(network.tensors, back)).toBe(0);
});

test("one lambda for all tensors loses less than the same bytes with one error for each", async () => {
  const network = layers();
  const each = compress(network, { default: { maxError: 0.01 } }).bytes;
  const together = compress(network, { default: {}, targetBytes: each.length }).bytes;
  const [lossOfEach, lossTogether] = [
    errorOf(network.tensors, await restored(each)),
    errorOf(network.tensors, await restored(together)),
  ];
  expect(lossTogether).toBeLessThan(0.9 * lossOfEach);
});

test("a target that cannot be reached is a RangeError that says the least size that can", () => {
  const attempt = () => compress(layers(), { default: {}, targetBytes: 60 });
  expect(attempt).toThrow(RangeError);
  expect(attempt).toThrow(/plan.targetBytes: expected at least \d+ for this network and plan, got 60/);
  const least = Number(/at least (\d+)/.exec(messageOf(attempt))?.[1]);
  expect(compress(layers(), { default: {}, targetBytes: least }).bytes.length).toBe(least);
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("tensors with a plan of their own do not follow the network's target", async () => {
  const network = layers();
  const plan: Plan = {
    default: {},
    targetBytes: 4_000,
    tensors: { bias: { share: "exact" }, conv: { maxError: 1e-4 } },
  };
  const { bytes, ledger } = compress(network, plan);
  expect(bytes.length).toBeLessThanOrEqual(4_000);
  expect(ledger.rows.map(({ error }) => error)).toEqual([
    expect.any(Number),
    expect.any(Number),
    expect.any(Number),
    0,
  ]);
  expect(ledger.rows[0].error).toBeLessThanOrEqual(1e-4);
  expect(ledger.rows[1].error).toBeGreaterThan(1e-4);
});

test("small weights become zeros where that pays, unless zeros are to be kept as they are", async () => {
  const { tensors } = layers();
  const [, original] = tensors;
  const zerosOf = async (zeros: "auto" | "keep") => {
    const { bytes } = compress({ graph: undefined, tensors: [original] }, { default: { maxError: 0.3, zeros } });
    return floatValues((await restored(bytes))[0]).map((value) => (value === 0 ? 1 : 0));
  };
  const before = floatValues(original).map((value) => (value === 0 ? 1 : 0));
  expect(await zerosOf("keep")).toEqual(before);
  const after = await zerosOf("auto");
  expect(after.every((zero, i) => zero >= before[i])).toBe(true);
  expect(after).not.toEqual(before);
});

test("fitted values that float16 cannot hold, or not finely enough, are shared in float32", () => {
  const codebook = (scale: number, lambda: number) => {
    const values = Float32Array.from({ length: 4000 }, (_, i) => scale * (3 + Math.sin(i * i)));
    const network = { graph: undefined, tensors: [floatTensor("w", [40, 100], values)] };
    const share = { method: "entropy-constrained" as const, lambda: lambda * scale ** 2, size: 65_535 };
    const { centroids, bytes } = compress(network, { default: { share } }).ledger.rows[0];
    return (bytes.codebook - (centroids < 64 ? 1 : 2)) / centroids;
  };
  expect(codebook(1, 1e-3)).toBeLessThanOrEqual(2);
  expect(codebook(1e6, 1e-3)).toBeGreaterThan(2);
  expect(codebook(1e-9, 1e-3)).toBeGreaterThan(2);
  expect(codebook(1, 1e-5)).toBeLessThanOrEqual(2);
});

test("pruning that loses more than the plan allows, and targets that contradict each other, are wrong arguments", () => {
  const network = layers();
  expect(() => compress(network, { default: { sparsity: 0.95, maxError: 0.001 } })).toThrow(
    /tensor "conv": maxError: expected at most 0.001, but sparsity 0.95 makes a relative error of 0\.\d+ by itself/,
  );
  expect(() => compress(network, { default: {}, targetBytes: 5000, maxError: 0.1 })).toThrow(TypeError);
  expect(() => compress(network, { default: {}, targetBytes: 0 })).toThrow(RangeError);
  expect(() => compress(network, { default: { maxError: 2 } })).toThrow(/maxError: expected a number in 0..1, got 2/);
  expect(() => compress(network, { default: { maxError: 0.1, share: "exact" } })).toThrow(
    /share or maxError, got both/,
  );
  const lambda = (value: number) => ({ default: { share: { method: "entropy-constrained" as const, lambda: value } } });
  expect(() => compress(network, lambda(0))).toThrow(/lambda: expected a finite number above 0, got 0/);
});

const vector = (values: ArrayLike<number>): Network => ({
  graph: undefined,
  tensors: [floatTensor("w", [values.length], Float32Array.from(values))],
});

test("what pruning alone loses counts to the error of a tensor, by whomever it is bounded, and of one that is stored raw", () => {
  const network = vector([1, 2, 3]);
  const pruned = () => compress(network, { default: { sparsity: 1 }, maxError: 0.01 });
  expect(pruned).toThrow('tensor "w": maxError: expected at most 0.01, but sparsity 1 makes a relative error of 1');
  expect(compress(network, { default: { sparsity: 1 }, maxError: 1 }).ledger.rows[0].error).toBe(1);
  const raw = () => compress(network, { default: { sparsity: 0.5, maxError: 0.01, form: "raw" } });
  expect(raw).toThrow('tensor "w": maxError: expected at most 0.01, but sparsity 0.5');
  expect(() => compress(vector([1, 1e-9]), { default: { sparsity: 0.5, maxError: 0 } })).toThrow("maxError");
});

test("the error that pruning is told to make by itself is enough", () => {
  const random = seededRandom(3);
  for (let i = 0; i < 50; i++) {
    const network = vector(Array.from({ length: 20 }, random));
    const plan = { default: { sparsity: 0.7, centroids: "float32" } } as const;
    const message = messageOf(() => compress(network, { ...plan, maxError: 1e-6 }));
    const least = Number(/relative error of ([^ ,]+) by itself/.exec(message)?.[1]);
    expect(compress(network, { ...plan, maxError: least }).ledger.rows[0].error).toBeLessThanOrEqual(least);
  }
});

test("a file may be as small as one of zeros only", () => {
  const ones = Array.from({ length: 10000 }, (_, i) => (((i * 2654435761) % 1000003) % 10 === 0 ? 0 : 1));
  expect(compress(vector(ones), { default: {}, targetBytes: 100 }).bytes.length).toBeLessThanOrEqual(100);
  expect(compress(vector(ones), { default: {}, maxError: 1 }).bytes.length).toBeLessThanOrEqual(100);
});

test("a target that codes meet without loss is met without loss", () => {
  const values = Array.from({ length: 20000 }, (_, i) => (i % 20 === 0 ? Math.sin(i * i) : 0));
  const { bytes } = compress(vector(values), { default: {} });
  const { ledger } = compress(vector(values), { default: {}, targetBytes: bytes.length });
  expect(ledger.rows[0].error).toBe(0);
});

test("more error takes hardly more bytes where tensors differ beyond all measure, and the smaller one is kept as well", () => {
  const tiny = Float32Array.from({ length: 2000 }, (_, i) => 2 ** -149 * ((i % 19) - 9));
  const few = Float32Array.of(
    -0.0314,
    -0.33347,
    0.12659,
    -0.3458,
    0.19982,
    -0.14121,
    0.48124,
    -0.22523,
    -0.02342,
    -0.16778,
  );
  const network = { graph: undefined, tensors: [floatTensor("tiny", [2000], tiny), floatTensor("few", [10], few)] };
  const compressed = [1e-7, 1e-6, 1e-5].map((maxError) => compress(network, { default: {}, maxError }));
  // Each tensor has its own error: the tiny ones come back bit for bit, since their period of 19 deflates to few bytes.
  const sizes = compressed.map(({ bytes }) => bytes.length);
  expect(sizes[0]).toBeLessThan(160);
  for (const [i, size] of sizes.slice(1).entries()) expect(size).toBeLessThanOrEqual(1.03 * sizes[i] + 4);
  for (const { ledger } of compressed) expect(ledger.rows[0]).toMatchObject({ error: 0 });
});

test("where zeros are kept, no weight becomes one, and zero counts among the values", async () => {
  const signs = vector(Array.from({ length: 20 }, (_, i) => (i % 2 ? 1 : -1)));
  const small = vector(Array.from({ length: 100 }, (_, i) => (i % 2 ? 1 : 1e-9)));
  for (const network of [signs, small]) {
    for (const maxError of [1, 0.01]) {
      const [tensor] = await restored(compress(network, { default: { maxError, zeros: "keep" } }).bytes);
      expect(floatValues(tensor)).not.toContain(0);
    }
  }
  const values = Array.from({ length: 300 }, (_, i) => (i % 3 ? Math.sin(i * i) : 0));
  const share = { method: "entropy-constrained", lambda: 1e-6, size: 2 } as const;
  const [tensor] = await restored(compress(vector(values), { default: { share, zeros: "keep" } }).bytes);
  expect(new Set(floatValues(tensor)).size).toBe(2);
});

test("where a weight is beyond float16, all are shared by rate in float32, and the ledger says so", () => {
  const network = vector(Array.from({ length: 3000 }, (_, i) => 1e6 * Math.sin(i * i)));
  for (const plan of [
    { targetBytes: 1000, default: {} },
    { maxError: 0.03, default: {} },
    { default: { maxError: 0.03 } },
  ]) {
    const { ledger } = compress(network, { ...plan, default: { ...plan.default, centroids: "float16" } });
    expect(ledger.rows[0].reason).toBe("float32 centroids: one is beyond the range of float16");
    expect(ledger.rows[0].error).toBeLessThan(0.03);
  }
});

test("a large tensor that is mostly not zero keeps its zeros when it shares values by rate", async () => {
  const length = 2 ** 22 + 1; // fewer are taken apart into positions and values
  const random = seededRandom(1);
  const values = Float32Array.from({ length }, (_, i) => (i % 10 === 0 ? 0 : random() - 0.5));
  const share = { method: "entropy-constrained", lambda: 1e-3 } as const;
  const [tensor] = await restored(compress(vector(values), { default: { share } }).bytes);
  const back = floatValues(tensor);
  expect(values.findIndex((value, i) => value === 0 && back[i] !== 0)).toBe(-1);
});

test("no error at all is refused with the reason that holds", () => {
  const reason = (values: number[]) => compress(vector(values), { default: { maxError: 0 } }).ledger.rows[0].reason;
  expect(reason([0, -0, 1, 1, 1, 1, 1, 1, 1, 1])).toMatch("holds both 0 and -0");
  expect(reason(Array.from({ length: 70000 }, (_, i) => i))).toMatch("more than 65536 distinct values");
});

/** Weights of a trained layer's shape, some of whose kinds are far from normal. */
const arbitraryWeights = fc
  .record({
    kind: fc.constantFrom("normal", "cubed", "clustered", "outlier", "pruned"),
    count: fc.integer({ min: 40, max: 600 }),
    seed: fc.integer({ min: 1, max: 1000 }),
    scale: fc.constantFrom(1, 0.05, 300),
  })
  .map(({ kind, count, seed, scale }) => {
    const random = seededRandom(seed);
    const bell = () => random() + random() + random() - 1.5;
    const of = {
      normal: bell,
      cubed: () => bell() ** 3,
      clustered: () => Math.round(2 * bell()) + 1e-3 * bell(),
      outlier: () => (random() < 0.01 ? 100 : bell()),
      pruned: () => (random() < 0.8 ? 0 : bell()),
    }[kind];
    return Float32Array.from({ length: count }, () => scale * of());
  });

test("over a fine grid of errors bytes hardly ever rise, and weights are never raw where their neighbours are coded", () => {
  fc.assert(
    fc.property(arbitraryWeights, fc.double({ min: -4, max: -0.5, noNaN: true }), (values, power) => {
      const rows = Array.from({ length: 4 }, (_, i) => {
        const maxError = 10 ** power * 1.03 ** i;
        const { bytes, ledger } = compress(vector(Array.from(values)), { default: { maxError } });
        expect(ledger.rows[0].error).toBeLessThanOrEqual(maxError);
        return { bytes: bytes.length, isRaw: ledger.rows[0].form === "raw" };
      });
      for (const [i, more] of rows.slice(1).entries()) {
        expect(more.bytes).toBeLessThanOrEqual(1.03 * rows[i].bytes + 4);
        expect(more.isRaw && !rows[i].isRaw).toBe(false);
      }
    }),
    { numRuns: numRuns / 2 },
  );
});

test("a network of layers of unlike scale is coded at every error from 2 to 4 %, each time a little smaller", () => {
  const network = layers();
  const sizes = Array.from({ length: 9 }, (_, i) => {
    const { bytes, ledger } = compress(network, { default: {}, maxError: 0.02 + 0.0025 * i });
    expect(ledger.rows.slice(0, 3).map(({ form }) => form)).not.toContain("raw");
    return bytes.length;
  });
  for (const [i, size] of sizes.slice(1).entries()) expect(size).toBeLessThanOrEqual(1.005 * sizes[i]);
  expect(sizes[8]).toBeLessThan(0.9 * sizes[0]);
});

test("at errors below those of the finest fit values are rounded on a grid, not stored raw", () => {
  const random = seededRandom(9);
  const values = Array.from({ length: 40_000 }, () => (random() < 0.001 ? 500 : random() - 0.5));
  const { ledger } = compress(vector(values), { default: { maxError: 1e-10 } });
  expect(ledger.rows[0].form).not.toBe("raw");
  expect(ledger.rows[0].error).toBeLessThanOrEqual(1e-10);
});

const arbitraryLayers = fc.array(arbitraryWeights, { minLength: 1, maxLength: 3 });

test("a target's bytes are spent, unless nothing is lost, or nothing finer is small enough", () => {
  fc.assert(
    fc.property(arbitraryLayers, fc.double({ min: 0.05, max: 0.45, noNaN: true }), (list, fraction) => {
      const tensors = list.map((values, i) => floatTensor(`w${i}`, [values.length], values));
      const network = { graph: undefined, tensors };
      const raw = tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const targetBytes = Math.round(150 + 40 * list.length + fraction * raw);
      const { bytes, ledger } = compress(network, { default: {}, targetBytes });
      expect(bytes.length).toBeLessThanOrEqual(targetBytes);
      const lost = ledger.rows.reduce((sum, { error = 0 }) => sum + error, 0);
      if (bytes.length >= 0.9 * targetBytes || lost === 0) return;
      // Each tensor that loses something would take more than is left at any smaller error.
      const left = targetBytes - bytes.length;
      for (const [i, { error = 0, bytes: own }] of ledger.rows.entries()) {
        if (error === 0) continue;
        const size = Object.values(own).reduce((sum, part) => sum + part, 0) - own.header;
        for (const factor of [0.8, 0.5, 0.2, 0.05]) {
          const finer = compress(
            { graph: undefined, tensors: [tensors[i]] },
            { default: { maxError: factor * error } },
          );
          const [row] = finer.ledger.rows;
          const finerSize = Object.values(row.bytes).reduce((sum, part) => sum + part, 0) - row.bytes.header;
          expect(finerSize - size).toBeGreaterThan(left - 8);
        }
      }
    }),
    { numRuns: numRuns / 2 },
  );
});

test("a small kernel beside a grid of larger scale gets its part of the bytes, and they are spent", async () => {
  const random = seededRandom(2);
  const kernel = Float32Array.from({ length: 400 }, () => 0.1 * (random() - 0.5));
  const grid = Float32Array.from({ length: 200 }, (_, i) => 40 * (i % 20) + 7 * Math.floor(i / 20) + random());
  const network = {
    graph: undefined,
    tensors: [floatTensor("kernel", [16, 25], kernel), floatTensor("grid", [10, 20], grid)],
  };
  const { bytes, ledger } = compress(network, { default: {}, targetBytes: 700 });
  expect(bytes.length).toBeLessThanOrEqual(700);
  expect(bytes.length).toBeGreaterThan(660);
  for (const { error } of ledger.rows) expect(error).toBeLessThan(0.01);
});

test("a weight far out hides none of the others where errors are relative to typical weights", async () => {
  const random = seededRandom(6);
  const values = Float32Array.from({ length: 4000 }, (_, i) => (i === 77 ? 3000 : random() - 0.5));
  const others = async (errorOf: "energy" | "typical") => {
    const { bytes, ledger } = compress(vector(Array.from(values)), { default: { maxError: 1e-3, errorOf } });
    expect(ledger.rows[0].error).toBeLessThanOrEqual(1e-3);
    const back = floatValues((await restored(bytes))[0]);
    const lost = values.reduce((sum, value, i) => sum + (i === 77 ? 0 : (value - back[i]) ** 2), 0);
    return lost / values.reduce((sum, value, i) => sum + (i === 77 ? 0 : value ** 2), 0);
  };
  expect(await others("energy")).toBeGreaterThan(0.9);
  expect(await others("typical")).toBeLessThan(0.05);
});

test("loss that saves no byte is not made, whatever the plan allows", async () => {
  const random = seededRandom(8);
  const few = Float32Array.from({ length: 600 }, () => [-1.5, 0.25, 3][Math.floor(3 * random())]);
  const period = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i % 25));
  const slopes = Array.from({ length: 8 }, (_, i) => Float32Array.from({ length: i + 1 }, random));
  const lossy: boolean[] = [];
  for (const values of [few, period, ...slopes]) {
    const exact = compress(vector(Array.from(values)), { default: {} }).bytes.length;
    for (const plan of [
      { maxError: 0.01 },
      { share: { size: 255 } },
      { share: { method: "entropy-constrained" as const, lambda: 1e-6 } },
    ]) {
      const { bytes, ledger } = compress(vector(Array.from(values)), { default: plan });
      const { error = 0 } = ledger.rows[0];
      lossy.push(error > 0);
      if (error > 0) expect(bytes.length).toBeLessThan(exact);
      else expect(floatValues((await restored(bytes))[0])).toEqual(values);
    }
  }
  // Not of one value, and of three a coarser grid saves a byte only; of more some loss saves bytes.
  const [ofThree, single] = [lossy.slice(0, 3), lossy.slice(6, 9)];
  expect(ofThree).toEqual([false, false, false]);
  expect(single).toEqual([false, false, false]);
  expect(lossy).toContain(true);
});

test("a target that only exact values spend is met without loss", () => {
  const values = Array.from({ length: 4096 }, (_, i) => (i % 64 === 5 ? Math.sin(i * i) : 0));
  const network = vector(values);
  const exact = compress(network, { default: {} }).bytes.length;
  const { bytes, ledger } = compress(network, { default: {}, targetBytes: exact + 60 });
  expect(bytes.length).toBe(exact);
  expect(ledger.rows[0].error).toBe(0);
});
