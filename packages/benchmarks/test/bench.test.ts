import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bench, type Case, formatTable, type Suite, toRow } from "@deep-compression/benchmarks";
import { describe, expect, test } from "vitest";

const row = toRow({ name: "decode", unit: "ms", ours: 1, peer: "fflate", theirs: 22, bar: 8, goal: 20 });

function suite(name: string, cases: readonly Case[]): Suite {
  return { name, load: async () => cases };
}

const suites = [
  suite("codecs", [
    { name: "huffman", run: async () => [row] },
    { name: "gaps", run: async () => [{ ...row, name: "gaps" }] },
  ]),
  suite("broken", [
    {
      name: "disagrees",
      run: async () => {
        throw new Error("outputs differ");
      },
    },
  ]),
];

async function run(...args: string[]) {
  const output = { out: [] as string[], log: [] as string[] };
  const code = await bench(args, {
    suites,
    out: (text) => output.out.push(text),
    log: (text) => output.log.push(text),
  });
  return { code, out: output.out.join("\n"), log: output.log.join("\n") };
}

describe("bench", () => {
  test("with --json prints the rows as one JSON array and nothing else", async () => {
    const { code, out } = await run("codecs", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([row, { ...row, name: "gaps" }]);
  });

  test("tells each ratio as soon as it is measured, beside the rows and not among them", async () => {
    const { out, log } = await run("codecs/huffman", "--json");
    expect(log).toContain("codecs/huffman: decode: 22.0x against fflate");
    expect(JSON.parse(out)).toEqual([row]);
  });

  test("with --out also writes the rows of each suite to a file named after it", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "deep-compression-")), "new");
    await run("codecs/gaps", "--out", folder);
    expect(await readdir(folder)).toEqual(["codecs.json"]);
    expect(JSON.parse(await readFile(join(folder, "codecs.json"), "utf8"))).toEqual([{ ...row, name: "gaps" }]);
  });

  test("with --out has written what was measured before a case begins", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
    const found: unknown[] = [];
    const last: Case = {
      name: "last",
      run: async () => {
        found.push(JSON.parse(await readFile(join(folder, "long.json"), "utf8")));
        throw new Error("interrupted");
      },
    };
    const long = suite("long", [{ name: "first", run: async () => [row] }, last]);
    await bench(["--out", folder], { suites: [long], out: () => {}, log: () => {} });
    expect(found).toEqual([[row]]);
  });

  test("without --json prints the machine and a table", async () => {
    const { out } = await run("codecs");
    expect(out).toContain(`Node ${process.versions.node}`);
    expect(out).toContain(formatTable([row, { ...row, name: "gaps" }]));
  });

  test("runs only the cases that a filter names, and loads no other suite", async () => {
    expect(JSON.parse((await run("codecs/gaps", "--json")).out)).toEqual([{ ...row, name: "gaps" }]);
    const untouchable: Suite = { name: "heavy", load: () => Promise.reject(new Error("loaded")) };
    const silent = { out: () => {}, log: () => {} };
    expect(await bench(["codecs"], { suites: [...suites, untouchable], ...silent })).toBe(0);
  });

  test("measures the rest when a case fails, says which failed and why, and ends with 1", async () => {
    const { code, out, log } = await run("--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toHaveLength(2);
    expect(log).toContain("broken/disagrees: failed: outputs differ");
  });

  test.each([
    [["nothing"]],
    [["codecs/nothing"]],
    [["--unknown"]],
    [["--rounds", "0"]],
    [["--passes", "1.5"]],
    [["--effort", "2"]],
  ])("%j is wrong usage: 2, and stdout has no rows", async (args) => {
    const { code, out, log } = await run(...args, "--json");
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(log).not.toBe("");
  });

  test("runs everything in each pass, but long suites once, and counts the pass with the median ratio", async () => {
    const ratios = [7, 30, 9, 8, 1];
    let long = 0;
    const drifting: Case = {
      name: "drifts",
      run: async () => [row, { ...row, name: "drifts", ratio: ratios.shift()! }],
    };
    const once: Case = { name: "long", run: async () => [{ ...row, name: `long ${++long}` }] };
    const out: string[] = [];
    await bench(["--passes", "5", "--json"], {
      suites: [suite("codecs", [drifting]), { ...suite("full-size", [once]), once: true }],
      out: (text) => out.push(text),
      log: () => {},
    });
    expect(JSON.parse(out.join(""))).toEqual([row, { ...row, name: "drifts", ratio: 8 }, { ...row, name: "long 1" }]);
  });

  test("hands rounds and effort to the cases", async () => {
    let seen: unknown;
    const recording = suite("one", [
      {
        name: "one",
        run: async ({ rounds, effort }) => {
          seen = { rounds, effort };
          return [row];
        },
      },
    ]);
    await bench(["--rounds", "5", "--effort", "0.25"], { suites: [recording], out: () => {}, log: () => {} });
    expect(seen).toEqual({ rounds: 5, effort: 0.25 });
  });
});

test("the table states numbers to three digits, ratios and verdicts, and a dash where there is none", () => {
  const rows = [row, toRow({ name: "epoch", unit: "s", ours: 1.7, peer: "tfjs", theirs: 17.123 })];
  expect(formatTable(rows)).toBe(
    [
      "name    unit  ours  theirs  peer    ratio  bar  goal  pass",
      "decode  ms    1.00    22.0  fflate  22.0x   8x   20x  yes",
      "epoch   s     1.70    17.1  tfjs    10.1x    -     -  -",
    ].join("\n"),
  );
});
