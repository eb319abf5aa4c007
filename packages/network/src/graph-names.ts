import type { ValueInfo } from "./graph";
import { automaticValueName } from "./value-names";

/**
 * Symbols of a node's input (docs/format.md, "Node records"). They are relative to where the node stands, so that the
 * layers of a network become equal records.
 */
export const INPUT_SYMBOLS = { latest: 0, nextTensor: 1, newName: 2, known: 3 } as const;

/** What writer and reader both know while they go through the nodes: the names met so far. */
export interface GraphNames {
  /** The symbol of an input; `newName` if it has not been met. */
  symbolOf(name: string): number;
  /** The name of any symbol but `newName`; undefined if there is no such name. */
  nameOf(symbol: number): string | undefined;
  /** Notes that a node takes this input. */
  use(name: string): void;
  /** The name that the next output gets if none is stored. */
  automaticName(): string;
  /** Notes the outputs of a node; the next node starts after this. */
  endNode(outputs: readonly string[]): void;
  /** Notes one output of the node at hand. */
  define(name: string): void;
}

export function graphNames(context: {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodeCount: number;
  readonly tensorNames: readonly string[];
}): GraphNames {
  const { inputs, outputs, nodeCount, tensorNames } = context;
  const known: string[] = [];
  const indices = new Map<string, number>();
  const used = new Set<string>();
  let latest: string | undefined = inputs[0]?.name;
  let nextTensor = 0;
  let nodeIndex = 0;
  let valueCount = 0;
  let outputsOfNode = 0;

  function meet(name: string): void {
    if (indices.has(name)) return;
    indices.set(name, known.length);
    known.push(name);
  }
  for (const input of inputs) meet(input.name);
  for (const name of tensorNames) meet(name);

  return {
    symbolOf(name) {
      if (name === latest) return INPUT_SYMBOLS.latest;
      if (name === tensorNames[nextTensor]) return INPUT_SYMBOLS.nextTensor;
      const index = indices.get(name);
      return index === undefined ? INPUT_SYMBOLS.newName : INPUT_SYMBOLS.known + index;
    },
    nameOf(symbol) {
      if (symbol === INPUT_SYMBOLS.latest) return latest;
      if (symbol === INPUT_SYMBOLS.nextTensor) return tensorNames[nextTensor];
      return known[symbol - INPUT_SYMBOLS.known];
    },
    use(name) {
      meet(name);
      used.add(name);
      while (nextTensor < tensorNames.length && used.has(tensorNames[nextTensor])) nextTensor++;
    },
    automaticName() {
      const endsGraph = nodeIndex === nodeCount - 1 && outputsOfNode === 0 && outputs.length > 0;
      return endsGraph ? outputs[0].name : automaticValueName(valueCount);
    },
    define(name) {
      meet(name);
      valueCount++;
      outputsOfNode++;
    },
    endNode(names) {
      latest = names[0] ?? latest;
      nodeIndex++;
      outputsOfNode = 0;
    },
  };
}
