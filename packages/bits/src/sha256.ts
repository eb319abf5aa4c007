/** SHA-256 of bytes that come in pieces (FIPS 180-4). WebCrypto's digest takes only bytes that are all in memory. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far, in hexadecimal. */
  hex(): string;
  /** One that goes on from here by itself. */
  copy(): Sha256;
}

const BLOCK_BYTES = 64;

/** The fractional parts of the roots of the first primes, as FIPS 180-4 defines its constants. */
const CONSTANTS = /* @__PURE__ */ makeConstants();

function makeConstants() {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);
  return {
    ROUNDS: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    START: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  };
}

/** The hash of no bytes, to go on with. */
export function sha256(): Sha256 {
  return hashing({ state: CONSTANTS.START.slice(), rest: new Uint8Array(BLOCK_BYTES), length: 0 });
}

interface HashState {
  readonly state: Int32Array;
  /** The bytes since the last whole block. */
  readonly rest: Uint8Array;
  length: number;
}

function hashing(hash: HashState): Sha256 {
  return {
    update: (bytes) => updateHash(hash, bytes),
    hex: () => finishedHash(copyOf(hash)),
    copy: () => hashing(copyOf(hash)),
  };
}

function copyOf({ state, rest, length }: HashState): HashState {
  return { state: state.slice(), rest: rest.slice(), length };
}

function updateHash(hash: HashState, bytes: Uint8Array): void {
  const filled = hash.length % BLOCK_BYTES;
  hash.length += bytes.length;
  let from = 0;
  if (filled > 0) {
    from = Math.min(bytes.length, BLOCK_BYTES - filled);
    hash.rest.set(bytes.subarray(0, from), filled);
    if (filled + from < BLOCK_BYTES) return;
    hashBlocks(hash.state, hash.rest);
  }
  const end = bytes.length - ((bytes.length - from) % BLOCK_BYTES);
  hashBlocks(hash.state, bytes.subarray(from, end));
  hash.rest.set(bytes.subarray(end));
}

function finishedHash(hash: HashState): string {
  const { length } = hash;
  const padding = new Uint8Array(BLOCK_BYTES + 8 - ((length + 8) % BLOCK_BYTES));
  padding[0] = 0x80;
  const view = new DataView(padding.buffer);
  view.setUint32(padding.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padding.length - 4, (length << 3) >>> 0);
  updateHash(hash, padding);
  return Array.from(hash.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function hashBlocks(state: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Int32Array(64);
  for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const w15 = words[t - 15]!;
      const w2 = words[t - 2]!;
      const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
      const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
      words[t] = s0 + s1 + words[t - 16]! + words[t - 7]!;
    }
    hashWords(state, words);
  }
}

function hashWords(state: Int32Array, words: Int32Array): void {
  const { ROUNDS } = CONSTANTS;
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t]! + words[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
