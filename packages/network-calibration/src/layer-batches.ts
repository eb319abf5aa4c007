import { numericValues, type Tensor } from "@deep-compression/network";
import type { BehindLayer } from "./behind-layer";
import type { NamedTensors } from "./executor";
import { type LaneRun, type Lanes, runLanes } from "./lanes";
import type { Layer } from "./layer";
import type { LayerBatch } from "./layer-statistics";
import type { ShapedValues } from "./matrix-rows";

/** What a layer is given in both lanes, batch by batch, and what its outputs are added to where that is known already. */
export async function layerBatches(
  layer: Layer,
  lanes: Lanes,
  { skip, run }: Pick<BehindLayer, "skip"> & { readonly run: Omit<LaneRun, "needed"> },
): Promise<readonly LayerBatch[]> {
  const states = layer.isRecurrent ? await statesOf(layer, lanes, run) : undefined;
  return lanes.dense.map((values, i) => {
    const others = lanes.compressed[i]!;
    const tensors = run.network.tensors;
    const initialOf = (own: NamedTensors) => {
      const name = layer.isRecurrent ? (layer.node.inputs[5] ?? "") : "";
      const initial = own.get(name) ?? tensors.find((tensor) => tensor.name === name);
      return initial && numericValues(initial);
    };
    const [dense, compressed] = inBoth(
      states?.dense[i] ?? values.get(layer.input),
      states?.compressed[i] ?? others.get(layer.input),
    );
    const initial = initialOf(values);
    const initialThere = values === others ? initial : initialOf(others);
    const batch = {
      dense: { ...dense, ...(initial && { initial }) },
      compressed: { ...compressed, ...(initialThere && { initial: initialThere }) },
    };
    return { ...batch, ...skipOf(layer, skip, [values, others]) };
  });
}

/** The numbers of a value in both lanes, the same array where it is the same value. */
function inBoth(dense: Tensor | undefined, compressed: Tensor | undefined): readonly [ShapedValues, ShapedValues] {
  const { shape } = dense!;
  const values = numericValues(dense!);
  const same = dense === compressed;
  return [
    { shape, values },
    { shape, values: same ? values : numericValues(compressed!) },
  ];
}

function skipOf(layer: Layer, name: string | undefined, [values, others]: readonly [NamedTensors, NamedTensors]) {
  const skip = values.get(name ?? "");
  const other = others.get(name ?? "");
  if (skip === undefined || other === undefined || layer.outputInner === undefined) return {};
  const [dense, compressed] = inBoth(skip, other);
  return { skip: { dense: dense.values, compressed: compressed.values, inner: layer.outputInner(skip.shape) } };
}

/** The hidden states of a recurrent node in both lanes, by batch: its own first output, with a name if it has none. */
async function statesOf({ node }: Layer, lanes: Lanes, run: Omit<LaneRun, "needed">) {
  const named = node.outputs[0] || `${node.outputs.find((name) => name !== "")}/states`;
  const values = lanes.dense[0] ?? new Map();
  const part = {
    nodes: [{ ...node, outputs: [named, ...node.outputs.slice(1)] }],
    reads: [...new Set(node.inputs)].filter((name) => values.has(name)),
    makes: [named],
  };
  const { dense, compressed } = await runLanes(lanes, part, { ...run, needed: new Set([named]) });
  return {
    dense: dense.map((own) => own.get(named)!),
    compressed: compressed.map((own) => own.get(named)!),
  };
}
