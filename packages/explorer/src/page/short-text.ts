/** A text of at most so many characters: a long one loses its middle, since names differ at their ends. */
export function shortText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.floor((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
