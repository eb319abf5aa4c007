import { expect } from "vitest";

/** Like toEqual for two typed arrays, which takes seconds for 65,536 elements. */
export function expectSame(actual: Uint8Array | Uint16Array | Uint32Array | undefined, expected: typeof actual): void {
  expect(actual?.constructor).toBe(expected?.constructor);
  expect(actual?.length).toBe(expected?.length);
  const first = actual?.findIndex((value, i) => value !== expected?.[i]) ?? -1;
  expect({ first, value: actual?.[first] }).toEqual({ first: -1, value: undefined });
}
