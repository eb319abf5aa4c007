import { type PrefixTable, prefixTable } from "./prefix-table";

/** What a raw deflate stream is found to be. */
export type StreamEnd = "open" | "ended" | "broken-off" | "invalid";

/** Reads a raw deflate stream (RFC 1951) into a buffer that also has what its matches look back at. */
export interface Inflater {
  /**
   * Writes bytes from `at` up to `end`, and tells where it stopped: before `end` only if the stream has come to some end.
   *
   * @param start of what matches may look back at
   */
  write(buffer: Uint8Array, at: number, end: number, start: number): number;
  readonly end: StreamEnd;
  /** What is wrong with a stream that is invalid. */
  readonly problem: string;
  /** Bytes that have been read. */
  readonly position: number;
}

/** The order in which the lengths of the code of code lengths are stored. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Symbols of lengths and of distances, and the bits behind them. */
const [END_OF_BLOCK, LENGTHS, DISTANCES] = [256, 29, 30];
const lengthBits = (symbol: number) => (symbol < 8 || symbol === LENGTHS - 1 ? 0 : (symbol >> 2) - 1);
const distanceBits = (symbol: number) => (symbol < 4 ? 0 : (symbol >> 1) - 1);
const LENGTH_BASES = /* @__PURE__ */ bases(LENGTHS - 1, 3, lengthBits).concat(258);
const DISTANCE_BASES = /* @__PURE__ */ bases(DISTANCES, 1, distanceBits);

function bases(count: number, first: number, bitsOf: (symbol: number) => number): readonly number[] {
  const found = [first];
  for (let symbol = 0; symbol < count - 1; symbol++) found.push(found[symbol]! + 2 ** bitsOf(symbol));
  return found;
}

/** The two codes of a block. */
interface BlockCodes {
  readonly symbols: PrefixTable;
  readonly distances: PrefixTable;
}

let fixedCodes: BlockCodes | undefined;

/** The codes of a block that brings none. Two symbols of each are of no use, and refused where they are read. */
function fixed(): BlockCodes {
  if (fixedCodes !== undefined) return fixedCodes;
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  fixedCodes = { symbols: prefixTable(lengths)!, distances: prefixTable(new Uint8Array(32).fill(5))! };
  return fixedCodes;
}

