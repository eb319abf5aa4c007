import { expect, test } from "vitest";
import { zlibContestSeconds } from "../src/child-process";
import { SYMBOL_SAMPLES } from "../src/symbol-samples";
import { assertSame, zlibContest } from "../src/zlib-contest";

test.each(["decode", "encode"] as const)(
  "in a process of their own our coder and zlib's each %s in some time",
  async (direction) => {
    const { ours, theirs } = await zlibContestSeconds(direction, SYMBOL_SAMPLES[2]!, { count: 70_000, rounds: 1 });
    expect(ours).toBeGreaterThan(0);
    expect(theirs).toBeGreaterThan(0);
  },
);

test("both sides of a contest do the work that it names", () => {
  const sample = SYMBOL_SAMPLES[0]!;
  const decode = zlibContest("decode", sample, 70_000);
  expect(decode.ours()).toEqual(Uint8Array.from(decode.theirs() as Uint8Array));
  const encode = zlibContest("encode", sample, 70_000);
  for (const bytes of [encode.ours(), encode.theirs()] as Uint8Array[]) {
    expect(bytes.length).toBeGreaterThan((70_000 * 3.6) / 8);
    expect(bytes.length).toBeLessThan((70_000 * 3.8) / 8);
  }
});

test("a coder that gives back other symbols is named", () => {
  expect(() => assertSame("zlib", Uint8Array.of(1), Uint8Array.of(2))).toThrow("zlib did not give the symbols back");
});
