import { kernelChoice } from "@deep-compression/runtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bytesText } from "../assembly/compile-assembly.mjs";

/** A module that exports `answer`, which returns 42. */
const HEX = "0061736d010000000105016000017f03020100070a0106616e737765720000" + "0a06010400412a0b";
const MODULE = bytesText(Buffer.from(HEX, "hex"));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("kernels", () => {
  const plain = () => 0;
  const open = ({ answer }: { readonly answer: () => number }) => answer;

  test("are made once, when they are first asked for", () => {
    const opened = vi.fn(open);
    const kernels = kernelChoice(MODULE, opened, plain);
    expect(kernels("plain")).toBe(plain);
    expect(opened).not.toHaveBeenCalled();
    expect(kernels()()).toBe(42);
    expect(kernels("wasm")).toBe(kernels());
    expect(opened).toHaveBeenCalledTimes(1);
  });

  test("are the plain ones where there is no WebAssembly, or it may not be used", () => {
    expect(kernelChoice("00", open, plain)()).toBe(plain);
    vi.stubGlobal("WebAssembly", undefined);
    expect(kernelChoice(MODULE, open, plain)()).toBe(plain);
    expect(kernelChoice(MODULE, () => "some", undefined)()).toBe(undefined);
  });

  test("of another name are refused", () => {
    const kernels = kernelChoice(MODULE, open, plain) as (name: unknown) => unknown;
    expect(() => kernels("native")).toThrow(new RangeError('kernels: expected "wasm" or "plain", got "native"'));
    expect(() => kernels(1)).toThrow(new TypeError('kernels: expected "wasm" or "plain", got 1'));
  });
});
