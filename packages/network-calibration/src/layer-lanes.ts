import { numericValues, type Tensor } from "@deep-compression/network";
import type { BehindLayer } from "./behind-layer";
import { oneGroup, placesThatRun } from "./branch-groups";
import type { NamedTensors } from "./executor";
import { type LaneRun, lanesAt, type MovingLanes, runLanes } from "./lanes";
import type { Layer } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/** What a layer is given in the lanes, batch by batch, with the same arrays where these do not differ. */
export interface LayerLanes {
  /** The batches that come to the layer. */
  readonly places: readonly number[];
  /** Absent where it is not asked for. */
  readonly dense: readonly LayerBatch[] | undefined;
  readonly compressed: readonly LayerBatch[];
}

/** What a layer is given in the lanes, and what its outputs are added to where that is known already. */
export async function layerLanes(
  layer: Layer,
  allLanes: MovingLanes,
  { skip, run }: Pick<BehindLayer, "skip"> & { readonly run: Omit<LaneRun, "needed"> },
): Promise<LayerLanes> {
  const places = placesThatRun(run.groups, layer.node).filter((place) => place < allLanes.compressed.length);
  const lanes = lanesAt(allLanes, places);
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
    places,
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
  const groups = oneGroup(lanes.compressed.length);
  const made = await runLanes(lanes, part, { ...run, groups, needed: new Set([named]) });
  const statesIn = (batches: readonly NamedTensors[]) => batches.map((own) => new Map([[STATES, own.get(named)!]]));
  return { dense: made.dense && statesIn(made.dense), compressed: statesIn(made.compressed) };
}
