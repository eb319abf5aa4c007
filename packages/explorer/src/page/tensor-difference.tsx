import { grouped, percentText, shortNumber } from "../number-text";
import type { TensorDifference } from "../tensor-view";
import type { ExplorerApi } from "../worker/explorer-api";
import { useAnswer } from "./use-answer";
import type { LoadedFile } from "./use-files";

interface DifferenceProps {
  readonly explorer: ExplorerApi;
  readonly first: LoadedFile;
  readonly second: LoadedFile;
  readonly name: string;
}

/** How far a tensor of the second file is from that of the first. */
export function DifferenceLine({ explorer, first, second, name }: DifferenceProps) {
  const inputs = [explorer, first.outline, second.outline, name];
  const { answer, problem } = useAnswer<TensorDifference>(() => explorer.difference(name), inputs);
  if (problem !== undefined) return <p>The two cannot be compared: {problem}.</p>;
  if (answer === undefined) return <p>Comparing …</p>;
  const { differing, elements, relative, largest } = answer;
  if (differing === 0) return <p>All {grouped(elements)} weights are the same in both files.</p>;
  return (
    <p>
      {grouped(differing)} of {grouped(elements)} weights differ ({percentText(differing, elements)}), by at most{" "}
      {shortNumber(largest)}
      {relative === undefined ? "" : `; ||a − b|| / ||a|| is ${percentText(relative, 1)}`}.
    </p>
  );
}
