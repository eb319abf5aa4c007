import { Graph as LayoutGraph, layout } from "@dagrejs/dagre";
import type { GraphNode } from "./graph-list";

/** A node where it is drawn; x and y are its centre. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A drawing of some nodes of a graph. */
export interface GraphDrawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly Point[] }[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Nodes that are drawn at once: of more, a part. */
export const MOST_DRAWN = 120;

/** Which part of the nodes is drawn so that one of them is in it. */
export function partOf(index: number): number {
  return Math.floor(index / MOST_DRAWN);
}

/** The nodes of a part. */
export function nodesOfPart(nodes: readonly GraphNode[], part: number): readonly GraphNode[] {
  return nodes.slice(part * MOST_DRAWN, (part + 1) * MOST_DRAWN);
}

const [WIDTH, HEIGHT, HEIGHT_WITH_WEIGHTS] = [168, 30, 48];

/** Places nodes below those whose outputs they take. Edges to nodes that are not among them are left out. */
export function drawGraph(nodes: readonly GraphNode[]): GraphDrawing {
  const graph = new LayoutGraph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 26, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const shown = new Set(nodes.map(({ index }) => index));
  for (const { index, weights } of nodes) {
    graph.setNode(String(index), { width: WIDTH, height: weights.length > 0 ? HEIGHT_WITH_WEIGHTS : HEIGHT });
  }
  for (const { index, after } of nodes) {
    for (const maker of after) if (shown.has(maker)) graph.setEdge(String(maker), String(index));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((node) => {
      const { x, y, width, height } = graph.node(String(node.index));
      return { node, x, y, width, height };
    }),
    edges: graph.edges().map((edge) => ({ from: Number(edge.v), to: Number(edge.w), points: graph.edge(edge).points })),
  };
}
