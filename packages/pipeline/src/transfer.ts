/** The memory of all arrays of bytes and numbers within a value of plain objects, each once: what changes hands with it. */
export function memoryOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  addMemory(value, found);
  return [...found];
}

function addMemory(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    return;
  }
  for (const member of Object.values(value)) addMemory(member, found);
}
