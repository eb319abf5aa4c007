/** The first key that stands twice in one object of a valid JSON text: JSON.parse keeps the last and says nothing. */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (string === undefined) open.pop();
    else if (colon !== undefined) {
      const keys = open.at(-1);
      const key: string = JSON.parse(string);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
