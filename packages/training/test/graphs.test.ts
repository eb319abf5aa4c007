import fc from "fast-check";
import { describe, test } from "vitest";
import { expectGradients } from "./differences";
import { noise, randomFrom } from "./networks";
import { ENDINGS, PLANE_OPERATORS, type PlaneOperator, randomGraph } from "./random-graphs";

interface GraphCase {
  readonly shape: readonly [number, number, number];
  readonly operators: readonly PlaneOperator[];
  readonly ending: (typeof ENDINGS)[number];
  readonly classes: number;
  readonly batch: number;
  readonly seed: number;
}

const graphCases: fc.Arbitrary<GraphCase> = fc.record({
  shape: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 7 })),
  operators: fc.array(fc.constantFrom(...PLANE_OPERATORS), { minLength: 1, maxLength: 5 }),
  ending: fc.constantFrom(...ENDINGS),
  classes: fc.integer({ min: 2, max: 5 }),
  batch: fc.integer({ min: 2, max: 11 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

async function check({ shape, operators, ending, classes, batch, seed }: GraphCase): Promise<void> {
  const random = randomFrom(seed);
  const network = randomGraph({ shape, operators, ending, classes, random });
  const size = shape[0] * shape[1] * shape[2];
  await expectGradients(network, { samples: noise({ count: batch, size, classes, random }), batch });
}

describe("gradients of graphs that branch agree with finite differences, in WebAssembly and in plain TypeScript", () => {
  test("for random graphs", async () => {
    const numRuns = 16 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
    await fc.assert(fc.asyncProperty(graphCases, check), { seed: 20, numRuns });
  });

  test.each(PLANE_OPERATORS)("for %s between two convolutions that others read too", async (operator) => {
    const operators = ["conv", operator, "relu", "conv", operator, "sum"] as const;
    for (const [i, ending] of ENDINGS.slice(0, 2).entries())
      await check({ shape: [2, 7, 6], operators, ending, classes: 3, batch: 5, seed: 100 + i });
  });
});
