import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function shown(file: string): boolean {
  return readme.includes(`\`\`\`ts\n${readFileSync(new URL(file, import.meta.url), "utf8")}\`\`\``);
}

test("the README's first example is readme-example.ts, and it runs", async () => {
  expect(shown("./readme-example.ts")).toBe(true);
  await import("./readme-example");
});

test("the README's example for browsers is browser-example.ts, and its bundle runs without Node", async () => {
  expect(shown("./browser-example.ts")).toBe(true);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./browser-example.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    minify: true,
    platform: "browser",
    write: false,
    conditions: process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["@deep-compression/source"],
  });
  const bundle = Buffer.from(outputFiles[0].contents).toString("base64");
  const weights = Float32Array.from([0, 3.5, 0, 0, 0, -1, 0, 0, 0, 0.25, 0, 0]);
  const { fromGaps, fromMask, fromRows } = await import(/* @vite-ignore */ `data:text/javascript;base64,${bundle}`);
  expect([fromGaps, fromMask, fromRows]).toEqual([weights, weights, weights]);
});
