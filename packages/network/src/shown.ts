/** Characters of a name that a message has room for. */
const MAX_SHOWN = 80;
/** Dimensions of a shape that a message has room for. */
const MAX_DIMENSIONS = 8;

/** How messages show a name that may come from a file: in quotes, on one line, cut where it is long. */
export function shownName(name: string): string {
  const quoted = JSON.stringify(name.slice(0, MAX_SHOWN));
  return name.length <= MAX_SHOWN && quoted.length <= 2 * MAX_SHOWN ? quoted : `${quoted.slice(0, MAX_SHOWN)}..."`;
}

/** How messages show a shape that may come from a file; a dimension that nobody named is a question mark. */
export function shownShape(shape: readonly (number | string)[]): string {
  const dimensions = shape
    .slice(0, MAX_DIMENSIONS)
    .map((size) => (size === "" ? "?" : String(size).slice(0, MAX_SHOWN / 4)));
  return `[${dimensions.join(",")}${shape.length > MAX_DIMENSIONS ? ",..." : ""}]`;
}