export function inflater(bytes: Uint8Array): Inflater {
  let position = 0;
  let [hold, held] = [0, 0]; // bits that were read and not yet used; those behind the last byte are 0
  let padding = 0; // of the held bits
  let end: StreamEnd = "open";
  let problem = "";
  let isLast = false;
  let codes: BlockCodes | undefined; // of the block that is being read
  let stored = 0; // bytes left of a stored block
  let [length, distance] = [0, 0]; // what is left of a match
  let literal = -1; // a byte that is read and not yet written

  function need(bits: number): void {
    for (; held < bits; held += 8) {
      if (position < bytes.length) hold |= bytes[position++]! << held;
      else padding += 8;
    }
  }
  function take(bits: number): number {
    need(bits);
    const value = hold & ((1 << bits) - 1);
    hold >>>= bits;
    held -= bits;
    return value;
  }
  function symbol({ entries, bits }: PrefixTable): number {
    need(bits);
    const entry = entries[hold & ((1 << bits) - 1)]!;
    hold >>>= entry & 15;
    held -= entry & 15;
    return entry === 0 ? -1 : entry >> 4;
  }
  /** Whether bits were used that are none. */
  function isBrokenOff(): boolean {
    return padding > held;
  }
  function fail(message: string): undefined {
    if (isBrokenOff()) end = "broken-off";
    else [end, problem] = ["invalid", message];
    return undefined;
  }

  function startBlock(): void {
    isLast = take(1) === 1;
    const type = take(2);
    if (isBrokenOff() || type === 3) fail("invalid block type");
    else if (type === 0) startStored();
    else codes = type === 1 ? fixed() : readCodes();
  }
  function startStored(): undefined {
    take(held & 7);
    const count = take(16);
    if (take(16) !== (count ^ 0xffff) || isBrokenOff()) return fail("invalid stored block lengths");
    stored = count;
    position -= (held - padding) >> 3; // none but whole bytes are held
    [hold, held, padding] = [0, 0, 0];
    if (stored === 0) endBlock();
    return undefined;
  }
  function endBlock(): void {
    codes = undefined;
    if (isLast && end === "open") end = "ended";
  }
  function readCodes(): BlockCodes | undefined {
    const [count, distances] = [take(5) + 257, take(5) + 1];
    const own = new Uint8Array(ORDER.length);
    const codeLengths = take(4) + 4;
    if (count > END_OF_BLOCK + 1 + LENGTHS || distances > DISTANCES) return fail("too many length or distance symbols");
    for (let i = 0; i < codeLengths; i++) own[ORDER[i]!] = take(3);
    const table = prefixTable(own);
    if (table === undefined || (table.bits === 1 && own.filter((bits) => bits > 0).length < 2))
      return fail("invalid code lengths set");
    const lengths = new Uint8Array(count + distances);
    for (let i = 0; i < lengths.length; ) {
      const found = symbol(table);
      if (found < 0 || isBrokenOff()) return fail("invalid code lengths set");
      if (found < 16) {
        lengths[i++] = found;
        continue;
      }
      const repeated = found === 16 ? take(2) + 3 : found === 17 ? take(3) + 3 : take(7) + 11;
      if ((found === 16 && i === 0) || i + repeated > lengths.length) return fail("invalid bit length repeat");
      lengths.fill(found === 16 ? lengths[i - 1]! : 0, i, i + repeated);
      i += repeated;
    }
    if (lengths[END_OF_BLOCK] === 0) return fail("invalid code -- missing end-of-block");
    const symbols = prefixTable(lengths.subarray(0, count));
    if (symbols === undefined) return fail("invalid literal/lengths set");
    const ofDistances = prefixTable(lengths.subarray(count));
    return ofDistances === undefined ? fail("invalid distances set") : { symbols, distances: ofDistances };
  }
  /** Takes up what a symbol stands for that is no end of a block. */
  function startSymbol({ distances }: BlockCodes, found: number, back: number): undefined {
    const own = found - END_OF_BLOCK - 1;
    if (found < 0 || own >= LENGTHS || isBrokenOff()) return fail("invalid literal/length code");
    if (found < END_OF_BLOCK) {
      literal = found;
      return undefined;
    }
    const ofMatch = LENGTH_BASES[own]! + take(lengthBits(own));
    const far = symbol(distances);
    if (far < 0 || far >= DISTANCES) return fail("invalid distance code");
    distance = DISTANCE_BASES[far]! + take(distanceBits(far));
    if (isBrokenOff() || distance > back) return fail("invalid distance too far back");
    length = ofMatch;
    return undefined;
  }
  /** Reads on to something to write, or to the end. */
  function advance(back: number): void {
    while (end === "open" && length === 0 && stored === 0 && literal < 0) {
      if (codes === undefined) startBlock();
      else {
        const found = symbol(codes.symbols);
        if (found === END_OF_BLOCK && !isBrokenOff()) endBlock();
        else startSymbol(codes, found, back);
      }
    }
  }
  /** Writes what was read, as far as there is room. */
  function writeRead(buffer: Uint8Array, from: number, to: number): number {
    let at = from;
    if (literal >= 0) {
      buffer[at] = literal;
      literal = -1;
      return at + 1;
    }
    if (length > 0) {
      const stop = Math.min(to, at + length);
      length -= stop - at;
      for (; at < stop; at++) buffer[at] = buffer[at - distance]!;
      return at;
    }
    const count = Math.min(stored, to - at, bytes.length - position);
    buffer.set(bytes.subarray(position, position + count), at);
    position += count;
    stored -= count;
    if (count === 0) end = "broken-off";
    else if (stored === 0) endBlock();
    return at + count;
  }
  /** Writes bytes that are symbols of their own, as long as there is room and a whole symbol is there: most of the time goes here. */
  function writeLiterals({ symbols }: BlockCodes, buffer: Uint8Array, from: number, to: number): number {
    const { entries } = symbols;
    const mask = entries.length - 1;
    const last = bytes.length - 3;
    let [at, bits, count, next] = [from, hold, held, position];
    while (at < to && next <= last) {
      for (; count < 24; count += 8) bits |= bytes[next++]! << count;
      const entry = entries[bits & mask]!;
      if (entry === 0 || entry >> 4 >= END_OF_BLOCK) break;
      buffer[at++] = entry >> 4;
      bits >>>= entry & 15;
      count -= entry & 15;
    }
    [hold, held, position] = [bits, count, next];
    return at;
  }

  return {
    write(buffer, from, to, start) {
      let at = from;
      for (;;) {
        if (codes !== undefined && literal < 0 && length === 0) at = writeLiterals(codes, buffer, at, to);
        advance(at - start);
        if (end !== "open" || at === to) return at;
        at = writeRead(buffer, at, to);
      }
    },
    get end() {
      return end;
    },
    get problem() {
      return problem;
    },
    get position() {
      return position - Math.max(0, (held - padding) >> 3);
    },
  };
}
