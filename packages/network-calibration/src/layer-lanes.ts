import { numericValues, type Tensor } from "@deep-compression/network";
import type { BehindLayer } from "./behind-layer";
import type { NamedTensors } from "./executor";
import { type LaneRun, type MovingLanes, runLanes } from "./lanes";
import type { Layer } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/** What a layer is given in the lanes, batch by batch, with the same arrays where these do not differ. */
export interface LayerLanes {
  /** Absent where it is not asked for. */
  readonly dense: readonly LayerBatch[] | undefined;
  readonly compressed: readonly LayerBatch[];
}

/** What a layer is given in the lanes, and what its outputs are added to where that is known already. */
export async function layerLanes(
  layer: Layer,
  lanes: MovingLanes,
  { skip, run }: Pick<BehindLayer, "skip"> & { readonly run: Omit<LaneRun, "needed"> },
): Promise<LayerLanes> {
  const inputs = layer.isRecurrent ? await statesOf(layer, lanes, run) : lanes;
  const numbers = numbersByTensor();
  const initialName = layer.isRecurrent ? (layer.node.inputs[5] ?? "") : "";
  const batchesOf = (own: readonly NamedTensors[], ofInputs: readonly NamedTensors[]) =>
    own.map((values, i) => {
      const input = ofInputs[i]!.get(layer.isRecurrent ? STATES : layer.input)!;
      const initial = values.get(initialName) ?? run.network.tensors.find(({ name }) => name === initialName);
      const added = layer.outputInner === undefined ? undefined : values.get(skip ?? "");
      return {
        input: { shape: input.shape, values: numbers(input), ...(initial && { initial: numbers(initial) }) },
        ...(added && { skip: { values: numbers(added), inner: layer.outputInner!(added.shape) } }),
      };
    });
  return {
    dense: lanes.dense && batchesOf(lanes.dense, inputs.dense!),
    compressed: batchesOf(lanes.compressed, inputs.compressed),
  };
}

/** The numbers of tensors, the same array each time. */
function numbersByTensor(): (tensor: Tensor) => Float32Array {
  const known = new Map<Tensor, Float32Array>();
  return (tensor) => {
    const values = known.get(tensor) ?? numericValues(tensor);
    known.set(tensor, values);
    return values;
  };
}

const STATES = "states";

/** The hidden states of a recurrent node in the lanes, by batch: its own first output, with a name if it has none. */
async function statesOf({ node }: Layer, lanes: MovingLanes, run: Omit<LaneRun, "needed">): Promise<MovingLanes> {
  const named = node.outputs[0] || `${node.outputs.find((name) => name !== "")}/states`;
  const values = lanes.compressed[0] ?? new Map();
  const part = {
    nodes: [{ ...node, outputs: [named, ...node.outputs.slice(1)] }],
    reads: [...new Set(node.inputs)].filter((name) => values.has(name)),
    makes: [named],
  };
  const made = await runLanes(lanes, part, { ...run, needed: new Set([named]) });
  const statesIn = (batches: readonly NamedTensors[]) => batches.map((own) => new Map([[STATES, own.get(named)!]]));
  return { dense: made.dense && statesIn(made.dense), compressed: statesIn(made.compressed) };
}
