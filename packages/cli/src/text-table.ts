/**
 * A table in box-drawing characters: a line between rows, the first column to the left, the others to the right. Its time is
 * linear in the rows, of which a file of many tensors has thousands.
 */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => all.reduce((most, row) => Math.max(most, widthOf(row[column] ?? "")), 0));
  const line = ([left, middle, right]: readonly [string, string, string]) =>
    `${left}${widths.map((width) => "─".repeat(width + 2)).join(middle)}${right}\n`;
  const text = all.map(
    (row) => `│${widths.map((width, column) => cell(row[column] ?? "", width, column)).join("│")}│\n`,
  );
  return `${line(["┌", "┬", "┐"])}${text.join(line(["├", "┼", "┤"]))}${line(["└", "┴", "┘"])}`;
}

function cell(text: string, width: number, column: number): string {
  const padding = " ".repeat(width - widthOf(text));
  return column === 0 ? ` ${text}${padding} ` : ` ${padding}${text} `;
}

/** Places that a text takes on a screen: two for each character of East Asian scripts and each emoji, none for marks. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
