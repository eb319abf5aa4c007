import { type Codec, chain, FormatError, float32s, packedCodes, record } from "@deep-compression/bits";

const text: Codec<string, Uint8Array> = {
  name: "text",
  encode: (value) => new TextEncoder().encode(value),
  decode(bytes) {
    try {
      // With `ignoreBOM` a byte order mark stays, so that the text encodes to the same bytes again.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new FormatError("out-of-range", "not UTF-8", { offset: 0, cause });
    }
  },
};
const signs: Codec<readonly boolean[], Uint8Array> = {
  name: "signs",
  encode: (list) => Uint8Array.from(list, Number),
  decode(codes) {
    if (codes.some((code) => code > 1)) throw new FormatError("out-of-range", "a sign is neither 0 nor 1");
    return Array.from(codes, (code) => code === 1);
  },
};

const layer = record({ name: text, signs: chain(signs, packedCodes({ width: 1 })), bias: float32s() });
export const bytes = layer.encode({ name: "fc1", signs: [true, false], bias: Float32Array.of(0.5) });
bytes[6] |= 0x80; // a bit of padding

export function wrong(): string {
  try {
    return layer.decode(bytes).name;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { message, code, stage, direction, offset } = error;
    return `${message} (${code}, ${stage}, ${direction}, ${offset})`;
  }
} // "signs, decode: packed codes, decode: a padding bit is not zero (not-canonical, packed codes, decode, 6)"
