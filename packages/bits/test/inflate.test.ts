// Our reader of deflate streams beside zlib, which pako is: what one takes the other takes, and what it refuses too.
import { constants, deflateRawSync } from "node:zlib";
import { FormatError } from "@deep-compression/bits";
import { inflate, inflatePieces } from "@deep-compression/bits/inflate";
import * as fc from "fast-check";
import { Z_NO_FLUSH, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2 } from "pako";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Without Node's zlib, as in browsers.
beforeEach(() => vi.stubGlobal("process", { ...process, getBuiltinModule: undefined }));
afterEach(() => vi.unstubAllGlobals());

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.array(fc.constantFrom(0, 1, 2, 7, 250), { maxLength: 3000 }).map((list) => Uint8Array.from(list)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 }))
    .map(([part, times]) => new Uint8Array(Buffer.concat(Array.from({ length: times }, () => part)))),
);
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED),
});

/** What zlib makes of a stream of so many bytes; undefined if it is none. */
function byZlib(stream: Uint8Array, length: number): Uint8Array | undefined {
  const zlib = new ZStream();
  zlibInflateInit2(zlib, -15);
  zlib.input = stream;
  zlib.avail_in = stream.length;
  const output = new Uint8Array(length + 1);
  zlib.output = output;
  zlib.avail_out = output.length;
  const isWhole = zlibInflate(zlib, Z_NO_FLUSH) === Z_STREAM_END && zlib.avail_in === 0 && zlib.next_out === length;
  return isWhole ? output.subarray(0, length) : undefined;
}

function byUs(stream: Uint8Array, length: number): Uint8Array | undefined {
  try {
    return inflate(stream, { length });
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return undefined;
  }
}

test("streams of any level and strategy are inflated, at once and in pieces, with what stood before them too", () => {
  fc.assert(
    fc.property(bytes, settings, fc.option(bytes), (plain, options, before) => {
      const dictionary = before === null ? {} : { dictionary: before };
      const window = before === null || before.length === 0 ? {} : { dictionary: before.subarray(-(2 ** 15)) };
      const stream = new Uint8Array(deflateRawSync(plain, { ...options, ...window }));
      const { length } = plain;
      expect(Buffer.compare(inflate(stream, { length, ...dictionary }), plain)).toBe(0);
      const pieces = Array.from(inflatePieces(stream, { length, ...dictionary }), (piece) => piece.slice());
      expect(Buffer.compare(Buffer.concat(pieces), plain)).toBe(0);
    }),
  );
});

test("what is changed or cut is taken or refused as zlib does", () => {
  const change = fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }), end: fc.option(fc.nat()) });
  fc.assert(
    fc.property(bytes, settings, fc.array(change, { minLength: 1, maxLength: 20 }), (plain, options, changes) => {
      const whole = deflateRawSync(plain, options);
      for (const { at, bit, end } of changes) {
        const stream = new Uint8Array(end === null ? whole : whole.subarray(0, 1 + (end % whole.length)));
        stream[at % Math.min(stream.length, at % 2 ? 60 : stream.length)]! ^= 1 << bit;
        expect(byUs(stream, plain.length)).toEqual(byZlib(stream, plain.length));
      }
    }),
  );
});

test("short streams of any bytes are taken or refused as zlib does", () => {
  const byte = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 250, 254, 255), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), fc.integer({ min: 0, max: 600 }), (list, length) => {
      const stream = Uint8Array.from(list);
      expect(byUs(stream, length)).toEqual(byZlib(stream, length));
    }),
    { numRuns: 2000 },
  );
});

test.each([0, 1, 5, 0xff, 0xff00, 0xff05, 0xffff])("a stored block of %i bytes may be cut anywhere", (count) => {
  const header = [1, count & 255, count >> 8, ~count & 255, (~count >> 8) & 255];
  const whole = new Uint8Array([...header, ...new Uint8Array(count)]);
  for (let cut = 0; cut <= Math.min(whole.length, 12); cut++) {
    const stream = cut === 12 ? whole : whole.subarray(0, cut);
    const isWhole = stream.length === whole.length;
    for (const length of new Set([count, Math.min(count, 10)]))
      expect(byUs(stream, length)).toEqual(isWhole && length === count ? new Uint8Array(count) : undefined);
  }
});
