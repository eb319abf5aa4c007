import { OPERATORS } from "@deep-compression/inference";
import { ONNX_CASES_FOLDER } from "./conformance-models";
import { operatorCases } from "./operator-cases";
import { type CaseResult, runCase } from "./operator-conformance";

/** `npm run conformance [-- pattern]`: ONNX's own cases, run by our sessions. Ends with 1 if any fails. */
const pattern = new RegExp(process.argv[2] ?? "");
const cases = (await operatorCases()).filter(({ name }) => pattern.test(name));
if (cases.length === 0) {
  console.error(`no cases in ${ONNX_CASES_FOLDER}: install Debian's package libonnx-testdata, or mend the pattern`);
  process.exit(1);
}
const results: CaseResult[] = [];
for (const one of cases) results.push(await runCase(one, OPERATORS));

const missing = new Map<string, number>();
for (const { outcome, operators, reason, case: one } of results) {
  if (outcome === "failed") console.log(`FAILED ${one.kind}/${one.name}: ${reason}`);
  const lacking = operators.filter((name) => !Object.hasOwn(OPERATORS, name));
  for (const name of lacking) missing.set(name, (missing.get(name) ?? 0) + 1);
  if (outcome === "refused" && lacking.length === 0) console.log(`refused ${one.kind}/${one.name}: ${reason}`);
  if (outcome === "unread" && process.argv[2] !== undefined) console.log(`unread ${one.kind}/${one.name}: ${reason}`);
}
const count = (outcome: CaseResult["outcome"]) => results.filter((result) => result.outcome === outcome).length;
const lacking = [...missing].sort(([, a], [, b]) => b - a).map(([name, cases]) => `${name} ${cases}`);
console.log(`operators that there are not, and in how many cases: ${lacking.join(", ")}`);
console.log(
  `${results.length} cases: ${count("passed")} passed, ${count("failed")} failed, ${count("refused")} refused, ${count("unread")} not tensors of numbers`,
);
process.exit(count("failed") > 0 ? 1 : 0);
