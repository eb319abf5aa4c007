import {
  leastError,
  mostDistortion,
  type NetworkRate,
  networkRate,
  searchTarget,
  type Target,
  type TensorRate,
  type Trial,
  tensorRate,
} from "@deep-compression/rate-control";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { laplaceWeights, pruned } from "./weights";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Rate and distortion of a Gaussian source of `count` samples, whose squares sum to `energy`, by theory. */
function gaussian(count: number, energy: number): NetworkRate {
  const variance = energy / count;
  // Each sample's distortion d falls by 2 ln 2 d a bit: at a lambda it is the lesser of lambda / (2 ln 2) and the variance.
  const at = (lambda: number) => {
    const each = Math.min(variance, lambda / (2 * Math.LN2));
    return { distortion: count * each, bits: (count / 2) * Math.log2(variance / each) };
  };
  return { at, energy, lambdaMost: energy, lambdaLeast: 1e-9 * variance, rawBytes: 4 * count };
}

/** What really comes of a lambda, told from what the curves say. */
type Reality = (estimate: { readonly bytes: number; readonly distortion: number }) => number;

function reached(target: Target, rate: NetworkRate, reality: Reality) {
  const search = searchTarget<Trial>(target, rate);
  const lambdas: number[] = [];
  let step = search.next();
  while (!step.done) {
    lambdas.push(step.value);
    const { bits, distortion } = rate.at(step.value);
    step = search.next({ lambda: step.value, amount: reality({ bytes: bits / 8, distortion }) });
  }
  return { trial: step.value, lambdas };
}

const networks = fc.record({
  count: fc.integer({ min: 10 ** 5, max: 10 ** 8 }),
  energy: fc.double({ min: -20, max: 20, noNaN: true }).map((power) => 2 ** power),
});

describe("a search for a target", () => {
  test("of bytes ends within 0.1 % of it, if a file is so many bytes and a few percent more than the curves say", () => {
    const options = fc.record({
      bits: fc.double({ min: 0.5, max: 6, noNaN: true }),
      overhead: fc.integer({ min: 0, max: 200 }),
      slope: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    });
    fc.assert(
      fc.property(networks, options, ({ count, energy }, { bits, overhead, slope }) => {
        const limit = Math.ceil((count * bits) / 8) + overhead;
        const target = { of: "bytes", limit } as const;
        const rate = gaussian(count, energy);
        const reality: Reality = ({ bytes }) => Math.ceil(overhead + slope * bytes);
        const bytesAt = (lambda: number) => reality({ bytes: rate.at(lambda).bits / 8, distortion: 0 });
        const { trial, lambdas } = reached(target, rate, reality);
        if (trial === undefined) throw new Error("nothing found");
        expect(trial.amount).toBeLessThanOrEqual(limit);
        // Near enough, or a lambda that is hardly smaller is beyond the limit.
        if (trial.amount < 0.999 * limit) expect(bytesAt(trial.lambda / 1.0005)).toBeGreaterThan(limit);
        expect(lambdas.length).toBeLessThanOrEqual(10);
      }),
      { numRuns },
    );
  });

  test("of distortion ends within 0.1 % of it, if what is lost is some percent more or less than the curves say", () => {
    const options = fc.record({
      error: fc.double({ min: -18, max: -1, noNaN: true }).map((power) => 2 ** power),
      factor: fc.double({ min: 0.7, max: 1.4, noNaN: true }),
    });
    fc.assert(
      fc.property(networks, options, ({ count, energy }, { error, factor }) => {
        const limit = error * energy;
        const target = { of: "distortion", limit } as const;
        const { trial } = reached(target, gaussian(count, energy), ({ distortion }) => factor * distortion);
        expect(trial?.amount).toBeLessThanOrEqual(limit);
        expect(trial?.amount).toBeGreaterThanOrEqual(0.999 * limit);
      }),
      { numRuns },
    );
  });

  test("of bytes that come in steps ends at the step below", () => {
    const rate = gaussian(10_000, 1);
    const stepped: Reality = ({ bytes }) => 500 * Math.ceil(bytes / 500);
    for (const limit of [1234, 2999, 4001]) {
      const { trial } = reached({ of: "bytes", limit }, rate, stepped);
      expect(trial?.amount).toBe(500 * Math.floor(limit / 500));
    }
  });

  test("gives nothing where no lambda is enough, and tries none above the most", () => {
    const rate = gaussian(1000, 1);
    const { trial, lambdas } = reached({ of: "bytes", limit: 100 }, rate, ({ bytes }) => 101 + bytes);
    expect(trial).toBeUndefined();
    expect(Math.max(...lambdas)).toBe(rate.lambdaMost);
    const free = reached({ of: "distortion", limit: 2 }, rate, ({ distortion }) => distortion);
    expect(free.trial).toEqual({ lambda: rate.lambdaMost, amount: 1 });
  });

  test("tries the least lambda where everything fits, and none below", () => {
    const rate = gaussian(1000, 1);
    const { trial, lambdas } = reached({ of: "bytes", limit: 10 ** 6 }, rate, ({ bytes }) => bytes);
    expect(trial?.lambda).toBe(rate.lambdaLeast);
    expect(lambdas).toEqual([rate.lambdaLeast]);
  });
});

