import { useMemo } from "preact/hooks";
import { type ByteBox, byteTree, MOST_BOXES } from "../byte-tree";
import { PARTS } from "../ledger-columns";
import { bytesText, percentText } from "../number-text";
import { Chart } from "./chart";
import { shortText } from "./short-text";
import type { LoadedFile } from "./use-files";

interface Hovered {
  readonly name: string;
  readonly value: number;
  readonly treePathInfo: readonly { readonly name: string }[];
}

/** A treemap of all bytes of a file, by tensor and part. */
export function BytesChart({
  file,
  onSelect,
}: {
  readonly file: LoadedFile;
  readonly onSelect: (name: string) => void;
}) {
  const { outline, isDone } = file;
  // Once with what the directory tells, and once more when all parts are known.
  const rows = useMemo(() => file.rows, [outline, isDone]);
  const { fileBytes } = outline.sizes;
  const boxes = useMemo(() => byteTree(outline.sizes, rows), [outline, rows]);
  const option = useMemo(
    () => ({
      tooltip: {
        formatter: ({ name, value, treePathInfo }: Hovered) => {
          const place = treePathInfo.slice(1).map((one) => one.name);
          return `${place.join(": ") || name}\n${bytesText(value)}, ${percentText(value, fileBytes)} of the file`;
        },
      },
      series: [
        {
          type: "treemap",
          data: boxes.map(coloured),
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          left: 0,
          right: 0,
          top: 0,
          bottom: 0,
          label: LABEL,
          upperLabel: { ...LABEL, show: true, height: 20 },
          levels: [
            { upperLabel: { show: false }, itemStyle: { gapWidth: 3, borderWidth: 0, borderColor: "transparent" } },
            { itemStyle: { gapWidth: 1, borderWidth: 1, borderColor: TENSOR } },
          ],
        },
      ],
    }),
    [boxes, fileBytes],
  );
  const tensors = useMemo(() => new Set(rows.map(({ tensor }) => tensor)), [rows]);
  const onPick = useMemo(
    () => (names: readonly string[]) => {
      const picked = names.find((name) => tensors.has(name));
      if (picked !== undefined) onSelect(picked);
    },
    [tensors, onSelect],
  );
  const parts = useMemo(() => partsOf(boxes), [boxes]);
  const largest = boxes.slice(0, 5).map(({ name, value }) => `${name} ${percentText(value, fileBytes)}`);
  return (
    <figure>
      <Chart
        label={`Treemap of the bytes of ${outline.name}. Largest: ${largest.join(", ")}. The table of tensors has all of them.`}
        option={option}
        size="tall"
        onPick={onPick}
      />
      <Legend parts={parts} />
      <figcaption>
        Each box is a tensor{isDone ? ", divided by what its bytes are for" : ""}; its area is its bytes.
        {rows.length > MOST_BOXES ? ` The ${MOST_BOXES} largest have boxes of their own.` : ""} Choose a box to see the
        tensor.
      </figcaption>
    </figure>
  );
}

type BoxPart = NonNullable<ByteBox["part"]>;

/** White text on each has a contrast of more than 4.5. */
const COLOURS: Readonly<Record<BoxPart, string>> = {
  values: "#2a5fb0",
  gaps: "#0f7461",
  fillers: "#47711f",
  codebook: "#8a4b9e",
  scales: "#a04070",
  codeTables: "#6a55b8",
  raw: "#a4501a",
  header: "#5c6470",
  deflate: "#5c6470",
  graph: "#7d6608",
  file: "#5c6470",
};

/** Of a tensor whose parts are not known, and of the frame around those that are. */
const TENSOR = "#3f4a63";

const LABEL = { color: "#fff", overflow: "truncate", formatter: ({ name }: { name: string }) => shortText(name, 32) };

function coloured({ part, children, ...box }: ByteBox): object {
  const itemStyle = { color: part === undefined ? TENSOR : COLOURS[part] };
  return { ...box, itemStyle, ...(children && { children: children.map(coloured) }) };
}

function partsOf(boxes: readonly ByteBox[]): readonly BoxPart[] {
  const present = new Set(boxes.flatMap(({ part, children = [] }) => [part, ...children.map((child) => child.part)]));
  return (Object.keys(COLOURS) as BoxPart[]).filter((part) => present.has(part));
}

function Legend({ parts }: { readonly parts: readonly BoxPart[] }) {
  return (
    <ul class="key" aria-label="Colours">
      {parts.map((part) => (
        <li key={part}>
          <svg width="12" height="12" aria-hidden="true">
            <rect width="12" height="12" fill={COLOURS[part]} />
          </svg>{" "}
          {PART_NAMES[part]}
        </li>
      ))}
    </ul>
  );
}

const PART_NAMES: Readonly<Record<BoxPart, string>> = {
  ...PARTS,
  graph: "graph or model file",
  file: "header and metadata of the file",
};
