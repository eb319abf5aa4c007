// Symbol streams that test-vectors/generate.py wrote, which shares no code with this package.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32c, FormatError } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { decodePool } from "@deep-compression/huffman/parallel";
import type { KernelName } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { expectSame } from "./expect-same";

const folder = fileURLToPath(new URL("../../../test-vectors/huffman/", import.meta.url));

interface Vector {
  readonly alphabet: number;
  readonly count: number;
  readonly bytes: string;
  /** Zero bytes behind them. */
  readonly zeros: number;
  readonly crc32c: string;
}

function vectors(kind: "valid" | "invalid"): { name: string; vector: Vector; bytes: Uint8Array }[] {
  return readdirSync(folder + kind).map((file) => {
    const vector: Vector = JSON.parse(readFileSync(`${folder}${kind}/${file}`, "utf8"));
    const bytes = Uint8Array.from([...Buffer.from(vector.bytes, "hex"), ...new Uint8Array(vector.zeros)]);
    return { name: file.slice(0, -".json".length), vector, bytes };
  });
}

const kernels: readonly KernelName[] = ["wasm", "plain"];

describe.each(vectors("valid"))("the stream $name", ({ name, vector, bytes }) => {
  test("holds its symbols", () => {
    const { alphabet, count } = vector;
    for (const kernel of kernels) {
      const symbols = decodeSymbols(bytes, { alphabet, count, kernels: kernel });
      const raw = new Uint8Array(symbols.buffer, symbols.byteOffset, symbols.byteLength);
      expect(crc32c(raw).toString(16).padStart(8, "0")).toBe(vector.crc32c);
      const again = encodeSymbols(symbols, { alphabet, kernels: kernel });
      if (count <= 65536 || !name.startsWith("chunks-")) expectSame(again, bytes);
    }
  });
});

describe.each(vectors("invalid"))("the stream $name", ({ name, vector, bytes }) => {
  test("is refused with the code in its name", async () => {
    const { alphabet, count } = vector;
    const refusal = expect.objectContaining({ code: name.split(".")[1] });
    for (const kernel of kernels) {
      const decode = () => decodeSymbols(bytes, { alphabet, count, kernels: kernel });
      expect(decode).toThrow(FormatError);
      expect(decode).toThrow(refusal);
    }
    const pool = decodePool({ threads: 1 });
    await expect(pool.decodeSymbols(bytes, { alphabet, count })).rejects.toThrow(refusal);
    await pool.close();
  });
});
