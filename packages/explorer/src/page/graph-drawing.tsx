import type { GraphDrawing, PlacedNode } from "../graph-layout";
import { shortText } from "./short-text";

interface DrawingProps {
  readonly drawing: GraphDrawing;
  readonly label: string;
  readonly selected: string | undefined;
  readonly onSelect: (tensor: string) => void;
}

/** Nodes and edges as they were placed; a click on a node with weights selects the first of them. */
export function Drawing({ drawing, label, selected, onSelect }: DrawingProps) {
  const { width, height, nodes, edges } = drawing;
  return (
    <svg class="graph" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <title>{label}</title>
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 z" />
        </marker>
      </defs>
      {edges.map(({ from, to, points }) => (
        <polyline
          key={`${from} ${to}`}
          class="edge"
          marker-end="url(#arrow)"
          points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
        />
      ))}
      {nodes.map((placed) => (
        <NodeBox key={placed.node.index} placed={placed} selected={selected} onSelect={onSelect} />
      ))}
    </svg>
  );
}

type NodeBoxProps = Pick<DrawingProps, "selected" | "onSelect"> & { readonly placed: PlacedNode };

function NodeBox({ placed, selected, onSelect }: NodeBoxProps) {
  const { node, x, y, width, height } = placed;
  const [weight] = node.weights;
  const isSelected = selected !== undefined && node.weights.includes(selected);
  const kind = weight === undefined ? "plain" : "weighted";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of nodes has a button for each weight
    <g class={`node ${kind}${isSelected ? " selected" : ""}`} onClick={() => weight !== undefined && onSelect(weight)}>
      <title>{[`${node.index}: ${node.op} ${node.name}`, ...node.weights].join("\n")}</title>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="5" />
      <text x={x} y={weight === undefined ? y + 4 : y - 4} class="op">
        {shortText(node.op, 20)}
      </text>
      {weight !== undefined && (
        <text x={x} y={y + 13}>
          {shortText(weight, 24)}
        </text>
      )}
    </g>
  );
}
