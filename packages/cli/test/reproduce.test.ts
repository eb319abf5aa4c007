import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Reproduce } from "@deep-compression/cli";
import { expect, it } from "vitest";
import { progressText } from "../src/progress";
import { call, temporaryFolder } from "./setting";

type Options = Parameters<Reproduce>[0];

const folder = await temporaryFolder();
const json = { network: "lenet-300-100", ratio: 106.6, seed: 3 };

/** Training that reports two epochs and is done: what the command does around it is what is tested. */
function training(calls: Options[]): () => Promise<Reproduce> {
  return async () => async (options) => {
    calls.push(options);
    const stage = { stage: "prune", stages: 2, stageIndex: 1, epochs: 2 };
    options.onProgress({ ...stage, epoch: 1, loss: 0.5, secondsElapsed: 5, secondsLeft: 70 });
    options.onProgress({
      ...stage,
      epoch: 2,
      loss: 0.25,
      validationErrorPercent: 1.61,
      secondsElapsed: 75,
      secondsLeft: 0,
    });
    const table = { head: ["layer", "paper", "ours"], rows: [["ip1", "8 %", "2 %"]] };
    return { json, table, files: ["a.dcz", "a.json"], notes: ["smaller"] };
  };
}

it("prints a line an epoch, the table, the notes and the files", async () => {
  const calls: Options[] = [];
  const out = join(folder, "new", "out");
  const result = await call(["reproduce", "lenet-300-100", "--seed", "3", "--out", out], training(calls));
  expect(result).toMatchObject({ code: 0, error: "" });
  expect(result.out.split("\n").slice(0, 2)).toEqual([
    "[2/2] prune  epoch 1/2  loss 0.5000  0:05 gone, 1:10 left",
    "[2/2] prune  epoch 2/2  loss 0.2500  validation error 1.61 %  1:15 gone, 0:00 left",
  ]);
  expect(result.out).toMatch(/│ layer │ paper │ ours │\n[^\n]+\n│ ip1 {3}│ {3}8 % │ {2}2 % │/);
  expect(result.out).toMatch(/smaller\nwrote a\.dcz\nwrote a\.json\n$/);
  expect(calls).toMatchObject([{ network: "lenet-300-100", scheme: "ours", seed: 3, out, resume: true }]);
  expect(await readdir(out)).toEqual([]);
});

it("--json prints the results alone; progress goes to the error output", async () => {
  const result = await call(
    ["reproduce", "lenet-5", "--paper", "--no-resume", "--out", folder, "--json"],
    training([]),
  );
  expect(JSON.parse(result.out)).toEqual(json);
  expect(result.error.trim().split("\n")).toHaveLength(2);
});

it("--paper, --no-resume and --threads reach the training", async () => {
  const calls: Options[] = [];
  await call(["reproduce", "lenet-5", "--paper", "--no-resume", "--threads", "2", "--out", folder], training(calls));
  expect(calls).toMatchObject([{ network: "lenet-5", scheme: "paper", seed: 1, resume: false, threads: 2 }]);
});

it("says that training failed, in one line", async () => {
  const load = async () => async () => {
    throw new Error("no space\nleft");
  };
  const { code, error } = await call(["reproduce", "lenet-5", "--out", folder], load);
  expect(code).toBe(1);
  expect(error).toBe("deep-compression: cannot reproduce lenet-5: no space left\n");
});

it("says how to get the optional package that it needs", async () => {
  const load = async () => {
    throw new Error("reproduce needs the package x; install it: npm install x");
  };
  const { code, error } = await call(["reproduce", "lenet-5", "--out", folder], load);
  expect({ code, error }).toEqual({
    code: 1,
    error: "deep-compression: reproduce needs the package x; install it: npm install x\n",
  });
});

it("times beyond an hour are told with hours", () => {
  const stage = { stage: "s", stages: 1, stageIndex: 0, epoch: 1, epochs: 1, loss: 1 };
  expect(progressText({ ...stage, secondsElapsed: 3700, secondsLeft: 59.6 })).toContain("1:01:40 gone, 1:00 left");
});
