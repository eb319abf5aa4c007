// API documentation of every entry point of the public packages: `npm run docs` writes out/docs, and any warning fails it.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Converter } from "typedoc";

/** Entry points: the source of each, and the name under which it is imported. */
const entries = readdirSync("packages").flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
  if (manifest.private) return [];
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([key, { "@deep-compression/source": source }]) => ({
      source: `packages/${folder}/${source.slice("./".length)}`,
      name: manifest.name + key.slice(".".length),
    }));
});

/** Names modules as they are imported, not after their files. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const [{ fullFileName } = {}] = module.sources ?? [];
      const entry = entries.find(({ source }) => fullFileName?.endsWith(`/${source}`));
      if (!entry) throw new Error(`no entry point is made of ${fullFileName}`);
      module.name = entry.name;
    }
  });
}

export default {
  name: "deep-compression",
  entryPoints: entries.map(({ source }) => resolve(source)),
  tsconfig: resolve("tsconfig.base.json"),
  out: resolve("out/docs"),
  readme: "none", // its links to folders lead nowhere here
  plugin: [nameModules],
  sort: ["source-order"],
  disableGit: true, // links to sources are the same in a checkout without a remote
  sourceLinkTemplate: "https://github.com/deep-compression/deep-compression/blob/main/packages/{path}#L{line}",
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true },
};
