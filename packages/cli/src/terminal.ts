/** Where a command writes. Lines end in a newline already. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Whether `out` is a screen, so that a progress bar may be drawn. */
  readonly isScreen: boolean;
}

/** Prints the one value of `--json`. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value)}\n`);
}

/**
 * Text from a file on one line: a name may hold line ends, escapes that a terminal would obey, or marks that turn the
 * direction of what follows.
 */
export function printable(text: string): string {
  return text.replace(/\s*[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\s*/gu, " ").trim();
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
