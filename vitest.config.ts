import { defineConfig } from "vitest/config";

// Tests import the packages by name. From a checkout they resolve to the sources;
// with DEEP_COMPRESSION_TEST=dist they resolve to what `npm run build` made.
const fromSource = process.env.DEEP_COMPRESSION_TEST !== "dist";
const conditions = ["module", "node", "import", "default"];

export default defineConfig({
  ssr: { resolve: { conditions: fromSource ? ["@deep-compression/source", ...conditions] : conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
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
