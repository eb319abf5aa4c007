import { denseBytes } from "../ledger-columns";
import { bytesText, grouped, percentText } from "../number-text";
import type { LoadedFile } from "./use-files";

/** What a file is, in a few figures. */
export function FileSummary({ file }: { readonly file: LoadedFile }) {
  const { outline, rows, decoded, isDone, problem } = file;
  const { sizes, metadata, modelFiles, graph, graphProblem } = outline;
  const dense = rows.reduce((sum, row) => sum + denseBytes(row), 0);
  const weights = rows.reduce((sum, row) => sum + row.weights, 0);
  const kept = rows.reduce((sum, { ledger }) => sum + (ledger?.kept ?? 0), 0);
  const facts: readonly (readonly [string, string])[] = [
    ["File", `${bytesText(sizes.fileBytes)} (${grouped(sizes.fileBytes)} bytes)`],
    ["As plain arrays", `${bytesText(dense)}${ratioText(dense, sizes.fileBytes)}`],
    ["Tensors", grouped(rows.length)],
    ["Weights", grouped(weights)],
    ["Not zero", isDone && problem === undefined ? percentText(kept, weights) : "not known yet"],
    ["Graph", graph ? `${grouped(graph.nodes.length)} nodes, opset ${graph.opset}` : (graphProblem ?? "none")],
    ...(modelFiles.length > 0 ? [["Model files inside", fewNames(modelFiles)] as const] : []),
  ];
  return (
    <div class="summary">
      <h2>{outline.name}</h2>
      <dl>
        {facts.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {!isDone && (
        <p>
          <label>
            Decoding tensors: {grouped(decoded)} of {grouped(rows.length)}{" "}
            <progress value={decoded} max={rows.length} />
          </label>
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          Not all of the file can be read. {problem}
        </p>
      )}
      {Object.keys(metadata).length > 0 && (
        <details>
          <summary>Metadata ({Object.keys(metadata).length})</summary>
          <dl class="metadata">
            {Object.entries(metadata).map(([key, text]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

function ratioText(dense: number, bytes: number): string {
  return bytes < dense ? `, ${(dense / bytes).toFixed(1)} times as large` : "";
}

const MOST_NAMES = 4;

function fewNames(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${grouped(names.length - MOST_NAMES)} more` : "";
  return `${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}
