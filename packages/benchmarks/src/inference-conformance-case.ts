import { OPERATORS } from "@deep-compression/inference";
import { type Case, toCountRow, toRow } from "./harness";
import { operatorCases } from "./operator-cases";
import { type CaseResult, runCase } from "./operator-conformance";

/** Most of the cases that may be refused by design. */
const REFUSED = 0.05;

/** ONNX's own cases of the operators that there are: none may fail, and few be refused. */
export const OPERATOR_CONFORMANCE_CASE: Case = {
  name: "conformance",
  async run({ effort, progress }) {
    const cases = await operatorCases();
    if (cases.length === 0) throw new Error("libonnx-testdata is not installed; CONTRIBUTING.md says how");
    const results: CaseResult[] = [];
    for (const [i, one] of cases.entries())
      if (i % Math.round(1 / effort) === 0) results.push(await runCase(one, OPERATORS));
    const isOurs = ({ operators }: CaseResult) =>
      operators.length > 0 && operators.every((name) => Object.hasOwn(OPERATORS, name));
    const ours = results.filter(isOurs);
    const count = (outcome: CaseResult["outcome"]) => ours.filter((result) => result.outcome === outcome).length;
    progress(`${count("passed")} passed, ${count("refused")} refused, ${count("failed")} failed of ${ours.length}`);
    const figure = { unit: "cases", peer: "all of our operators", theirs: ours.length };
    return [
      toCountRow({ ...figure, name: "ONNX's own cases that do not fail", ours: ours.length - count("failed") }),
      toRow({
        ...figure,
        name: "ONNX's own cases that pass, not refused",
        ours: count("passed"),
        better: "higher",
        bar: 1 - REFUSED,
        goal: 1,
      }),
    ];
  },
};
