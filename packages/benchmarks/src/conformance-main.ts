import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { OPERATORS } from "@deep-compression/inference";
import { ONNX_CASES_FOLDER } from "./conformance-models";
import { operatorCases } from "./operator-cases";
import { type CaseResult, runCase } from "./operator-conformance";
import { operatorsPage } from "./operators-page";

/**
 * `npm run conformance [-- pattern] [-- --write]`: ONNX's own cases, run by our sessions. Ends with 1 if any fails, or if
 * docs/operators.md, which all of them make, is another page; --write writes it.
 */
const PAGE = new URL("../../../docs/operators.md", import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false } },
});
const [pattern] = positionals;
const cases = (await operatorCases()).filter(({ name }) => new RegExp(pattern ?? "").test(name));
if (cases.length === 0) {
  console.error(`no cases in ${ONNX_CASES_FOLDER}: install Debian's package libonnx-testdata, or mend the pattern`);
  process.exit(1);
}
const results: CaseResult[] = [];
for (const one of cases) {
  const result = await runCase(one, OPERATORS);
  results.push(result);
  const { outcome, operators, reason } = result;
  const isKnown = operators.every((name) => Object.hasOwn(OPERATORS, name));
  if (outcome === "failed" || (outcome === "refused" && isKnown) || pattern !== undefined)
    console.log(`${outcome} ${one.kind}/${one.name}${reason === undefined ? "" : `: ${reason}`}`);
}
const page = operatorsPage(results, OPERATORS);
console.log(page.summary);
let isOther = false;
if (pattern === undefined) {
  if (values.write) await writeFile(PAGE, page.text);
  else isOther = (await readFile(PAGE, "utf8").catch(() => "")) !== page.text;
  if (isOther) console.error("docs/operators.md is not what these cases make: npm run conformance -- --write");
}
process.exit(isOther || results.some(({ outcome }) => outcome === "failed") ? 1 : 0);
