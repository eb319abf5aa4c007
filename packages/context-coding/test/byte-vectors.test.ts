// Streams that test-vectors/mixed_bytes.py wrote, which shares no code with this package.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FormatError } from "@deep-compression/bits";
import { byteCoding } from "@deep-compression/context-coding";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const vectors = fileURLToPath(new URL("../../../test-vectors/", import.meta.url));

/** Bytes in hexadecimal, and how often they are repeated. */
type Part = readonly [bytes: string, times: number];

interface Vector {
  readonly length: number;
  readonly dictionary: readonly Part[];
  readonly bytes: string;
  readonly plain?: readonly Part[];
}

function bytesOf(parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(Buffer.from(parts.map(([bytes, times]) => bytes.repeat(times)).join(""), "hex"));
}

function part(bytes: Uint8Array): Part {
  return [Buffer.from(bytes).toString("hex"), 1];
}

function streams(kind: "valid" | "invalid") {
  const folder = join(vectors, "mixed-bytes", kind);
  return readdirSync(folder).map((file) => {
    const { length, dictionary, bytes, plain = [] }: Vector = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return {
      name: file.slice(0, -".json".length),
      codec: byteCoding({ length, dictionary: bytesOf(dictionary) }),
      bytes: bytesOf([[bytes, 1]]),
      plain: bytesOf(plain),
    };
  });
}

describe.each(streams("valid"))("the stream $name", ({ codec, bytes, plain }) => {
  test("holds its bytes, and is their encoding", async () => {
    expect(codec.decode(bytes)).toEqual(plain);
    expect(await codec.decodeInTurns(bytes)).toEqual(plain);
    expect(codec.encode(plain)).toEqual(bytes);
  });
});

describe.each(streams("invalid"))("the stream $name", ({ name, codec, bytes }) => {
  test("is refused with the code in its name", async () => {
    const refused = expect.objectContaining({ code: name.split(".")[1] });
    const decode = () => codec.decode(bytes);
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow(refused);
    await expect(codec.decodeInTurns(bytes)).rejects.toEqual(refused);
  });
});

/** Bytes that repeat themselves, as names do: pieces of few, some of them changed in one byte. */
function repetitiveBytes(options: { readonly maxPieces: number }): fc.Arbitrary<Uint8Array> {
  const letters = fc.constantFrom(...Buffer.from("abcdeXYZ_.0123 \n"));
  const byte = fc.oneof({ weight: 4, arbitrary: letters }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) });
  const pieces = fc.array(fc.array(byte, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 });
  return pieces.chain((known) => {
    const change = fc.option(fc.tuple(fc.nat({ max: 39 }), byte));
    const use = fc.tuple(fc.constantFrom(...known), change).map(([piece, changed]) => {
      return changed === null ? piece : piece.map((before, i) => (i === changed[0] ? changed[1] : before));
    });
    return fc.array(use, { maxLength: options.maxPieces }).map((used) => Uint8Array.from(used.flat()));
  });
}

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("python3 is missing: the second implementation of mixed bytes is not compared");

describe.skipIf(!python)("the second implementation, in Python", () => {
  function check(...folders: string[]): void {
    const script = join(vectors, "mixed_bytes.py");
    const { status, stdout, stderr } = spawnSync("python3", [script, "--check", ...folders], { encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
  }

  test("decodes every valid vector and refuses every invalid one with the same code", () => check());

  test("decodes what we write, and writes the same", () => {
    const folder = mkdtempSync(join(tmpdir(), "mixed-bytes-"));
    try {
      const numRuns = 40 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
      const given = fc.tuple(repetitiveBytes({ maxPieces: 40 }), repetitiveBytes({ maxPieces: 10 }), fc.boolean());
      for (const [i, [plain, other, itself]] of fc.sample(given, { numRuns }).entries()) {
        const dictionary = itself ? plain.subarray(plain.length >> 1) : other;
        const record: Vector = {
          length: plain.length,
          dictionary: [part(dictionary)],
          bytes: part(byteCoding({ length: plain.length, dictionary }).encode(plain))[0],
          plain: [part(plain)],
        };
        writeFileSync(join(folder, `${i}.json`), JSON.stringify(record));
      }
      check(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
