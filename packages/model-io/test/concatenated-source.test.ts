import { type ByteSource, bytesSource } from "@deep-compression/bits";
import { concatenatedSource } from "@deep-compression/model-io";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a source over several gives the same bytes as one over them all", async () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(60), fc.nat(60), async (files, start, length) => {
      const whole = new Uint8Array(Buffer.concat(files));
      const source = concatenatedSource(files.map((file) => bytesSource(file)));
      expect(source.byteLength).toBe(whole.length);
      expect(await source.slice(start, start + length)).toEqual(whole.slice(start, start + length));
      expect(await source.slice(start)).toEqual(whole.slice(start));
    }),
    { numRuns: 300 },
  );
});

test("a slice reads no file but those it is in", async () => {
  const asked: string[] = [];
  const named = (name: string): ByteSource => ({
    byteLength: 4,
    slice(start, end = 4) {
      asked.push(`${name} ${start} ${end}`);
      return new Uint8Array(end - start);
    },
  });
  await concatenatedSource([named("a"), named("b"), named("c")]).slice(5, 9);
  expect(asked).toEqual(["b 1 4", "c 0 1"]);
});
