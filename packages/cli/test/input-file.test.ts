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

it("slices of any length in any order, also at once, are those of the file", async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  await writeFile(at("blocks"), bytes);
  await withSource(at("blocks"), {}, async ({ slice }) => {
    const ranges = [0, 70_000, 65_530, 65_536, 131_071, 10, 299_990, 4000, 200_000].flatMap((start) =>
      [1, 9, 4096, 4097, 70_000].map((length) => [start, Math.min(bytes.length, start + length)] as const),
    );
    for (const [start, end] of ranges) expect(await slice(start, end)).toEqual(bytes.subarray(start, end));
    const together = await Promise.all(ranges.map(([start, end]) => slice(start, end)));
    ranges.forEach(([start, end], i) => {
      expect(together[i]).toEqual(bytes.subarray(start, end));
    });
    const slices = [await slice(0, 5), await slice(0, 5)];
    slices[0].fill(7); // nobody else sees it
    expect(slices[1]).toEqual(bytes.subarray(0, 5));
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
