import { compare, formatTable } from "@deep-compression/benchmarks";
import { expect, test } from "vitest";

test("the README's example times two ways to sort and prints their row", async () => {
  const values = Float64Array.from({ length: 10_000 }, (_, i) => -i);
  const row = await compare(
    { name: "sort 10,000 numbers", unit: "ms", peer: "Array.sort", bar: 1, scale: 1000 },
    { ours: () => values.toSorted(), theirs: () => Array.from(values).sort((a, b) => a - b) },
    { rounds: 3 },
  );
  expect(formatTable([row])).toMatch(/sort 10,000 numbers +ms +[\d.]+ +[\d.]+ +Array\.sort +[\d.]+x +1x/);
});
