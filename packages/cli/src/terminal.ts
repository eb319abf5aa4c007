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
