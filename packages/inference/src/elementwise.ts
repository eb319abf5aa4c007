import { elementCount } from "@deep-compression/bits";
import { describeNode, misfit, type Node } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { activationAt, type Operand, type Operation, type Site } from "./operation";
import { constantValues } from "./weight-source";

/** Relu: max(x, 0). */
export function relu(site: Site): Operation {
  return {
    shape: activationAt(site, 0).shape,
    run: ({ inputs: [x], output }) => {
      for (let i = 0; i < output.length; i++) output[i] = Math.max(x[i], 0);
    },
  };
}

/** Identity, and Dropout when a network is run: the input itself. */
export function identity(site: Site): Operation {
  const [, mask = ""] = site.node.outputs;
  if (mask !== "") throw misfit(site.node, "expected one output, got the mask too");
  return { shape: activationAt(site, 0).shape };
}

/** Add of two computed values of one shape, or of one and a weight that broadcasts to it by ONNX's rules. */
export function add(site: Site): Operation {
  const [a, b] = site.operands;
  if (a?.kind === "activation" && b?.kind === "activation") return addValues(site.node, a, b);
  const computed = activationAt(site, a?.kind === "activation" ? 0 : 1);
  const constant = a?.kind === "weight" ? a : b;
  if (constant?.kind !== "weight") throw new TypeError(`${describeNode(site.node)}: expected two inputs, got one`);
  return addConstant(site.node, computed.shape, constant);
}

function addValues(node: Node, a: Operand & { kind: "activation" }, b: Operand & { kind: "activation" }): Operation {
  if (a.shape.join() !== b.shape.join())
    throw misfit(
      node,
      `expected ${quoted(b.name)} of shape ${shapeText(["N", ...a.shape])}, got ${shapeText(["N", ...b.shape])}`,
    );
  return {
    shape: a.shape,
    run: ({ inputs: [x, y], output }) => {
      for (let i = 0; i < output.length; i++) output[i] = x[i] + y[i];
    },
  };
}

function addConstant(node: Node, shape: readonly number[], constant: Operand & { kind: "weight" }): Operation {
  const values = constantValues(constant.name, constant.weight);
  const source = broadcastIndex(shape, constant.weight.shape);
  if (!source) {
    const weight = `weight ${quoted(constant.name)} ${shapeText(constant.weight.shape)}`;
    throw misfit(node, `${weight} does not broadcast to ${shapeText(["N", ...shape])}`);
  }
  return {
    shape,
    weightBytes: values.byteLength + source.byteLength,
    run: ({ inputs: [x], output, lanes }) => {
      for (let feature = 0; feature < source.length; feature++) {
        const value = values[source[feature]];
        for (let i = feature * lanes; i < (feature + 1) * lanes; i++) output[i] = x[i] + value;
      }
    },
  };
}

/** For each element of `item`, the element of a constant of shape `from` that meets it; undefined if they do not fit. */
function broadcastIndex(item: readonly number[], from: readonly number[]): Uint32Array | undefined {
  // A constant with a dimension for the batch must leave it alone.
  if (from.length > item.length + 1 || (from.length === item.length + 1 && from[0] !== 1)) return undefined;
  const aligned = from.slice(Math.max(0, from.length - item.length));
  const shape = [...new Array<number>(item.length - aligned.length).fill(1), ...aligned];
  if (!shape.every((dimension, axis) => dimension === 1 || dimension === item[axis])) return undefined;
  const index = new Uint32Array(elementCount(item));
  for (let feature = 0; feature < index.length; feature++) {
    let [rest, stride] = [feature, 1];
    for (let axis = item.length - 1; axis >= 0; axis--) {
      if (shape[axis] !== 1) index[feature] += (rest % item[axis]) * stride;
      rest = Math.floor(rest / item[axis]);
      stride *= shape[axis];
    }
  }
  return index;
}
