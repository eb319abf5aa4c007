import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesSource, FormatError } from "@deep-compression/bits";
import { dczFiles } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { described } from "./described";
import { openingReaders, streamed } from "./opened";
import { longVectors, smallVectors, type WrittenVector } from "./written-vectors";

const vectors = fileURLToPath(new URL("../../../test-vectors/", import.meta.url));
const valid = join(vectors, "container", "valid");
const invalid = join(vectors, "container", "invalid");

function dczNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".dcz"));
}

function read(folder: string, name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, name)));
}

function expectedOf(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name.replace(/\.dcz$/, ".json")), "utf8"));
}

async function writeInto(folder: string, files: readonly WrittenVector[]): Promise<void> {
  for (const { name, bytes } of files) {
    writeFileSync(join(folder, `${name}.dcz`), bytes);
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(await described(bytes), null, 1)}\n`);
  }
}

// After a change of the format: DEEP_COMPRESSION_WRITE_VECTORS=1 npx vitest run packages/pipeline/test/vectors.test.ts
if (process.env.DEEP_COMPRESSION_WRITE_VECTORS === "1") await writeInto(valid, smallVectors());

describe("valid vectors", () => {
  test.each(dczNames(valid))("%s holds what its JSON says", async (name) => {
    expect(await described(read(valid, name))).toEqual(expectedOf(valid, name));
  });

  test.each(dczNames(valid))("%s holds it too as a Node Buffer amid another", async (name) => {
    const bytes = read(valid, name);
    const amid = Buffer.concat([Buffer.alloc(13, 0xff), bytes, Buffer.alloc(5, 0xff)]).subarray(13, 13 + bytes.length);
    expect(await described(amid)).toEqual(expectedOf(valid, name));
  });

  test("what we write has not changed by a byte", () => {
    for (const { name, bytes } of smallVectors()) expect(bytes, name).toEqual(read(valid, `${name}.dcz`));
  });
});

describe("invalid vectors", () => {
  test.each(dczNames(invalid))("%s is refused with the code in its name by every reader", async (name) => {
    const source = bytesSource(read(invalid, name));
    const code = name.split(".").at(-2);
    for (const [reader, read] of Object.entries({ ...openingReaders, streamed })) {
      const error = await read(source).then(
        () => "it was read",
        (caught: unknown) => caught,
      );
      expect(error, reader).toBeInstanceOf(FormatError);
      expect(error, reader).toMatchObject({ code });
    }
  });
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("python3 is missing: the second implementation of the format is not compared");

describe.skipIf(!python)("the second implementation, in Python", () => {
  function generate(...options: string[]): void {
    const { status, stdout, stderr } = spawnSync("python3", [join(vectors, "generate.py"), ...options], {
      encoding: "utf8",
    });
    expect(status, stdout + stderr).toBe(0);
  }

  async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "dcz-vectors-"));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("decodes every valid vector and refuses every invalid one with the same code", () => generate("--check"));

  test("decodes freshly written files of ours, long streams and arbitrary networks among them", () =>
    inFolder(async (folder) => {
      const arbitrary = fc.sample(dczFiles(), { numRuns: 30 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) });
      const files = arbitrary.map((bytes, i) => ({ name: `arbitrary-${i}`, bytes }));
      await writeInto(folder, [...smallVectors(), ...longVectors(), ...files]);
      generate("--check", folder);
    }));

  test("writes files that we decode to the same content, long streams and its stored vectors among them", () =>
    inFolder(async (folder) => {
      generate("--write", folder);
      const names = dczNames(folder);
      expect(names).toContain("py-long-gaps.dcz");
      for (const name of names) expect(await described(read(folder, name)), name).toEqual(expectedOf(folder, name));
      for (const name of dczNames(valid).filter((stored) => stored.startsWith("py-"))) {
        expect(read(folder, name), name).toEqual(read(valid, name));
      }
    }));
});
