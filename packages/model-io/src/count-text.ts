/** How many of a thing there are: "1 tensor", "2 tensors". */
export function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
