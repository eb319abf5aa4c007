import type { OperatorTable } from "@deep-compression/inference";
import type { CaseResult } from "./operator-conformance";

const INTRODUCTION = `# Operators

Written by \`npm run conformance -- --write\`, which runs ONNX's own cases (Debian's package libonnx-testdata, ONNX 1.12: those of one
node, of small graphs and of layers that PyTorch exported) by sessions of @deep-compression/inference. A case passes if types and shapes are
right and every element is within 1e-3 of its size and 1e-7, the bounds of ONNX's own runner; bfloat16 within one unit of its
last place, since the cases cut floats off that ONNX since 1.13 rounds. Of what is drawn at random only types and shapes are held.
`;

/** The page of all operators and how their cases ended, and the last line of the report. */
export function operatorsPage(
  results: readonly CaseResult[],
  operators: OperatorTable,
): { readonly text: string; readonly summary: string } {
  const isOurs = ({ operators: used }: CaseResult) =>
    used.length > 0 && used.every((name) => Object.hasOwn(operators, name));
  const ours = results.filter(isOurs);
  const count = (list: readonly CaseResult[], outcome: CaseResult["outcome"]) =>
    list.filter((result) => result.outcome === outcome).length;
  const foreign = results.length - ours.length;
  const summary = [
    `${results.length} cases; ${ours.length} have none but operators that there are: ${count(ours, "passed")} passed,`,
    `${count(ours, "failed")} failed, ${count(ours, "refused")} refused; ${foreign} have others, or text and sequences`,
  ].join(" ");
  const rows = Object.keys(operators)
    .sort()
    .map((name) => {
      const own = ours.filter(({ operators: used }) => used.includes(name));
      return `| ${name} | ${count(own, "passed")} | ${count(own, "refused")} | ${count(own, "failed")} |`;
    });
  const refused = ours
    .filter(({ outcome }) => outcome === "refused")
    .map(({ case: { kind, name }, reason = "" }) => `- ${kind}/${name}: ${reason}`);
  const lacking = new Map<string, number>();
  for (const { operators: used } of results)
    for (const name of used) if (!Object.hasOwn(operators, name)) lacking.set(name, (lacking.get(name) ?? 0) + 1);
  const text = [
    INTRODUCTION,
    `${summary}.\n`,
    "| operator | cases passed | refused | failed |\n| --- | --- | --- | --- |",
    ...rows,
    ...(refused.length > 0 ? ["\n## Refused\n", ...refused] : []),
    "\n## Not there\n",
    `Operators of the cases that no session runs, with their cases: ${[...lacking]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, cases]) => `${name} ${cases}`)
      .join(", ")}.`,
    "",
  ].join("\n");
  return { text, summary };
}
