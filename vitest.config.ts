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
    testTimeout: 60_000,
    maxWorkers: "100%", // by default one core stays idle
    server: { deps: { inline: fromSource ? [/@deep-compression/] : [] } },
  },
});
