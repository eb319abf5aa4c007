// What each entry point of the public packages exports, names and types, as built: `npm run api` writes it to docs/api, so that
// a change to it shows in the diff of a commit; with --check nothing is written, and a difference fails.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const REPORTS = "docs/api";
const compilerOptions = {
  target: "es2022",
  module: "esnext",
  moduleResolution: "bundler",
  lib: ["es2023", "dom"],
  types: ["node"],
  strict: true,
  skipLibCheck: true,
};

/** Entry points: the package's folder, the types of the entry as built, and the name of its report. */
const entries = readdirSync("packages").flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
  if (manifest.private) return [];
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([key, { types }]) => ({
      folder: resolve("packages", folder),
      types: resolve("packages", folder, types),
      name: folder + key.slice(".".length).replace("/", "."),
    }));
});

const temporary = mkdtempSync(join(tmpdir(), "deep-compression-api-"));

/** The report of an entry point, without what says nothing of its types. */
function reportOf({ folder, types, name }) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: types,
      newlineKind: "lf",
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: temporary,
        reportTempFolder: join(temporary, "temp"),
        includeForgottenExports: true, // the types of what is exported, though not exported themselves
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: { compilerMessageReporting: { default: { logLevel: "error" } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });
  const messageCallback = (message) => {
    message.handled = message.logLevel !== "error";
  };
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback });
  if (!succeeded) throw new Error(`${name}: no report; are the packages built?`);
  const report = readFileSync(join(temporary, `${name}.api.md`), "utf8");
  const declarations = /```ts\n(.*)```/s.exec(report)[1].replace(/^ *\/\/ (@|\(|Warning).*\n/gm, "");
  const entry = name.replace(".", "/");
  return `# @deep-compression/${entry}\n\n\`\`\`ts\n${declarations.replace(/\n{3,}/g, "\n\n").trim()}\n\`\`\`\n`;
}

try {
  const written = join(temporary, "api");
  mkdirSync(written);
  for (const entry of entries) writeFileSync(join(written, `${entry.name}.md`), reportOf(entry));
  if (process.argv.includes("--check")) {
    mkdirSync(REPORTS, { recursive: true });
    const { status } = spawnSync("git", ["diff", "--no-index", REPORTS, written], { stdio: "inherit" });
    if (status !== 0) {
      console.error(`${REPORTS} is not what the built packages export: npm run api writes it`);
      process.exitCode = 1;
    }
  } else {
    rmSync(REPORTS, { recursive: true, force: true });
    cpSync(written, REPORTS, { recursive: true });
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
