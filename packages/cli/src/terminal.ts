import { shortened } from "@deep-compression/runtime";

/** Where a command reads and writes. Lines end in a newline already. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Where the bytes of a file go that is written to "-". */
  readonly outBytes?: (bytes: Uint8Array) => void;
  /** What comes in where a file is read from "-". */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Whether `out` is a screen, so that a progress bar may be drawn. */
  readonly isScreen: boolean;
}

/** Prints the one value of `--json`. @param replacer as that of JSON.stringify */
export function printJson(
  say: Terminal["out"],
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
): void {
  say(`${JSON.stringify(value, replacer)}\n`);
}

/**
 * Text from a file on one line: a name may hold line ends, escapes that a terminal would obey, or marks that turn the
 * direction of what follows.
 */
export function printable(text: string): string {
  return text.replace(/\s*[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\s*/gu, " ").trim();
}

/** Longest name in a table or a line of a report. */
const LONGEST_NAME = 48;

/** A name from a file, short enough for a table. */
export function shortName(name: string): string {
  return shortened(printable(name), LONGEST_NAME);
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** `part` of `whole` in percent, or a dash of nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Bits an entry, or a dash where there is nothing to count. */
export function bits(value: number): string {
  return value === 0 ? "-" : value.toFixed(value % 1 === 0 ? 0 : 2);
}

/** 75 as 1:15, 3700 as 1:01:40. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A fraction in percent, of three digits: as many as anyone compares. */
export function percentOf(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(3))} %`;
}