describe("the rate of a network", () => {
  const options = { centroids: "auto", zeros: "auto" } as const;
  const tensors = [
    tensorRate(pruned(laplaceWeights({ count: 3000, density: 0.3, scale: 0.1 })), options),
    tensorRate(pruned(laplaceWeights({ count: 500, density: 1, scale: 1 })), options),
  ];

  test("is the sum of its tensors'", () => {
    const network = networkRate(tensors);
    for (const lambda of [1e-4, 0.01]) {
      const each = tensors.map(({ at }) => at(lambda));
      expect(network.at(lambda)).toEqual({
        distortion: each[0].distortion + each[1].distortion,
        bits: each[0].bits + each[1].bits,
      });
    }
    const [first, second] = tensors;
    expect(network.energy).toBe(first.energy + second.energy);
    expect(network.lambdaMost).toBe(Math.max(first.lambdaMost, second.lambdaMost));
    expect(network.lambdaLeast).toBe(Math.min(first.lambdaLeast, second.lambdaLeast));
  });

  test("of a tensor that pruning has emptied is what pruning took, at no bits", () => {
    const emptied = tensorRate(pruned(Float32Array.of(3, 4), 1), options);
    expect(emptied.at(1)).toEqual({ distortion: 25, bits: 0 });
    expect(emptied).toMatchObject({ energy: 25, lambdaMost: 0, rawBytes: 0 });
    const network = networkRate([emptied]);
    expect(network.lambdaMost).toBeGreaterThan(0);
    expect(network.lambdaLeast).toBeLessThanOrEqual(network.lambdaMost);
    expect(networkRate([]).energy).toBe(0);
  });

  test("tells the bytes of a tensor that has too many values for codes, and only of such", () => {
    const count = 65537;
    const distinct = tensorRate(pruned(Float32Array.from({ length: count }, (_, i) => 1 + i)), options);
    expect(distinct.rawBytes).toBe(4 * count);
    const values = ({ rawBytes }: TensorRate) => rawBytes;
    expect(tensors.map(values)).toEqual([0, 0]);
    expect(networkRate([distinct, ...tensors]).rawBytes).toBe(4 * count);
  });
});

describe("relative errors", () => {
  test("allow no more squared error than they say, and the least that allows some does", () => {
    const energies = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
    const fractions = fc.double({ min: 1e-12, max: 1, noNaN: true });
    fc.assert(
      fc.property(energies, fractions, (energy, fraction) => {
        expect(mostDistortion(fraction, energy)).toBeLessThanOrEqual(fraction * energy);
        expect(mostDistortion(fraction, energy)).toBeGreaterThan(0.999999 * fraction * energy);
        const distortion = fraction * energy;
        const least = leastError(distortion, energy);
        expect(mostDistortion(least, energy)).toBeGreaterThanOrEqual(Math.min(distortion, energy));
        expect(least).toBeLessThanOrEqual(Math.min(1, fraction * (1 + 1e-8)));
      }),
      { numRuns: 5 * numRuns },
    );
    expect(mostDistortion(1, 7)).toBe(7);
    expect(mostDistortion(0, 7)).toBe(0);
  });
});
