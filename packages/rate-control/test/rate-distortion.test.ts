import { squaredError } from "@deep-compression/codebook";
import {
  bestPrecision,
  fitAtLambda,
  fitToDistortion,
  leastLambda,
  quantizeByFit,
  type RateOptions,
  rateCurve,
  rateSource,
} from "@deep-compression/rate-control";
import { bernoulliBits } from "@deep-compression/sparse";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { laplaceWeights, pruned } from "./weights";

const AUTO: RateOptions = { centroids: "auto", zeros: "auto" };
const weights = pruned(laplaceWeights({ count: 6000, density: 0.4, scale: 0.1 }));

describe("a fit at a lambda", () => {
  test("tells the error that its codes make, and bits", () => {
    const source = rateSource(weights, AUTO);
    for (const lambda of [1e-6, 1e-5, 1e-4, 1e-3]) {
      const point = fitAtLambda(source, lambda);
      const { codes, centroids, distortion } = quantizeByFit(weights.values, point, AUTO);
      expect(point.lambda).toBe(lambda);
      expect(distortion).toBe(squaredError(weights.values, { codes, centroids }));
      expect(Math.abs(point.distortion - distortion)).toBeLessThanOrEqual(1e-6 * distortion);
      expect(point.bits).toBeGreaterThan(0);
    }
  });

  test("costs no more at its own lambda than one at another", () => {
    const source = rateSource(weights, AUTO);
    const lambdas = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
    const points = lambdas.map((lambda) => fitAtLambda(source, lambda));
    lambdas.forEach((lambda, own) => {
      const costs = points.map(({ distortion, bits }) => distortion + lambda * bits);
      expect(costs[own]).toBe(Math.min(...costs));
    });
  });

  test("is of no finer steps than pay, and of no more values than are allowed", () => {
    const source = rateSource(weights, { ...AUTO, size: 5 });
    const least = leastLambda(source.data);
    const { points } = source.data;
    expect(least).toBeCloseTo((((points[points.length - 1] - points[0]) / 8192) ** 2 * Math.LN2) / 6, 20);
    const point = fitAtLambda(source, least / 1000);
    expect(point.lambda).toBe(least);
    expect(point.fit.centroids.length).toBeLessThanOrEqual(5);
    expect(leastLambda(rateSource(pruned(Float32Array.of(3, 3)), AUTO).data)).toBe(0);
  });

  test("counts what pruning took to the distortion", () => {
    const values = laplaceWeights({ count: 3000, density: 1, scale: 0.1 });
    const source = rateSource(pruned(values, 0.9), AUTO);
    expect(source.pruned).toBeGreaterThan(0);
    const { distortion, fit } = fitAtLambda(source, 1e-5);
    expect(distortion).toBeCloseTo(source.pruned + fit.distortion, 12);
  });
});

describe("zeros", () => {
  test("are a symbol of the fit unless they are kept: then their positions have bits of their own", () => {
    const auto = rateSource(weights, AUTO);
    const kept = rateSource(weights, { ...AUTO, zeros: "keep" });
    expect(auto.positionBits).toBe(0);
    expect(kept.positionBits).toBe(bernoulliBits(weights.values.length, weights.length));
    expect(auto.data.zeros).toBe(weights.length - weights.values.length);
  });

  test("do not come of weights where they are kept, however large lambda is", () => {
    const signs = pruned(Float32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : -1)));
    const options: RateOptions = { ...AUTO, zeros: "keep" };
    for (const lambda of [1e-3, 1, 1e6]) {
      const point = fitAtLambda(rateSource(signs, options), lambda);
      expect(quantizeByFit(signs.values, point, options).centroids).not.toContain(0);
    }
    const auto = quantizeByFit(signs.values, fitAtLambda(rateSource(signs, AUTO), 1e6), AUTO);
    expect([...auto.centroids].every((centroid) => centroid === 0)).toBe(true);
  });
});

describe("a sample", () => {
  test("stands for all: each value for as many as there are for it", () => {
    const many = pruned(laplaceWeights({ count: 30_000, density: 0.4, scale: 0.1 }));
    const source = rateSource(many, { ...AUTO, mostSorted: 4096 });
    expect(source.data.points.length).toBeLessThanOrEqual(4096);
    expect(source.scale).toBe(many.values.length / 4096);
    const cost = (of: typeof source, lambda: number) => {
      const { distortion, bits } = fitAtLambda(of, lambda);
      return distortion + lambda * bits;
    };
    for (const lambda of [1e-4, 1e-3]) {
      const fraction = cost(source, lambda) / cost(rateSource(many, AUTO), lambda);
      expect(Math.abs(fraction - 1)).toBeLessThan(0.02);
    }
    expect(rateSource(many, { ...AUTO, mostSorted: 4096 }).data.energy).toBe(source.data.energy);
  });

  test("of no values is none", () => {
    const none = rateSource(pruned(new Float32Array(50)), AUTO);
    expect(none.scale).toBe(1);
    expect(none.data.points).toHaveLength(0);
  });
});

