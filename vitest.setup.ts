import fc from "fast-check";
import { afterAll, expect, vi } from "vitest";

// The same cases in every run, so that a failure is of the change at hand; another seed looks for what they miss.
fc.configureGlobal({ seed: Number(process.env.DEEP_COMPRESSION_SEED ?? 1) });

// What a file's last test stubbed must not be there while the next file of this process is loaded.
afterAll(() => void vi.unstubAllGlobals());

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Arrays of one type and the same bytes are equal; of all others the usual comparison decides, at a microsecond an element. */
function sameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0 ? true : undefined;
}

// Once in a process: this file is run again before each file of tests, and testers add up.
const added = Symbol.for("deep-compression: equality of arrays");
const global = globalThis as { [added]?: boolean };
if (!global[added]) expect.addEqualityTesters([sameBytes]);
global[added] = true;
