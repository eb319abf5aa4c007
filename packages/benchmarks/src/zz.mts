import { readFileSync, writeFileSync } from "node:fs";
import { readOnnx, writeOnnx } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Node, type Tensor, tensorUses } from "@deep-compression/network";

const [from, to, kind = "int8"] = process.argv.slice(2);
const network = readOnnx(readFileSync(from!));
const uses = tensorUses(network);
const tensors: Tensor[] = [];
const nodes: Node[] = [];
const weights = network.tensors.filter(
  ({ name, type, shape }) =>
    type === "float32" &&
    uses.get(name)?.isWeight &&
    shape.length >= 2 &&
    /Conv|MatMul/.test(uses.get(name)!.as) &&
    !network.graph!.nodes.some((n) => ["Transpose", "Reshape", "Constant"].includes(n.op) && n.inputs.includes(name)),
);
const chosen = new Set(weights.map(({ name }) => name));
// Constants as values of Constant nodes are left.
for (const t of network.tensors) {
  if (!chosen.has(t.name)) {
    tensors.push(t);
    continue;
  }
  const v = floatValues(t);
  const conv = t.shape.length > 2;
  const axis = conv ? 0 : t.shape.length - 1;
  const n = kind === "int8" ? t.shape[axis]! : 1;
  const stride = t.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const ch = (i: number) => Math.floor(i / stride) % n;
  const lo = new Float32Array(n),
    hi = new Float32Array(n);
  v.forEach((x, i) => {
    lo[ch(i)] = Math.min(lo[ch(i)]!, x);
    hi[ch(i)] = Math.max(hi[ch(i)]!, x);
  });
  const scale = lo.map((l, c) => (kind === "int8" ? Math.max(-l, hi[c]!) / 127 || 1 : (hi[c]! - l) / 255));
  const zero = kind === "int8" ? 0 : Math.round(-lo[0]! / scale[0]!);
  const bytes = new Uint8Array(v.length);
  v.forEach((x, i) => {
    bytes[i] = Math.max(
      kind === "int8" ? -127 : 0,
      Math.min(kind === "int8" ? 127 : 255, Math.round(x / scale[ch(i)]!) + zero),
    );
  });
  const type = kind === "int8" ? "int8" : "uint8";
  tensors.push({ name: `${t.name}_q`, type, shape: t.shape, bytes });
  tensors.push(floatTensor(`${t.name}_s`, kind === "int8" ? [n] : [], scale));
  tensors.push({ name: `${t.name}_z`, type, shape: kind === "int8" ? [n] : [], bytes: new Uint8Array(n).fill(zero) });
  nodes.push({
    op: "DequantizeLinear",
    inputs: [`${t.name}_q`, `${t.name}_s`, `${t.name}_z`],
    outputs: [t.name],
    attributes: kind === "int8" ? { axis } : {},
  });
}
const graph = {
  ...network.graph!,
  opset: Math.max(13, network.graph!.opset),
  nodes: [...nodes, ...network.graph!.nodes],
};
writeFileSync(to!, writeOnnx({ ...network, graph, tensors }));
console.log(chosen.size, "weights of", network.tensors.length);