describe("centroids", () => {
  const source = (scale: number, centroids: RateOptions["centroids"] = "auto") =>
    rateSource(pruned(Float32Array.from({ length: 400 }, (_, i) => scale * (3 + Math.sin(i * i)))), {
      ...AUTO,
      centroids,
    });

  test("are float16 where these are fine enough, and float32 where not or where values are beyond their range", () => {
    expect(bestPrecision(source(1), 1e-3)).toBe("float16");
    expect(bestPrecision(source(1), 1e-9)).toBe("float32");
    expect(bestPrecision(source(1e6), 1e9)).toBe("float32");
    expect(bestPrecision(source(1e-9), 1e-21)).toBe("float32");
  });

  test("are of the precision that is asked for", () => {
    expect(bestPrecision(source(1, "float32"), 1e-3)).toBe("float32");
    expect(bestPrecision(source(1e6, "float16"), 1e9)).toBe("float16");
  });
});

describe("a fit to a distortion", () => {
  const source = rateSource(weights, AUTO);

  test.each([0.3, 0.1, 0.01, 1e-3, 1e-4])("of %f of the energy is within it, and close", (fraction) => {
    const most = fraction * weights.energy;
    const point = fitToDistortion(source, most);
    expect(point?.distortion).toBeLessThanOrEqual(most);
    expect(point?.distortion).toBeGreaterThan(0.94 * most);
  });

  test("is within any distortion, of any weights", () => {
    const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.01, 1e-5), fc.constantFrom(0, 0.5), (all, fraction, sparsity) => {
        const some = pruned(Float32Array.from(all), sparsity);
        fc.pre(some.values.length > 0);
        const most = fraction * some.energy;
        const point = fitToDistortion(rateSource(some, AUTO), most);
        if (some.pruned >= most) expect(point).toBeUndefined();
        else if (point !== undefined) expect(point.distortion).toBeLessThanOrEqual(most);
      }),
    );
  });

  test("takes fewer bits the more may be lost", () => {
    const bits = [1e-4, 1e-3, 1e-2, 0.1].map((fraction) => fitToDistortion(source, fraction * weights.energy)?.bits);
    expect(bits).toEqual([...bits].sort((a = 0, b = 0) => b - a));
  });

  test("is none where pruning alone loses as much, or nothing may be lost", () => {
    const half = rateSource(pruned(laplaceWeights({ count: 500, density: 1, scale: 1 }), 0.5), AUTO);
    expect(fitToDistortion(half, half.pruned)).toBeUndefined();
    expect(fitToDistortion(half, half.pruned * 0.9)).toBeUndefined();
    expect(fitToDistortion(source, 0)).toBeUndefined();
  });
});

describe("a rate curve", () => {
  const source = rateSource(weights, AUTO);
  const curve = rateCurve(source);

  test("goes through fits at powers of 4, and lies between them elsewhere", () => {
    for (let step = -9; step < -2; step++) {
      const [low, high] = [4 ** step, 4 ** (step + 1)];
      const { distortion, bits } = fitAtLambda(source, low);
      expect(curve(low).distortion).toBeCloseTo(distortion, 12);
      expect(curve(low).bits).toBeCloseTo(bits, 6);
      const between = curve(1.7 * low);
      expect(between.distortion).toBeGreaterThan(curve(low).distortion);
      expect(between.distortion).toBeLessThan(curve(high).distortion);
      expect(between.bits).toBeLessThan(curve(low).bits);
      expect(between.bits).toBeGreaterThan(curve(high).bits);
    }
  });

  test("does not change below the least lambda", () => {
    const few = rateSource(pruned(laplaceWeights({ count: 200, density: 1, scale: 1 })), AUTO);
    const least = leastLambda(few.data);
    expect(rateCurve(few)(least / 100)).toEqual(rateCurve(few)(least));
  });

  test("counts positions where no fit does", () => {
    const kept = rateSource(weights, { ...AUTO, zeros: "keep" });
    expect(rateCurve(kept)(4 ** -6).bits).toBeCloseTo(fitAtLambda(kept, 4 ** -6).bits + kept.positionBits, 6);
  });
});
