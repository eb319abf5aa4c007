import { defineConfig } from "vitest/config";

// Tests import the packages by name. From a checkout they resolve to the sources;
// with DEEP_COMPRESSION_TEST=dist they resolve to what `npm run build` made.
const fromSource = process.env.DEEP_COMPRESSION_TEST !== "dist";
const conditions = ["module", "node", "import", "default"];

/** Tests that look at the memory of their process, or change what belongs to all of it. */
const ALONE = [
  "packages/benchmarks/test/bundles.test.ts",
  "packages/bits/test/deflate.test.ts",
  "packages/cli/test/compare.test.ts",
  "packages/cli/test/input-file.test.ts",
  "packages/inference/test/session.test.ts",
  "packages/runtime/test/*.test.ts",
  "packages/training/test/memory.test.ts",
];

export default defineConfig({
  ssr: { resolve: { conditions: fromSource ? ["@deep-compression/source", ...conditions] : conditions } },
  test: {
    // Each file in a process of its own loads every source anew, a second of a core; most tests need none.
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: { name: "shared", include: ["packages/*/test/**/*.test.ts"], exclude: ALONE, isolate: false },
      },
    ],
    setupFiles: ["./vitest.setup.ts"],
    // For what hangs only: no test asserts a time, and beside other work on all cores some take minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: "100%", // by default one core stays idle
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.generated.ts", "**/arbitrar*.ts"],
      reporter: ["text-summary", "html", "lcovonly"],
      reportsDirectory: "out/coverage",
    },
    server: { deps: { inline: fromSource ? [/@deep-compression/] : [] } },
  },
});
