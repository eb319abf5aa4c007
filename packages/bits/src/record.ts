import { checkBytes, checkObject } from "@deep-compression/runtime";
import { byteReader } from "./byte-reader";
import { byteWriter } from "./byte-writer";
import { type Codec, checkCodec, type Decoded, type Decoder, type Fit, inStage, type Stage } from "./codec";

/** What the parts of a record must be: codecs of whatever values to bytes. */
type Parts<P extends Readonly<Record<string, Stage>>> = {
  readonly [Key in keyof P]: P[Key] &
    Fit<Codec<never, Decoded<P[Key]>>, P[Key]> &
    Fit<P[Key], Codec<Uint8Array, never>>;
};

/**
 * The codec of an object with exactly these members, each encoded by its part, in the order of the keys; every part but
 * the last has its length in front as a varint, and the last takes the rest (as the streams of docs/format.md, section
 * 3, are joined). Errors have the key as their stage, and count offsets from the start of the record.
 *
 * @throws TypeError if there is no part, or one is no codec
 */
export function record<P extends Readonly<Record<string, Stage>>>(
  parts: Parts<P>,
): Codec<{ readonly [Key in keyof P]: Decoded<P[Key]> }, Uint8Array>;
export function record(
  parts: Readonly<Record<string, Codec<unknown, Uint8Array>>>,
): Codec<Readonly<Record<string, unknown>>, Uint8Array> {
  const entries = Object.entries(checkObject("parts", parts));
  if (entries.length === 0) throw new TypeError("parts: expected at least one codec, got none");
  for (const [key, part] of entries) checkCodec(`parts.${key}`, part);
  const last = entries.length - 1;
  const { name, decode } = recordDecoder(parts);
  return Object.freeze({
    name,
    encode(value: Readonly<Record<string, unknown>>) {
      checkObject("value", value);
      const out = byteWriter();
      for (const [i, [stage, part]] of entries.entries()) {
        const bytes = inStage({ stage, direction: "encode", start: undefined }, () =>
          checkBytes("encoded", part.encode(value[stage])),
        );
        if (i < last) out.varint(bytes.length);
        out.bytes(bytes);
      }
      return out.finish();
    },
    decode,
  });
}

/** The mirror of {@link record} alone, of parts that decode: for readers, whose bundles then have no encoder. */
export function recordDecoder<P extends Readonly<Record<string, Pick<Decoder<unknown>, "decode">>>>(
  parts: P,
): Decoder<{ readonly [Key in keyof P]: ReturnType<P[Key]["decode"]> }>;
export function recordDecoder(
  parts: Readonly<Record<string, Pick<Decoder<unknown>, "decode">>>,
): Decoder<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(parts);
  const last = entries.length - 1;
  return {
    name: `{ ${entries.map(([key]) => key).join(", ")} }`,
    decode(bytes) {
      const reader = byteReader(bytes);
      const members = entries.map(([stage, part], i) => {
        const length = i < last ? reader.varint() : reader.remaining;
        const start = reader.offset;
        const encoded = reader.bytes(length);
        return [stage, inStage({ stage, direction: "decode", start }, () => part.decode(encoded))];
      });
      return Object.fromEntries(members);
    },
  };
}
