import { automaticValueName, type ValueInfo } from "./graph";

/**
 * References to a node's inputs (docs/format.md, "Node records"). They are relative to where the node stands, so that the
 * layers of a network become equal records.
 */
export const INPUT_REFERENCES = { latest: 0, nextTensor: 1, newName: 2, known: 3 } as const;

/** What writer and reader both know while they go through the nodes: the names met so far. */
export interface GraphNames {
  /** The reference to an input; `newName` if it has not been met. */
  referenceOf(name: string): number;
  /** The name behind any reference but `newName`; undefined if there is none. */
  nameOf(reference: number): string | undefined;
  /** Notes that a node takes this input. */
  use(name: string): void;
  /** The name that the next output gets if none is stored. */
  automaticName(): string;
  /** Notes the outputs of a node; the next node starts after this. */
  endNode(outputs: readonly string[]): void;
  /** Notes one output of the node at hand. */
  define(name: string): void;
}

/** The names at the start of the first node: those of the inputs and of the tensors are known. */
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
    referenceOf(name) {
      if (name === latest) return INPUT_REFERENCES.latest;
      if (name === tensorNames[nextTensor]) return INPUT_REFERENCES.nextTensor;
      const index = indices.get(name);
      return index === undefined ? INPUT_REFERENCES.newName : INPUT_REFERENCES.known + index;
    },
    nameOf(reference) {
      if (reference === INPUT_REFERENCES.latest) return latest;
      if (reference === INPUT_REFERENCES.nextTensor) return tensorNames[nextTensor];
      return known[reference - INPUT_REFERENCES.known];
    },
    use(name) {
      meet(name);
      used.add(name);
      while (nextTensor < tensorNames.length && used.has(tensorNames[nextTensor]!)) nextTensor++;
    },
    automaticName() {
      const endsGraph = nodeIndex === nodeCount - 1 && outputsOfNode === 0;
      return (endsGraph ? outputs[0]?.name : undefined) ?? automaticValueName(valueCount);
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
