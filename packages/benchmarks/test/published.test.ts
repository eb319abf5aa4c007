// What npm shows of a public package and puts into its tarball; `npm run test:pack` looks into the tarballs themselves.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const project = "https://github.com/deep-compression/deep-compression";
const manifests = readdirSync(new URL("packages/", root))
  .filter((folder) => existsSync(new URL(`packages/${folder}/package.json`, root)))
  .map((folder) => ({ folder, manifest: JSON.parse(textOf(`packages/${folder}/package.json`)) }));
const published = manifests.filter(({ manifest }) => !manifest.private);

function textOf(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** Every file that a value of package.json names, under whatever condition. */
function filesOf(value: unknown): string[] {
  if (typeof value === "string") return [value.replace("./", "")];
  return Object.values(value ?? {}).flatMap(filesOf);
}

test("what is private says so", () => {
  expect(manifests.filter(({ manifest }) => manifest.private).map(({ folder }) => folder)).toEqual([
    "benchmarks",
    "fuzz",
    "site",
  ]);
});

describe.each(published)("$folder", ({ folder, manifest }) => {
  test("has the licence of the whole", () => {
    expect(textOf(`packages/${folder}/LICENSE`)).toBe(textOf("LICENSE"));
    expect(manifest.license).toBe("MIT");
  });

  test("says who made it, where it is developed, and that anybody may have it", () => {
    expect(manifest).toMatchObject({
      name: `@deep-compression/${folder}`,
      version: JSON.parse(textOf("lerna.json")).version,
      author: "the deep-compression authors",
      homepage: `${project}/tree/main/packages/${folder}#readme`,
      repository: { type: "git", url: `git+${project}.git`, directory: `packages/${folder}` },
      bugs: `${project}/issues`,
      publishConfig: { access: "public" },
      engines: JSON.parse(textOf("package.json")).engines,
    });
    expect(manifest.description).toMatch(/^[A-Z].{20,}\.$/);
    expect(manifest.keywords.length).toBeGreaterThan(3);
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
  });

  test("packs every file that its exports and commands point at", () => {
    const packed = [...manifest.files, "package.json"];
    const named = filesOf([manifest.exports, manifest.bin]);
    expect(named.filter((file) => !packed.includes(file.split("/")[0]))).toEqual([]);
    expect(named.length).toBeGreaterThan(2);
  });

  test("needs nothing that is not published, and of its siblings the same version", () => {
    const siblings = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) =>
      name.startsWith("@deep-compression/"),
    );
    const names = published.map((one) => one.manifest.name);
    expect(siblings.filter(([name, range]) => !names.includes(name) || range !== manifest.version)).toEqual([]);
  });

  test("has a README that says how to install it", () => {
    expect(textOf(`packages/${folder}/README.md`)).toMatch(
      new RegExp(`npm install (--global )?@deep-compression/${folder}\\b`),
    );
  });
});
