import { PART_KEYS, PARTS } from "../ledger-columns";
import { grouped, percentText, shapeText } from "../number-text";
import type { TensorView } from "../tensor-view";
import type { ExplorerApi, Slot } from "../worker/explorer-api";
import { CellPicture } from "./cell-picture";
import { HistogramChart } from "./histogram-chart";
import { useAnswer } from "./use-answer";
import type { LoadedFile } from "./use-files";

interface TensorPanelProps {
  readonly explorer: ExplorerApi;
  readonly slot: Slot;
  readonly file: LoadedFile;
  readonly name: string;
}

/** All that is shown of one tensor of a file. */
export function TensorPanel({ explorer, slot, file, name }: TensorPanelProps) {
  const { answer: view, problem } = useAnswer<TensorView>(
    () => explorer.view(slot, name),
    [explorer, slot, name, file.outline],
  );
  const row = file.rows.find(({ tensor }) => tensor === name);
  if (row === undefined) return <p>{file.outline.name} has no tensor of this name.</p>;
  const { ledger } = row;
  return (
    <div class="tensor">
      <p>
        {shapeText(row.shape)}, {row.type}, {grouped(row.weights)} weights, stored as “{row.form}” in{" "}
        {grouped(row.bytes)} bytes
        {ledger && ledger.centroids > 0 ? `, ${grouped(ledger.centroids)} centroids besides zero` : ""}
        {row.error === undefined ? "" : `; error by the certificate ${percentText(row.error, 1)}`}.
      </p>
      {ledger && (
        <ul class="parts" aria-label={`What the bytes of ${name} are for`}>
          {PART_KEYS.filter((part) => ledger.bytes[part] !== 0).map((part) => (
            <li key={part}>
              {PARTS[part]} {grouped(Math.abs(ledger.bytes[part]))}
            </li>
          ))}
        </ul>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {view === undefined && problem === undefined && <p>Decoding …</p>}
      {view && (
        <div class="views">
          <HistogramChart view={view} isCoded={(ledger?.centroids ?? 0) > 0} />
          <div>
            <div class="pictures">
              {view.kernels && <CellPicture title="Kernels" picture={view.kernels} />}
              {view.matrix && <CellPicture title="Where the zeros are" picture={view.matrix} />}
            </div>
            <p class="legend">
              <span class="swatch zero" /> all zero <span class="swatch other" /> none zero
            </p>
          </div>
        </div>
      )}
    </div>
  );
}
