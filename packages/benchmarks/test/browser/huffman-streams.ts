import { crc32c } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { decodePool } from "@deep-compression/huffman/parallel";
import { codeOf } from "./error-code";

/** Streams in chunks of three alphabets, by both kinds of kernels and by workers, whole and broken. */
export async function run(): Promise<unknown> {
  const pool = decodePool({ threads: 2 });
  const found = [];
  for (const alphabet of [13, 200, 1000]) {
    const count = 40 * 65536 + 7;
    const symbols = alphabet <= 256 ? new Uint8Array(count) : new Uint16Array(count);
    for (let i = 0; i < count; i++) symbols[i] = (i * (i % 5)) % alphabet;
    const options = { alphabet, count };
    const bytes = encodeSymbols(symbols, { alphabet });
    const broken = bytes.slice().fill(255, -2000);
    const decoded = [
      decodeSymbols(bytes, options),
      decodeSymbols(bytes, { ...options, kernels: "plain" }),
      await pool.decodeSymbols(bytes, options),
    ];
    found.push({
      bytes: crc32c(bytes),
      plainBytes: crc32c(encodeSymbols(symbols, { alphabet, kernels: "plain" })),
      symbols: crc32c(bytesOf(symbols)),
      decoded: decoded.map((some) => crc32c(bytesOf(some))),
      broken: await pool.decodeSymbols(broken, options).catch(codeOf),
    });
  }
  await pool.close();
  return found;
}

/** A copy: checksums want bytes that are not shared. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}
