import { defineConfig } from "vitest/config";

// Tests import the packages by name. From a checkout they resolve to the sources;
// with DEEP_COMPRESSION_TEST=dist they resolve to what `npm run build` made.
const fromSource = process.env.DEEP_COMPRESSION_TEST !== "dist";
const conditions = ["module", "node", "import", "default"];

/**
 * Tests that look at the memory of their process or of one that they start, whose peak counts that of the process which started
 * it, and tests that change what belongs to all of a process.
 */
const ALONE = [
  "packages/benchmarks/test/bundles.test.ts",
  "packages/bits/test/deflate.test.ts",
  "packages/cli/test/compare.test.ts",
  "packages/cli/test/hostile-models.test.ts",
  "packages/cli/test/input-file.test.ts",
  "packages/fuzz/test/fuzz.test.ts",
  "packages/inference/test/session.test.ts",
  "packages/pipeline/test/memory.test.ts",
  "packages/runtime/test/*.test.ts",
  "packages/training/test/memory.test.ts",
];

/** The longest: they begin first, so that no core waits for them at the end. */
const LONGEST = [
  "packages/benchmarks/test/models.test.ts",
  "packages/benchmarks/test/sizes.test.ts",
  "packages/explorer/test/browser/explorer.test.ts",
  "packages/experiments/test/readme.test.ts",
  "packages/experiments/test/run-recipe.test.ts",
  "packages/loader/test/browser/browser.test.ts",
  "packages/pipeline/test/vectors.test.ts",
];

/** They take as long as all others together: `npm run test:browser` runs them. */
const IN_BROWSER = ["packages/*/test/browser/*.test.ts"];
const inBrowser = process.env.DEEP_COMPRESSION_BROWSER === "required";

/** Tests of the algorithms alone, which read nothing of a package that a build could leave out or break. */
const OF_SOURCES = ["packages/fuzz/test/*.test.ts", "packages/benchmarks/test/sizes.test.ts"];

/** Nothing in them is random: they are the same however many runs are asked for. */
const WITHOUT_CASES = ["packages/pipeline/test/memory.test.ts", "packages/pipeline/test/model-of-file.test.ts"];
const moreRuns = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) > 1;

/** Each takes a tenth of the time of all others: `npm run test:slow` runs them, and `npm run sizes` the first. */
const SLOW = ["packages/benchmarks/test/sizes.test.ts", "packages/benchmarks/test/long-names.test.ts"];
const writesSizes = process.env.DEEP_COMPRESSION_WRITE_SIZES !== undefined;

const NOT_NOW = [
  ...(moreRuns || writesSizes ? [] : SLOW),
  ...(fromSource ? [] : OF_SOURCES),
  ...(moreRuns ? WITHOUT_CASES : []),
  ...(inBrowser ? [] : IN_BROWSER),
];

export default defineConfig({
  ssr: { resolve: { conditions: fromSource ? ["@deep-compression/source", ...conditions] : conditions } },
  test: {
    exclude: NOT_NOW,
    // In a process of its own a file loads every source anew, for which a core takes a second: most files share processes.
    projects: [
      { extends: true, test: { name: "first", include: [...ALONE, ...LONGEST] } },
      {
        extends: true,
        test: {
          name: "then",
          include: ["packages/*/test/**/*.test.ts"],
          exclude: [...NOT_NOW, ...ALONE, ...LONGEST],
          isolate: false,
        },
      },
    ],
    setupFiles: ["./vitest.setup.ts"],
    unstubGlobals: true, // before each test: what one stubbed and left is not there in the next, nor in another file
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
