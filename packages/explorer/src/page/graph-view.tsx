import type { ValueInfo } from "@deep-compression/network";
import { useEffect, useState } from "preact/hooks";
import type { FileOutline, GraphOutline } from "../file-outline";
import { type GraphDrawing, MOST_DRAWN, partOf } from "../graph-layout";
import type { GraphNode } from "../graph-list";
import type { Column } from "../ledger-columns";
import { grouped, shapeText } from "../number-text";
import type { ExplorerApi, Slot } from "../worker/explorer-api";
import { DataTable } from "./data-table";
import { Drawing } from "./graph-drawing";
import { shortText } from "./short-text";
import { useAnswer } from "./use-answer";

interface GraphViewProps {
  readonly explorer: ExplorerApi;
  readonly slot: Slot;
  readonly outline: FileOutline;
  readonly selected: string | undefined;
  readonly onSelect: (name: string) => void;
}

/** The graph of a file, drawn part by part and as a list. */
export function GraphView({ explorer, slot, outline, selected, onSelect }: GraphViewProps) {
  const { graph, graphProblem } = outline;
  if (graph === undefined) {
    return (
      <p>{graphProblem === undefined ? "The file holds weights without a graph." : `No graph: ${graphProblem}`}</p>
    );
  }
  return (
    <>
      <p>
        Inputs: {valuesText(graph.inputs)}. Outputs: {valuesText(graph.outputs)}.
      </p>
      <DrawnParts {...{ explorer, slot, outline, graph, selected, onSelect }} />
      <details>
        <summary>Nodes as a list ({grouped(graph.nodes.length)})</summary>
        <DataTable
          caption={`Nodes of the graph of ${outline.name}`}
          things="nodes"
          nameHead="Node"
          name={nodeName}
          columns={NODE_COLUMNS}
          rows={graph.nodes}
          first={{ key: "place", direction: "ascending" }}
          isSelectable={({ weights }) => weights.length > 0}
          onSelect={(name) => {
            const [weight] = graph.nodes.find((node) => nodeName(node) === name)?.weights ?? [];
            if (weight !== undefined) onSelect(weight);
          }}
        />
      </details>
    </>
  );
}

function DrawnParts({
  explorer,
  slot,
  outline,
  graph,
  selected,
  onSelect,
}: GraphViewProps & { readonly graph: GraphOutline }) {
  const [part, setPart] = useState(0);
  const parts = Math.max(1, Math.ceil(graph.nodes.length / MOST_DRAWN));
  useEffect(() => {
    const user = graph.nodes.find(({ weights }) => selected !== undefined && weights.includes(selected));
    if (user !== undefined) setPart(partOf(user.index));
  }, [selected, graph]);
  const at = Math.min(part, parts - 1);
  const { answer, problem } = useAnswer<GraphDrawing>(() => explorer.drawing(slot, at), [explorer, slot, outline, at]);
  const last = Math.min(graph.nodes.length, (at + 1) * MOST_DRAWN);
  const which =
    parts === 1
      ? `All ${graph.nodes.length} nodes`
      : `Nodes ${grouped(at * MOST_DRAWN)} to ${grouped(last - 1)} of ${grouped(graph.nodes.length)}`;
  return (
    <>
      <p class="pages">
        <span role="status">{which}. Nodes with a coloured edge have weights: choose one to see them.</span>
        {parts > 1 && (
          <>
            <button type="button" disabled={at === 0} onClick={() => setPart(at - 1)}>
              Previous part
            </button>
            <button type="button" disabled={at === parts - 1} onClick={() => setPart(at + 1)}>
              Next part
            </button>
          </>
        )}
      </p>
      {problem !== undefined && <p class="problem">The graph cannot be drawn: {problem}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard */}
      <section class="scroll drawing" tabIndex={0} aria-label="Drawing of the graph">
        {answer ? (
          <Drawing
            drawing={answer}
            label={`${which}, as a drawing; the list of nodes has them in words`}
            selected={selected}
            onSelect={onSelect}
          />
        ) : (
          <p>Drawing …</p>
        )}
      </section>
    </>
  );
}

function nodeName({ index, op, name }: GraphNode): string {
  return `${index} ${name || op}`;
}

const listed = (names: readonly string[]) => names.map((name) => shortText(name, 40)).join(", ");

const NODE_COLUMNS: readonly Column<GraphNode>[] = [
  { key: "place", head: "Place", isNumber: true, text: ({ index }) => String(index), value: ({ index }) => index },
  { key: "op", head: "Operator", isNumber: false, text: ({ op }) => op, value: ({ op }) => op },
  {
    key: "inputs",
    head: "Inputs",
    isNumber: false,
    text: ({ inputs }) => listed(inputs),
    value: ({ inputs }) => inputs.length,
  },
  {
    key: "weights",
    head: "Tensors",
    isNumber: false,
    text: ({ weights }) => listed(weights),
    value: ({ weights }) => weights.length,
  },
  {
    key: "outputs",
    head: "Outputs",
    isNumber: false,
    text: ({ outputs }) => listed(outputs),
    value: ({ outputs }) => outputs.length,
  },
];

/** Values that are named. */
const MOST_VALUES = 8;

function valuesText(values: readonly ValueInfo[]): string {
  const shown = values.slice(0, MOST_VALUES).map(({ name, type, shape }) => {
    const about = [...(type === undefined ? [] : [type]), ...(shape === undefined ? [] : [shapeText(shape)])];
    return about.length === 0 ? name : `${name} (${about.join(", ")})`;
  });
  return `${shown.join(", ")}${values.length > MOST_VALUES ? ` and ${values.length - MOST_VALUES} more` : ""}`;
}
