import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { byteReader, byteWriter, crc32c, packBits, unpackBits } from "@deep-compression/bits";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the README's example runs and says what it does", () => {
  const packed = packBits(Uint8Array.of(3, 1, 4, 1, 5), 3);
  const writer = byteWriter();
  writer.varint(packed.length);
  writer.bytes(packed);
  writer.u32(crc32c(packed));
  const reader = byteReader(writer.finish());
  const values = unpackBits(reader.bytes(reader.varint()), { width: 3, count: 5 });
  expect(packed.length).toBe(2);
  expect(values).toEqual(Uint8Array.of(3, 1, 4, 1, 5));
  expect(reader.u32()).toBe(crc32c(packed));
});

test("the README's pieces are readme-example.ts, and give the same here and bundled for a browser", async () => {
  const file = fileURLToPath(new URL("./readme-example.ts", import.meta.url));
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(file, "utf8")}\`\`\``);
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: "esm",
    minify: true,
    platform: "browser",
    write: false,
    conditions: process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["@deep-compression/source"],
  });
  const bundle = Buffer.from(outputFiles[0].contents).toString("base64");
  const here = await import("./readme-example");
  expect({ ...(await import(/* @vite-ignore */ `data:text/javascript;base64,${bundle}`)) }).toEqual({ ...here });
  const parts = crc32c(Uint8Array.of(1, 2, 3, 4));
  expect(here).toMatchObject({ fields: [5, 1000], half: 0.333251953125, parts });
});
