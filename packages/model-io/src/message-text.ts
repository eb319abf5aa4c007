/** Most characters of a name, and sizes of a shape, that a message shows. */
const [SHOWN_CHARACTERS, SHOWN_SIZES] = [80, 8];

/** A name in quotes for a message; of a long one the beginning and the end, in which names of tensors differ. */
export function quoted(name: string): string {
  if (name.length > 2 * SHOWN_CHARACTERS) {
    return quoted(name.slice(0, SHOWN_CHARACTERS) + name.slice(-SHOWN_CHARACTERS));
  }
  const text = JSON.stringify(name)
    .slice(1, -1)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
  if (text.length <= SHOWN_CHARACTERS) return `"${text}"`;
  return `"${text.slice(0, SHOWN_CHARACTERS / 2)}...${text.slice(3 - SHOWN_CHARACTERS / 2)}"`;
}

/** A character that a terminal might obey, or show as nothing, by its number. */
function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** A shape for a message. */
export function shapeText(shape: readonly number[]): string {
  if (shape.length <= SHOWN_SIZES) return `[${shape}]`;
  return `[${shape.slice(0, SHOWN_SIZES)},...] of ${shape.length} dimensions`;
}

/** How many of a thing there are: "1 tensor", "2 tensors". */
export function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
