/** Small unsigned integers: indices into a codebook, gaps, symbols. */
export type Codes = Uint8Array | Uint16Array;

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type UpTo256 =
  | `${Digit}`
  | `${Digit}${Digit}`
  | `1${Digit}${Digit}`
  | `2${0 | 1 | 2 | 3 | 4}${Digit}`
  | `25${0 | 1 | 2 | 3 | 4 | 5 | 6}`;

/** What codes of an alphabet are: of 8 bits if the type of the alphabet is a literal of at most 256, else of either width. */
export type CodesOf<Alphabet extends number> = `${Alphabet}` extends UpTo256 ? Uint8Array : Codes;

/** Zeros in the type that decoders return: a Uint8Array for an alphabet of at most 256 symbols, else a Uint16Array. */
export function allocateCodes<Alphabet extends number>(alphabet: Alphabet, length: number): CodesOf<Alphabet>;
export function allocateCodes(alphabet: number, length: number): Codes {
  return alphabet <= 256 ? new Uint8Array(length) : new Uint16Array(length);
}
