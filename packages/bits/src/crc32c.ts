import { checkBytes, checkInteger } from "@deep-compression/runtime";

/** The Castagnoli polynomial 0x1EDC6F41, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables side by side: entry 256 k + b is the CRC of byte b followed by k zero bytes. */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256];
    tables[i] = (previous >>> 8) ^ tables[previous & 0xff];
  }
  return tables;
}

/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4) as an unsigned 32-bit number. Pass the CRC of the bytes before as
 * `initial` to go on with it: `crc32c(b, crc32c(a))` is the CRC of a followed by b.
 *
 * @throws TypeError, RangeError
 */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  checkBytes("bytes", bytes);
  checkInteger("initial", initial, { maximum: 0xffffffff });
  return ~remainder(bytes, ~initial) >>> 0;
}

/** The remainder as a signed number, to go on with. */
function remainder(bytes: Uint8Array, initial: number): number {
  let crc = initial;
  let i = 0;
  // Eight bytes a step ("slicing by 8"): the look-ups do not wait for one another. 1.7 times as fast as four a step;
  // sixteen a step are slower again.
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc =
      TABLES[1792 + (crc & 0xff)] ^
      TABLES[1536 + ((crc >>> 8) & 0xff)] ^
      TABLES[1280 + ((crc >>> 16) & 0xff)] ^
      TABLES[1024 + (crc >>> 24)] ^
      TABLES[768 + bytes[i + 4]] ^
      TABLES[512 + bytes[i + 5]] ^
      TABLES[256 + bytes[i + 6]] ^
      TABLES[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]) & 0xff];
  return crc;
}
