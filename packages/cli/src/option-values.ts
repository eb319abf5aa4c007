import { InvalidArgumentError } from "commander";
import { STANDARD_STREAM } from "./input-file";

// Parsers of options. @throws InvalidArgumentError that says what was expected

/** A parser of a whole number within bounds, for an option. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** A parser of a fraction from 0 to 1, such as 0.9 or 1e-3, for an option. */
export function fraction(text: string): number {
  const value = Number(text);
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/** A parser of a file name with one of the extensions, or "-" for the standard output, for an option. */
export function fileNamed(...extensions: readonly string[]): (text: string) => string {
  return (text) => {
    if (text === STANDARD_STREAM || extensions.some((extension) => text.toLowerCase().endsWith(extension))) return text;
    const names = [extensions.slice(0, -1).join(", "), ...extensions.slice(-1)].filter((name) => name !== "");
    throw new InvalidArgumentError(`Expected a name ending in ${names.join(" or ")}.`);
  };
}

/** Units of a size: decimal ones as disks and networks count, binary ones as memory does. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** A parser of a size in bytes, such as 300000, 6.9MB (6,900,000) or 7MiB (7,340,032), for an option. */
export function byteSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? ""] ?? Number.NaN;
  const bytes = Math.floor(Number(number) * factor);
  const isHalfByte = factor === 1 && number?.includes(".");
  if (Number.isSafeInteger(bytes) && bytes > 0 && !isHalfByte) return bytes;
  throw new InvalidArgumentError("Expected a size such as 300000, 6.9MB (1,000,000 bytes each) or 7MiB (1,048,576).");
}
