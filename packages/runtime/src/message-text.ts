/** Most characters that a message shows of a name, or of a shape. */
const SHOWN_CHARACTERS = 80;
/** Most characters that a shape shows of a size's name. */
const SYMBOL_CHARACTERS = 20;
/** Most names of a list that a message shows. */
const SHOWN_NAMES = 3;

/**
 * A name in quotes for a message, on one line: of a long one the beginning and the end, in which names differ. All names
 * that are not our own come into messages by the functions of this file, so that no message has more than 500 characters.
 */
export function quoted(name: string): string {
  return `"${shown(name, SHOWN_CHARACTERS)}"`;
}

/** The first names of a list in quotes, and how many more there are. */
export function quotedList(names: readonly string[]): string {
  const first = names.slice(0, SHOWN_NAMES).map(quoted).join(", ");
  return names.length > SHOWN_NAMES ? `${first} and ${names.length - SHOWN_NAMES} more` : first;
}

/** A shape for a message: its first sizes if there are many, and a question mark for one that has no name. */
export function shapeText(shape: readonly (number | string)[]): string {
  const sizes: string[] = [];
  let length = 0;
  for (const size of shape) {
    const text = sizeText(size);
    length += text.length + 1;
    if (length > SHOWN_CHARACTERS) return `[${sizes},...] of ${shape.length} dimensions`;
    sizes.push(text);
  }
  return `[${sizes}]`;
}

function sizeText(size: number | string): string {
  if (typeof size !== "string") return String(size);
  return size === "" ? "?" : shown(size, SYMBOL_CHARACTERS);
}

/** A text without its middle if it is longer than `most`. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most / 2)}...${text.slice(3 - most / 2)}` : text;
}

/**
 * A text for a message, at most so many characters of it: quotes come with a backslash, and what a terminal might obey or
 * show as nothing by its number. Of a long text no more is looked at than the beginning and the end.
 */
export function shown(text: string, most: number): string {
  const ends = text.length > 2 * most ? text.slice(0, most) + text.slice(-most) : text;
  const escaped = ends.replaceAll(/["\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '"' ? '\\"' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return shortened(escaped, most).replaceAll(/\p{Surrogate}/gu, ""); // halves of a character that was cut
}
