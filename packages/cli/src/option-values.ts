import { InvalidArgumentError } from "commander";

/** A parser of a whole number within bounds, for an option. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** A parser of a share from 0 to 1, for an option. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/** A parser of a file name with one of the extensions, for an option. */
export function fileNamed(...extensions: readonly string[]): (text: string) => string {
  return (text) => {
    if (extensions.some((extension) => text.toLowerCase().endsWith(extension))) return text;
    throw new InvalidArgumentError(`Expected a name ending in ${extensions.join(" or ")}.`);
  };
}
