import {
  alternate,
  compare,
  formatTable,
  isOverhead,
  median,
  toOverheadRow,
  toRow,
} from "@deep-compression/benchmarks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const figure = { name: "epoch", unit: "s", peer: "peer 1.0", ours: 2, theirs: 12 };

/** A clock that each side moves by its own next duration in milliseconds. */
function scriptedContest(durations: { readonly ours: number[]; readonly theirs: number[] }) {
  let time = 0;
  const order: string[] = [];
  const side = (name: "ours" | "theirs") => () => {
    order.push(name);
    time += durations[name].shift()!;
  };
  return { contest: { ours: side("ours"), theirs: side("theirs") }, now: () => time, order };
}

describe("median", () => {
  test("is the middle of an odd number of values, in whatever order they come", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test("is the mean of the middle two of an even number, compared as numbers and not as text", () => {
    expect(median([10, 9, 100, 2])).toBe(9.5);
  });

  test("has as many values below as above it", () => {
    const finite = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
      { numRuns },
    );
  });

  test("leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("refuses no values and NaN", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => median([1, Number.NaN])).toThrow(RangeError);
  });
});

describe("toOverheadRow", () => {
  const size = { name: "size", counted: "bytes", peer: "entropy", theirs: 1000, bar: 0.015, goal: 0.005 };

  test("passes at most at its bar, and says by how much ours is above theirs", () => {
    expect(toOverheadRow({ ...size, ours: 1010 })).toMatchObject({ unit: "excess of bytes", ratio: 0.01, pass: true });
    expect(toOverheadRow({ ...size, ours: 1016 }).pass).toBe(false);
    expect(toOverheadRow({ ...size, ours: 920, bar: -0.08 }).pass).toBe(true);
    expect(toOverheadRow({ ...size, ours: 921, bar: -0.08 }).pass).toBe(false);
  });

  test("is told apart from a factor and printed in percent", () => {
    const row = toOverheadRow({ ...size, ours: 1010 });
    expect([isOverhead(row), isOverhead(toRow(figure))]).toEqual([true, false]);
    expect(formatTable([row])).toMatch(/ 1\.00 % +1\.50 % +0\.50 % +yes/);
    expect(formatTable([toOverheadRow({ ...size, ours: 1000 + 1e-6, bar: 1e-6 })])).toMatch(/ 1\.0e-7 % +0\.00010 %/);
  });
});

describe("alternate", () => {
  test("runs A B A B, warm-ups first, and returns the seconds of the timed runs alone", async () => {
    const { contest, now, order } = scriptedContest({ ours: [900, 1000, 3000], theirs: [800, 2000, 5000] });
    const times = await alternate(contest, { rounds: 2, now });
    expect(order).toEqual(["ours", "theirs", "ours", "theirs", "ours", "theirs"]);
    expect(times).toEqual({ ours: [1, 3], theirs: [2, 5] });
  });

  test("waits for a side that works asynchronously", async () => {
    let time = 0;
    const slow = async () => {
      await Promise.resolve();
      time += 1000;
    };
    const times = await alternate({ ours: slow, theirs: () => {} }, { rounds: 1, warmUps: 0, now: () => time });
    expect(times).toEqual({ ours: [1], theirs: [0] });
  });

  test("stops at the first error of a side", async () => {
    const failing = () => {
      throw new Error("out of memory");
    };
    await expect(alternate({ ours: failing, theirs: () => {} }, { rounds: 1 })).rejects.toThrow("out of memory");
  });

  test("refuses less than one round", async () => {
    const contest = { ours: () => {}, theirs: () => {} };
    await expect(alternate(contest, { rounds: 0 })).rejects.toThrow("rounds");
    await expect(alternate(contest, { rounds: 1.5 })).rejects.toThrow("rounds");
  });
});

describe("a row", () => {
  test("has a ratio above 1 where ours is better, whichever way the unit counts", () => {
    expect(toRow(figure).ratio).toBe(6);
    expect(toRow({ ...figure, unit: "MB/s", better: "higher", ours: 12, theirs: 2 }).ratio).toBe(6);
  });

  test("passes at its bar and not below it; the goal does not count", () => {
    expect(toRow({ ...figure, bar: 6, goal: 12 }).pass).toBe(true);
    expect(toRow({ ...figure, bar: 6.01 }).pass).toBe(false);
  });

  test("without a bar gives no verdict", () => {
    expect(toRow(figure)).toMatchObject({ bar: null, goal: null, pass: null });
  });

  test("has exactly the fields that the report states, in their order", () => {
    const fields = ["name", "unit", "ours", "peer", "theirs", "ratio", "bar", "goal", "pass"];
    expect(Object.keys(JSON.parse(JSON.stringify(toRow({ ...figure, bar: 6, goal: 12 }))))).toEqual(fields);
  });

  test.each([0, -1, Number.NaN, Infinity])("is refused if a side is %s", (value) => {
    expect(() => toRow({ ...figure, ours: value, bar: 6 })).toThrow("ours");
    expect(() => toRow({ ...figure, theirs: value, bar: 6 })).toThrow("theirs");
  });

  test("of a contest holds medians, in the figure's unit", async () => {
    const { contest, now } = scriptedContest({ ours: [1, 9, 4], theirs: [100, 10, 20] });
    const rest = { name: "epoch", unit: "ms", peer: "peer 1.0", bar: 4, scale: 1000 };
    const row = await compare(rest, contest, { rounds: 3, warmUps: 0, now });
    expect(row).toMatchObject({ ours: 4, theirs: 20, pass: true });
    expect(row.ratio).toBeCloseTo(5);
  });
});
