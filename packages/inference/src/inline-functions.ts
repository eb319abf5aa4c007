import {
  type Attribute,
  functionAttribute,
  type Graph,
  type GraphFunction,
  MAX_NODES,
  misfit,
  type Node,
  type Subgraph,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** A graph without calls of functions. */
export interface InlinedGraph {
  readonly graph: Graph;
  /** The version of ONNX's operators that a node is of. */
  opsetOf(node: Node): number;
}

/** What nodes are rewritten by. */
interface Scope {
  readonly opset: number;
  /** What the names within it are called outside; undefined: all keep their names. */
  readonly names: Map<string, string> | undefined;
  /** Values of the attributes that nodes refer to, by `functionAttribute` of their names; undefined: the call gives none. */
  readonly attributes: ReadonlyMap<string, Attribute | undefined>;
  /** Functions around it, outermost first. */
  readonly within: readonly GraphFunction[];
}

/**
 * A graph in which each call of a model's own function is replaced by the nodes of that function, under names of their own.
 *
 * @throws RangeError for a function that calls itself, or more nodes than a graph may have
 */
export function inlineFunctions(graph: Graph): InlinedGraph {
  const { functions = [], opset } = graph;
  if (functions.length === 0) return { graph, opsetOf: () => opset };
  const inliner = new Inliner(graph);
  const nodes = inliner.nodes(graph.nodes, { opset, names: undefined, attributes: new Map(), within: [] });
  const { functions: _, ...rest } = graph;
  return { graph: { ...rest, nodes }, opsetOf: (node) => inliner.opsets.get(node) ?? opset };
}

class Inliner {
  readonly opsets = new Map<Node, number>();
  readonly #functions: ReadonlyMap<string, GraphFunction>;
  readonly #used = new Set<string>();
  /** How often a name within a function has been given. */
  readonly #copies = new Map<string, number>();
  #count = 0;

  constructor({ nodes, inputs, outputs, functions = [] }: Graph) {
    this.#functions = new Map(functions.map((own) => [keyOf(own.name, own), own]));
    addNames({ nodes, inputs, outputs, tensors: {} }, this.#used);
  }

  nodes(nodes: readonly Node[], scope: Scope): Node[] {
    return nodes.flatMap((node) => {
      this.#count++;
      if (this.#count > MAX_NODES) throw misfit(node, `expected at most ${MAX_NODES} nodes in functions`);
      const attributes: Record<string, Attribute> = {};
      for (const [name, attribute] of Object.entries(node.attributes)) {
        const value = this.#attribute(attribute, scope);
        if (value !== undefined) attributes[name] = value;
      }
      const [inputs, outputs] = [node.inputs, node.outputs].map((names) =>
        names.map((name) => this.#named(name, scope)),
      );
      const rewritten: Node = { ...node, inputs: inputs!, outputs: outputs!, attributes };
      const called = this.#functions.get(keyOf(node.op, node));
      if (called !== undefined) return this.#body(called, rewritten, scope);
      this.opsets.set(rewritten, scope.opset);
      return [rewritten];
    });
  }

  /** The nodes that stand for a call. */
  #body(called: GraphFunction, call: Node, { opset, within }: Scope): Node[] {
    if (within.includes(called)) throw misfit(call, "a function may not call itself");
    const names = new Map(called.inputs.map((name, i) => [name, call.inputs[i] ?? ""]));
    const before = Object.entries(called.tensors).map(([name, tensorName]): Node => {
      names.set(name, this.#fresh(called, name));
      return { op: "Constant", inputs: [], outputs: [names.get(name)!], attributes: { value: { tensorName } } };
    });
    const behind: Node[] = [];
    for (const [i, output] of call.outputs.entries()) {
      const name = called.outputs[i];
      if (name === undefined)
        throw misfit(call, `the function has ${called.outputs.length} outputs, got ${call.outputs.length}`);
      if (output === "") continue;
      // What is no value of a node of its own, or has a name already, is given a second one.
      const known = names.get(name);
      if (known === undefined) names.set(name, output);
      else behind.push({ op: "Identity", inputs: [known], outputs: [output], attributes: {} });
    }
    const scope: Scope = {
      opset: called.opset ?? opset,
      names,
      attributes: givenAttributes(called, call),
      within: [...within, called],
    };
    return [...before, ...this.nodes(called.nodes, scope), ...behind];
  }

  #named(name: string, { names, within }: Scope): string {
    if (name === "" || names === undefined) return name;
    const known = names.get(name);
    if (known !== undefined) return known;
    const fresh = this.#fresh(within.at(-1)!, name);
    names.set(name, fresh);
    return fresh;
  }

  #fresh({ name: owner }: GraphFunction, name: string): string {
    const wanted = `${owner}/${name}`;
    let fresh = wanted;
    while (this.#used.has(fresh)) {
      const copy = (this.#copies.get(wanted) ?? 1) + 1;
      this.#copies.set(wanted, copy);
      fresh = `${wanted}/${copy}`;
    }
    this.#used.add(fresh);
    return fresh;
  }

  #attribute(attribute: Attribute, scope: Scope): Attribute | undefined {
    if (typeof attribute !== "object") return attribute;
    if ("graph" in attribute) return { graph: this.#subgraph(attribute.graph, scope) };
    if ("graphs" in attribute) return { graphs: attribute.graphs.map((graph) => this.#subgraph(graph, scope)) };
    if (!("opaque" in attribute) || !scope.attributes.has(attribute.opaque)) return attribute;
    return scope.attributes.get(attribute.opaque);
  }

  /** A graph within a function has names of its own, which may be those of values around it. */
  #subgraph(graph: Subgraph, outer: Scope): Subgraph {
    if (outer.names === undefined) return { ...graph, nodes: this.nodes(graph.nodes, outer) };
    const names = new Map(outer.names);
    const own = [
      ...graph.inputs.map(({ name }) => name),
      ...Object.keys(graph.tensors),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ];
    for (const name of own) names.set(name, name === "" ? "" : this.#fresh(outer.within.at(-1)!, name));
    const scope = { ...outer, names };
    const renamed = <T extends { readonly name: string }>(values: readonly T[]) =>
      values.map((value) => ({ ...value, name: this.#named(value.name, scope) }));
    const tensors = Object.entries(graph.tensors).map(([name, tensor]) => [this.#named(name, scope), tensor]);
    return {
      ...graph,
      inputs: renamed(graph.inputs),
      outputs: renamed(graph.outputs),
      nodes: this.nodes(graph.nodes, scope),
      tensors: Object.fromEntries(tensors),
    };
  }
}

/** What a node is matched to a function by. */
function keyOf(name: string, { domain = "", overload = "" }: Pick<Node, "domain" | "overload">): string {
  return [domain, name, overload].map(quoted).join();
}

function givenAttributes(
  { attributes = [], defaults = {} }: GraphFunction,
  call: Node,
): ReadonlyMap<string, Attribute | undefined> {
  const names = [...attributes, ...Object.keys(defaults)];
  const given = names.map((name) => {
    const value = Object.hasOwn(call.attributes, name) ? call.attributes[name] : defaults[name];
    return [functionAttribute(name).opaque, value] as const;
  });
  return new Map(given);
}

/** The names of a graph and of those within it. */
function addNames({ inputs, outputs, nodes, tensors }: Subgraph, names: Set<string>): void {
  for (const { name } of [...inputs, ...outputs]) names.add(name);
  for (const name of Object.keys(tensors)) names.add(name);
  for (const { inputs, outputs, attributes } of nodes) {
    for (const name of [...inputs, ...outputs]) names.add(name);
    for (const attribute of Object.values(attributes)) {
      if (typeof attribute !== "object") continue;
      if ("graph" in attribute) addNames(attribute.graph, names);
      if ("graphs" in attribute) for (const graph of attribute.graphs) addNames(graph, names);
    }
  }
}
