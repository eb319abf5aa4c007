import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Sources whose messages may have names of others in them: those of all published packages. */
const packages = new URL("../../", import.meta.url);
const sources = readdirSync(packages)
  .filter((folder) => !["benchmarks", "fuzz"].includes(folder))
  .flatMap((folder) => {
    const source = new URL(`${folder}/src/`, packages);
    const files = readdirSync(source).filter((file) => file.endsWith(".ts") && !file.endsWith(".generated.ts"));
    return files.map((file) => ({ file: `${folder}/${file}`, text: readFileSync(new URL(file, source), "utf8") }));
  });

/** A value between quotes, or a shape between brackets, in a template: `"${name}"`, `, got [${shape}]`. */
const BARE = /"\$\{[^{}]+\}"|(?:^|[\s(`])\[\$\{[^{}]+\}\]/gm;

test("the pattern finds names and shapes that are put into a text as they are", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
  const source = 'x(`tensor "${name}" [${shape}]: values[${i}], ${quoted(name)} ${shapeText(shape)}`)';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
  expect(source.match(BARE)).toEqual(['"${name}"', " [${shape}]"]);
});

test("no source puts a name or a shape into a message but by the functions that cut it", () => {
  expect(sources.length).toBeGreaterThan(300);
  const own = ["runtime/message-text.ts"];
  const found = sources
    .filter(({ file }) => !own.includes(file))
    .flatMap(({ file, text }) => (text.match(BARE) ?? []).map((place) => `${file}: ${place.trim()}`));
  expect(found).toEqual([]);
});
