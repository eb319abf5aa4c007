import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openModel, writeSafetensorsParts } from "@deep-compression/model-io";
import { expect, it, vi } from "vitest";
import { withSource } from "../src/input-file";
import { temporaryFolder } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

it("slices end where the file does", async () => {
  await writeFile(at("four"), Uint8Array.of(1, 2, 3, 4));
  await withSource(at("four"), {}, async ({ byteLength, slice }) => {
    expect(byteLength).toBe(4);
    expect(await slice(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(await slice(3)).toEqual(Uint8Array.of(4));
    expect(await slice(2, 9)).toEqual(Uint8Array.of(3, 4));
    expect(await slice(9, 12)).toEqual(new Uint8Array(0));
  });
});

it("a tensor behind 4 GiB is read by its range, and one that no array holds is refused in words", async () => {
  const large = { name: "large", type: "uint8", shape: [5 * 2 ** 30], read: () => new Uint8Array(0) } as const;
  const last = { name: "last", type: "uint8", shape: [3], read: () => new Uint8Array(3) } as const;
  const { value: head } = await writeSafetensorsParts({ tensors: [large, last] }).next();
  const header = head ?? new Uint8Array(0);
  await writeFile(at("large.safetensors"), header);
  await truncate(at("large.safetensors"), header.length + large.shape[0] + 3); // a hole: it takes no room on the disk
  await withSource(at("large.safetensors"), {}, async (source) => {
    const { tensors } = (await openModel(source, { name: "large.safetensors" })).network;
    expect(await tensors[1].read()).toEqual(new Uint8Array(3));
  });
  // Node 20 makes no array of 5 GiB, later ones do where the memory suffices: here none is made beyond 4 GiB.
  vi.stubGlobal("Uint8Array", new Proxy(Uint8Array, { construct: constructUpTo4GiB }));
  const whole = withSource(at("large.safetensors"), {}, async (source) => {
    const { tensors } = (await openModel(source, { name: "large.safetensors" })).network;
    await tensors[0].read();
  });
  await expect(whole).rejects.toThrow(/5368709120 bytes are to be read at once, and no array/);
  vi.unstubAllGlobals();
});

function constructUpTo4GiB(type: Uint8ArrayConstructor, args: readonly unknown[]): Uint8Array {
  if (Number(args[0]) > 2 ** 32) throw new RangeError("Array buffer allocation failed");
  return Reflect.construct(type, args);
}
