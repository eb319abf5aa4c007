import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const main = "packages/benchmarks/src/main.ts";

/** What `npm run bench -- ...` runs. */
function runMain(...args: string[]) {
  const node = ["--import", "tsx", "--conditions=@deep-compression/source", main, ...args];
  return promisify(execFile)(process.execPath, node, { cwd: root });
}

test("main.ts --json prints one JSON array of rows on stdout and nothing else", async () => {
  const { stdout, stderr } = await runMain("noise", "--json", "--rounds", "1", "--effort", "0.02");
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({
      unit: "ms",
      ours: expect.any(Number),
      theirs: expect.any(Number),
      bar: null,
      pass: null,
    }),
  ]);
  expect(stderr).toContain("Node ");
});

test("main.ts with an unknown suite ends with code 2 and names the suites there are", async () => {
  await expect(runMain("no-such-suite")).rejects.toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("training"),
  });
});
