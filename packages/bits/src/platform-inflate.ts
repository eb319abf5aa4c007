// What is used of Node's module zlib, spelled out: browsers have none, and these types need none of Node's.
interface PlatformZlib {
  inflateRawSync(
    bytes: Uint8Array,
    options: {
      readonly info: true;
      readonly chunkSize: number;
      readonly maxOutputLength: number;
      readonly dictionary?: Uint8Array;
    },
  ): { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
}

interface PlatformProcess {
  readonly getBuiltinModule?: (name: "node:zlib") => PlatformZlib | undefined;
}

/** Of fewer bytes a call costs what it saves (measured). */
const LEAST_BYTES = 128;

/**
 * The bytes that a raw deflate stream stands for by the zlib of Node, which takes half of the time or less; undefined where there is
 * none, for few bytes, and for a stream that is not just so many bytes: the other reader tells what is wrong.
 */
export function inflatedByPlatform(
  bytes: Uint8Array,
  { length, dictionary }: { readonly length: number; readonly dictionary?: Uint8Array },
): Uint8Array | undefined {
  if (length < LEAST_BYTES) return undefined;
  const { process } = globalThis as { readonly process?: PlatformProcess };
  const zlib = process?.getBuiltinModule?.("node:zlib");
  if (zlib === undefined) return undefined;
  try {
    const { buffer, engine } = zlib.inflateRawSync(bytes, {
      info: true,
      chunkSize: length,
      maxOutputLength: length,
      ...(dictionary && { dictionary }),
    });
    if (buffer.length !== length || engine.bytesWritten !== bytes.length) return undefined;
    return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
  } catch {
    return undefined;
  }
}
