import { uninitializedBytes } from "@deep-compression/runtime";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
});

function expectOwnBuffer(bytes: Uint8Array, length: number): void {
  expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  expect(bytes).toHaveLength(length);
  expect(bytes.buffer.byteLength).toBe(length);
}

test("bytes have a buffer to themselves, whether there is Node's Buffer or not", () => {
  for (const length of [0, 1, 100, 10_000]) expectOwnBuffer(uninitializedBytes(length), length);
  vi.stubGlobal("Buffer", undefined);
  for (const length of [0, 1, 100, 10_000]) expectOwnBuffer(uninitializedBytes(length), length);
});
