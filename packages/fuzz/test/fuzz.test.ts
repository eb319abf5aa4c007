import { FormatError } from "@deep-compression/bits";
import { writeContainer } from "@deep-compression/container";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { failuresOf, fuzzCommand } from "../src/command";
import { containerCase } from "../src/container-cases";
import { fuzz } from "../src/fuzz";
import { CORPUS_FOLDER, caseText, type FuzzCase, parseCase, readCases } from "../src/fuzz-case";
import { summed } from "../src/tally";
import { TARGETS, targetNamed } from "../src/targets";
import { type Target, trial } from "../src/trial";
import { agreeing, outcomeOf, sameNumbers } from "../src/twins";
import { casesBegun, caseWriter, lastCase, sharedCase } from "../src/watched-case";

const runs = 3000 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const input: FuzzCase = { target: "symbols", numbers: [4, 3], bytes: Uint8Array.of(1, 2, 255) };

/** A decoder of which nothing is expected but what `run` does. */
function targetOf(run: Target["run"]): Target {
  return { name: "test", maxNumbers: [], declaredBytes: () => 0, run };
}

test("mutated files and streams end in FormatError or in a value, in time, in proportionate memory", async () => {
  const { tallies, failures } = await fuzz({ seed: 1, runs });
  expect(failures.map(({ input: failed, message }) => message + caseText(failed))).toEqual([]);
  expect(Object.keys(tallies).sort()).toEqual(TARGETS.map(({ name }) => name).sort());
  for (const [target, { outcomes }] of Object.entries(tallies)) {
    if (target !== "file") expect(outcomes.read, target).toBeGreaterThan(0); // there only accidents that cancel out
    expect(Object.keys(outcomes).length, target).toBeGreaterThan(2);
  }
});

test("what once failed does not fail again", async () => {
  expect(await failuresOf(readCases(CORPUS_FOLDER))).toEqual([]);
});

test("the same seed gives the same cases, another one others", async () => {
  const casesOf = async (seed: number) => {
    const cases: string[] = [];
    await fuzz({ seed, runs: 20, onCase: (one) => cases.push(caseText(one)) });
    return cases;
  };
  const cases = await casesOf(5);
  expect(cases).toHaveLength(25);
  expect(await casesOf(5)).toEqual(cases);
  expect(await casesOf(6)).not.toEqual(cases);
});

test("an error that is no FormatError is a failure, a FormatError is not", async () => {
  const crash = targetOf(() => {
    throw new TypeError("x is undefined");
  });
  expect(await trial(crash, input)).toMatchObject({ outcome: "failed", failure: "TypeError: x is undefined" });
  const refusal = targetOf(async () => {
    throw new FormatError("truncated", "7 bytes wanted of [3,4]");
  });
  const refused = await trial(refusal, input);
  expect(refused).toMatchObject({ outcome: "truncated", kind: "truncated # bytes wanted of [#]" });
  expect(refused.failure).toBeUndefined();
});

test("memory out of proportion to the input and to what it declares is a failure", async () => {
  const kept: Uint8Array[] = [];
  const hog = targetOf(() => {
    kept.push(new Uint8Array(2 ** 27));
    return "read";
  });
  expect((await trial(hog, input)).failure).toMatch(/bytes of memory for 3 bytes that declare 0/);
  expect((await trial({ ...hog, declaredBytes: () => 2 ** 27 }, input)).failure).toBeUndefined();
  expect(kept.length).toBe(3); // what does not fit is tried twice
});

test("a file that is read although a checksum covers the change is a failure", async () => {
  const original = writeContainer({ tensors: [] });
  const other = writeContainer({ tensors: [], metadata: { a: "b" } });
  const read = (bytes: Uint8Array) => trial(targetNamed("file"), { target: "file", numbers: [0], bytes, original });
  expect((await read(original)).failure).toBeUndefined();
  expect(await read(original.with(6, 1))).toMatchObject({ outcome: "truncated" });
  expect((await read(other)).failure).toMatch(/a checksum covers the change, but the file was read/);
});

test("a change that ends in the whole of another valid file is no change of the first", () => {
  const files = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)].map((bytes) => ({ bytes, valid: true }));
  const random = seededRandom(1);
  const cases = Array.from({ length: 5000 }, () => containerCase(files, random).input);
  const whole = cases.filter(({ bytes }) => files.some((file) => sameNumbers(file.bytes, bytes)));
  expect(whole.length).toBeGreaterThan(0);
  for (const { bytes, original } of whole) expect(original).toEqual(bytes);
});

test("twins that differ in a value or in an error are told apart", () => {
  const value = (...numbers: number[]) => outcomeOf(() => numbers);
  const refused = (code: "truncated" | "out-of-range") =>
    outcomeOf<number[]>(() => {
      throw new FormatError(code, "refused");
    });
  expect(agreeing("t", [value(1, Number.NaN), value(1, Number.NaN)], sameNumbers)).toEqual([1, Number.NaN]);
  expect(() => agreeing("t", [value(0), value(-0)], sameNumbers)).toThrow("t: the twins decode to different values");
  expect(() => agreeing("t", [refused("truncated"), refused("truncated")], sameNumbers)).toThrow(FormatError);
  expect(() => agreeing("t", [refused("truncated"), refused("out-of-range")], sameNumbers)).toThrow(/one twin says/);
  expect(() => agreeing("t", [refused("truncated"), value(1)], sameNumbers)).toThrow(/decodes what the other refuses/);
});

test("a case is written as text and read again", () => {
  expect(parseCase(caseText(input))).toEqual(input);
  const file = { ...input, original: Uint8Array.of(9) };
  expect(parseCase(caseText(file))).toEqual(file);
  expect(() => parseCase("{}")).toThrow(TypeError);
});

test("the case that a thread is at is seen from another one", () => {
  const shared = sharedCase();
  expect(lastCase(shared)).toBeUndefined();
  caseWriter(shared)({ target: "graph", numbers: [], bytes: new Uint8Array(3) });
  caseWriter(shared)(input);
  expect(casesBegun(shared)).toBe(2);
  expect(lastCase(shared)).toEqual(input);
});

test("tallies of threads are added up", () => {
  const tally = { cases: 2, outcomes: { read: 1, truncated: 1 }, slowestMs: 1, maxBytes: 5 };
  const more = { cases: 1, outcomes: { read: 1 }, slowestMs: 3, maxBytes: 2 };
  expect(summed([{ a: tally }, { a: more, b: more }])).toEqual({
    a: { cases: 3, outcomes: { read: 2, truncated: 1 }, slowestMs: 3, maxBytes: 5 },
    b: more,
  });
});

test.each([
  [["--runs", "0"], "--runs: expected a whole number from 1, got 0"],
  [["--seconds", "-1"], "--seconds"],
  [["--jobs", "x"], "--jobs: expected a whole number from 1, got x"],
  [["--frob"], "--frob"],
  [["more"], "more"],
])("wrong usage %j ends with code 2", async (args, message) => {
  let error = "";
  const io = { out: () => {}, error: (text: string) => (error += text) };
  expect(await fuzzCommand(args, io)).toBe(2);
  expect(error).toContain(message);
  expect(error).toContain("usage:");
});
