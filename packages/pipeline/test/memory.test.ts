import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("peak-memory.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** 2^25 weights, 134 MB: besides what is in proportion, a sample of 2^23 is sorted. */
const COUNT = 2 ** 25;

async function peak(plan: unknown): Promise<number> {
  const source = process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["--conditions=@deep-compression/source"];
  const args = ["--import=tsx", ...source, script, JSON.stringify(plan), String(COUNT)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return Number(stdout);
}

test.each([
  ["clusters", { default: { share: { size: 15, method: "optimal" } } }],
  ["a relative error", { default: { maxError: 0.01 } }],
])(
  "with %s a tensor is compressed in little more memory than holds it twice",
  { timeout: 300_000 },
  async (_, plan) => {
    const times = await peak(plan);
    expect(times).toBeGreaterThan(1);
    expect(times).toBeLessThan(3.2);
  },
);
