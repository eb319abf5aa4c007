// Streams that test-vectors/context_coding.py wrote, which shares no code with this package.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FormatError } from "@deep-compression/bits";
import { contextCoding, type RankMatrix } from "@deep-compression/context-coding";
import { rankStreams } from "@deep-compression/context-coding/arbitraries";
import type { KernelName } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const vectors = fileURLToPath(new URL("../../../test-vectors/", import.meta.url));
const kernels: readonly KernelName[] = ["wasm", "plain"];

interface Vector extends Omit<RankMatrix, "grid"> {
  readonly grid: readonly [height: number, width: number] | null;
  readonly bytes: string;
  readonly values?: readonly number[];
}

function streams(kind: "valid" | "invalid") {
  const folder = join(vectors, "context-coding", kind);
  return readdirSync(folder).map((file) => {
    const { grid, bytes, values = [], ...known }: Vector = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const matrix = { ...known, grid: grid === null ? undefined : { height: grid[0], width: grid[1] } };
    return {
      name: file.slice(0, -".json".length),
      matrix,
      bytes: Uint8Array.from(Buffer.from(bytes, "hex")),
      values: Int16Array.from(values),
    };
  });
}

describe.each(streams("valid"))("the stream $name", ({ matrix, bytes, values }) => {
  test("holds its values, and is their encoding", () => {
    for (const kernel of kernels) {
      const codec = contextCoding({ ...matrix, kernels: kernel });
      expect(codec.decode(bytes)).toEqual(values);
      expect(codec.encode(values)).toEqual(bytes);
    }
  });
});

describe.each(streams("invalid"))("the stream $name", ({ name, matrix, bytes }) => {
  test("is refused with the code in its name", () => {
    for (const kernel of kernels) {
      const decode = () => contextCoding({ ...matrix, kernels: kernel }).decode(bytes);
      expect(decode).toThrow(FormatError);
      expect(decode).toThrow(expect.objectContaining({ code: name.split(".")[1] }));
    }
  });
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("python3 is missing: the second implementation of context coding is not compared");

describe.skipIf(!python)("the second implementation, in Python", () => {
  function check(...folders: string[]): void {
    const script = join(vectors, "context_coding.py");
    const { status, stdout, stderr } = spawnSync("python3", [script, "--check", ...folders], { encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
  }

  test("decodes every valid vector and refuses every invalid one with the same code", () => check());

  test("decodes what we write, and writes the same", () => {
    const folder = mkdtempSync(join(tmpdir(), "context-coding-"));
    try {
      const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
      for (const [i, { bytes, values, grid, ...known }] of fc.sample(rankStreams(), { numRuns }).entries()) {
        const record: Vector = {
          ...known,
          grid: grid === undefined ? null : [grid.height, grid.width],
          bytes: Buffer.from(bytes).toString("hex"),
          values: Array.from(values),
        };
        writeFileSync(join(folder, `${i}.json`), JSON.stringify(record));
      }
      check(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
