import { deflateRawSync, inflateRawSync } from "node:zlib";
import { FormatError } from "@deep-compression/bits";
import { deflate, deflated, deflatePieces, inflate, inflatePieces } from "@deep-compression/bits/deflate";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Bytes that deflate: pieces of a few, over and over. */
const plainBytes = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.nat({ max: 3 })),
  )
  .map(([pieces, order]) => Uint8Array.from(order.flatMap((pick) => [...pieces[pick % pieces.length]])));

const options = fc.record(
  {
    dictionary: fc.uint8Array({ maxLength: 40 }),
    level: fc.integer({ min: 1, max: 9 }),
    matches: fc.constantFrom("all" as const, "runs" as const),
  },
  { requiredKeys: [] },
);

const text = new TextEncoder().encode("to be or not to be, that is the question; ".repeat(20));

function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const all: number[] = [];
  for (const piece of pieces) all.push(...piece);
  return Uint8Array.from(all);
}

/** What a function gives where the platform has no zlib, as in browsers. */
function withoutZlib<Value>(run: () => Value): Value {
  const { getBuiltinModule } = process;
  Object.assign(process, { getBuiltinModule: undefined });
  try {
    return run();
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
}

function codeOf(bytes: Uint8Array, length: number, dictionary?: Uint8Array): string {
  const read = [
    () => inflate(bytes, { length, ...(dictionary && { dictionary }) }),
    () => joined(inflatePieces(bytes, { length, ...(dictionary && { dictionary }) })),
  ];
  const codes = read.map((run) => {
    try {
      return `${run().length} bytes`;
    } catch (error) {
      if (error instanceof FormatError) return error.code;
      throw error;
    }
  });
  expect(codes[1]).toBe(codes[0]);
  return codes[0];
}

test("what is deflated is inflated, with a dictionary or without, at once or in pieces, by zlib too", () => {
  fc.assert(
    fc.property(plainBytes, options, (bytes, choice) => {
      const { dictionary } = choice;
      const known = { length: bytes.length, ...(dictionary && { dictionary }) };
      const stream = deflate(bytes, choice);
      expect(inflate(stream, known)).toEqual(bytes);
      expect(joined(inflatePieces(stream, known))).toEqual(bytes);
      expect(Uint8Array.from(inflateRawSync(stream, { dictionary }))).toEqual(bytes);
      expect(inflate(Uint8Array.from(deflateRawSync(bytes, { dictionary })), known)).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("pieces give what they give together, or nothing where that is longer than it may be", () => {
  fc.assert(
    fc.property(plainBytes, options, fc.nat({ max: 50 }), (bytes, choice, cut) => {
      const whole = deflate(bytes, choice);
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const most = (maxLength: number) => deflatePieces(pieces, { ...choice, length: bytes.length, maxLength });
      const least = most(2 * bytes.length + 100);
      expect(inflate(least!, { length: bytes.length, ...choice })).toEqual(bytes);
      expect(Math.abs(least!.length - whole.length)).toBeLessThan(10);
      expect(most(least!.length)).toEqual(least);
      expect(most(least!.length - 1)).toBeUndefined();
    }),
    { numRuns },
  );
});

test("a stream of more or fewer bytes, cut off, with bytes behind, or none at all, has its code", () => {
  const stream = deflate(text);
  const { length } = text;
  expect(codeOf(stream, length)).toBe("840 bytes");
  expect(codeOf(stream, length - 1)).toBe("trailing-data");
  expect(codeOf(stream, length + 1)).toBe("truncated");
  expect(codeOf(stream, 0)).toBe("trailing-data");
  for (let end = 1; end < stream.length; end++)
    expect(codeOf(stream.subarray(0, end), length), `${end}`).toBe("truncated");
  expect(codeOf(Uint8Array.of(...stream, 0), length)).toBe("trailing-data");
  expect(codeOf(Uint8Array.of(7, 7, 7), 10)).toBe("out-of-range");
  expect(codeOf(deflate(text, { dictionary: text }), length)).toBe("out-of-range"); // reaches before its window
  expect(codeOf(deflate(new Uint8Array(0)), 0)).toBe("0 bytes");
  expect(codeOf(new Uint8Array(0), 0)).toBe("truncated");
});

test("a claim that no stream can keep takes no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  expect(codeOf(deflate(new Uint8Array(1e6)), 2 ** 40)).toBe("truncated");
  expect(codeOf(new Uint8Array(100), 103_201)).toBe("truncated");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22);
  const zeros = deflate(new Uint8Array(1e6));
  expect(1e6 / zeros.length).toBeGreaterThan(900); // the limit of 1,032 is near what there can be
  expect(codeOf(zeros, 1e6)).toBe("1000000 bytes");
});

test("a stream longer than the window of its dictionary is inflated with the end of it", () => {
  const dictionary = Uint8Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  const bytes = Uint8Array.from([...dictionary.subarray(80_000), ...dictionary.subarray(80_000)]);
  const stream = deflate(bytes, { dictionary });
  expect(stream.length).toBeLessThan(500);
  expect(inflate(stream, { length: bytes.length, dictionary: dictionary.subarray(-32768) })).toEqual(bytes);
});

test("the codec is of one length", () => {
  const codec = deflated({ length: text.length });
  expect(codec.name).toBe("deflated");
  expect(codec.decode(codec.encode(text))).toEqual(text);
  expect(() => codec.encode(text.subarray(1))).toThrow(new RangeError("bytes: expected 840, got 839"));
  expect(() => codec.decode(codec.encode(text).subarray(1))).toThrow(FormatError);
});

test("wrong arguments are told by name", () => {
  expect(() => deflate("text" as never)).toThrow(new TypeError('bytes: expected a Uint8Array, got "text"'));
  expect(() => deflate(text, { level: 10 })).toThrow(new RangeError("level: expected an integer in 1..9, got 10"));
  expect(() => deflate(text, { matches: "some" as never })).toThrow(/^matches: expected "all" or "runs", got "some"$/);
  expect(() => deflate(text, { dictionary: [1] as never })).toThrow(/^dictionary: expected a Uint8Array, got Array$/);
  expect(() => inflate(text, { length: -1 })).toThrow(/^length: expected an integer/);
  expect(() => inflate("text" as never, { length: 1 })).toThrow(/^bytes: expected a Uint8Array/);
});

test.each([100, 200, 20_000])(
  "%i bytes are inflated by the platform's zlib or without it, to the same bytes or the same error",
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * i) >> 7);
    const dictionary = bytes.slice(length / 4, length / 2);
    const cases = [
      { stream: deflate(bytes), length: bytes.length },
      { stream: deflate(bytes), length: bytes.length - 1 },
      { stream: deflate(bytes), length: bytes.length + 1 },
      { stream: deflate(bytes).subarray(0, -1), length: bytes.length },
      { stream: Uint8Array.of(...deflate(bytes), 0), length: bytes.length },
      { stream: deflate(bytes).fill(255, 20, 30), length: bytes.length },
      { stream: deflate(bytes, { dictionary }), length: bytes.length, dictionary },
      { stream: deflate(bytes, { dictionary }), length: bytes.length, dictionary: bytes.slice(0, length / 4) },
    ];
    const [right, ...others] = cases.map(({ stream, ...options }) => {
      const outcome = () => {
        try {
          return inflate(stream, options);
        } catch (error) {
          return error;
        }
      };
      const found = outcome();
      expect(found).toEqual(withoutZlib(outcome));
      return found;
    });
    expect(right).toEqual(bytes);
    expect(others.filter((found) => found instanceof FormatError)).toHaveLength(5);
  },
);
