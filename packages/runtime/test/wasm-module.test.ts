import { wasmModule } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { bytesText } from "../assembly/compile-assembly.mjs";

/** A module with nothing but a section of its own, in which each byte stands once. */
const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const section = Uint8Array.of(0, 0x81, 0x02, 0, ...bytes); // kind, 257 bytes of a name of no letters and the contents
const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section);

test("a module that is written as text is compiled from its own bytes, in characters that no script escapes", () => {
  const text = bytesText(module);
  expect(text).toMatch(/^[#-[\]-~]+$/);
  const [found] = WebAssembly.Module.customSections(wasmModule(text)!, "");
  expect(new Uint8Array(found!)).toEqual(bytes);
});

test("what is no module is none", () => {
  expect(wasmModule("####")).toBeUndefined();
});
