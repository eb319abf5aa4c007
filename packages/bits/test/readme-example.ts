import { bitReader, bitWriter, crc32c, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { seededRandom } from "@deep-compression/runtime";

const bits = bitWriter();
bits.write(5, 3); // bits 101, the lowest first
bits.write(1000, 10);
const back = bitReader(bits.finish());
export const fields = [back.read(3), back.read(10)]; // 5, 1000
export const half = fromFloat16(toFloat16(1 / 3)); // 0.333251953125
export const parts = crc32c(Uint8Array.of(3, 4), crc32c(Uint8Array.of(1, 2))); // of 1, 2, 3, 4
export const random = seededRandom(7)(); // the same for everyone
