import { deflateRawSync } from "node:zlib";
import { elementCount, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { floatTensor, isFloatType, numericValues, type Tensor, tensorUses } from "@deep-compression/network";
import type { Executor, NamedTensors } from "@deep-compression/network-calibration";
import type { SizeAndError } from "./calibration-page";
import { differencesOf, outputsOf } from "./network-outputs";
import type { RunnableNetwork } from "./whole-network";

/** A weight rounded, and the bytes that stand for it. */
interface Rounded {
  readonly values: Float32Array;
  readonly stored: readonly Uint8Array[];
}

const BLOCK = 32;

/** What most tools make of weights, to compare with: nothing is known of inputs. */
const WAYS: Readonly<Record<string, (tensor: Tensor) => Rounded>> = {
  "int8 a channel, deflated": bytesByChannel,
  "4 bits, blocks of 32, deflated": halfBytesByBlock,
};

/** Sizes and errors of the network with its weights rounded by themselves, in the ways that others do. */
export async function plainWays(
  network: RunnableNetwork,
  heldOut: readonly NamedTensors[],
  executor: Executor,
): Promise<Readonly<Record<string, SizeAndError>>> {
  const right = await outputsOf(network, heldOut, executor);
  const uses = tensorUses(network);
  const found: [string, SizeAndError][] = [];
  for (const [name, round] of Object.entries(WAYS)) {
    const stored: Uint8Array[] = [];
    const tensors = network.tensors.map((tensor) => {
      if (!uses.get(tensor.name)?.isWeight || !isFloatType(tensor.type) || tensor.type !== "float32") {
        stored.push(tensor.bytes);
        return tensor;
      }
      const rounded = round(tensor);
      stored.push(...rounded.stored);
      return floatTensor(tensor.name, tensor.shape, rounded.values);
    });
    const outputs = await outputsOf({ ...network, tensors }, heldOut, executor);
    const bytes = stored.reduce((sum, part) => sum + deflateRawSync(part, { level: 9 }).length, 0);
    const differences = differencesOf(network.graph.outputs, { dense: right, compressed: outputs });
    const errors = Object.values(differences).map(({ relativeError }) => relativeError);
    found.push([name, { bytes, outputError: Math.max(0, ...errors) }]);
  }
  return Object.fromEntries(found);
}

/** A weight rounded to so many bits with a scale for each row of its first axis. */
export function roundedByRow(tensor: Tensor, bits: number): Float32Array {
  const values = numericValues(tensor);
  const groups = tensor.shape[0] ?? 1;
  const size = Math.max(1, values.length / Math.max(1, groups));
  return byGroup(values, { groups, groupOf: (i) => Math.floor(i / size), most: 2 ** (bits - 1) - 1 }).values;
}

/** A scale for each channel, along the first axis or the last, whichever loses less. */
function bytesByChannel(tensor: Tensor): Rounded {
  const values = numericValues(tensor);
  const first = tensor.shape[0] ?? 1;
  const last = tensor.shape.at(-1) ?? 1;
  const perFirst = values.length / Math.max(1, first);
  const ways = [
    byGroup(values, { groups: first, groupOf: (i) => Math.floor(i / perFirst), most: 127 }),
    byGroup(values, { groups: last, groupOf: (i) => i % last, most: 127 }),
  ];
  const error = ({ values: own }: { readonly values: Float32Array }) =>
    own.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
  const [a, b] = ways as [(typeof ways)[0], (typeof ways)[0]];
  const { codes, scales, values: rounded } = error(b) < error(a) ? b : a;
  return { values: rounded, stored: [new Uint8Array(codes.buffer), new Uint8Array(scales.buffer)] };
}

function halfBytesByBlock(tensor: Tensor): Rounded {
  const values = numericValues(tensor);
  const groups = Math.ceil(elementCount(tensor.shape) / BLOCK);
  const found = byGroup(values, { groups, groupOf: (i) => Math.floor(i / BLOCK), most: 7, halves: true });
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  for (const [i, code] of found.codes.entries()) packed[i >> 1]! |= (code & 15) << (4 * (i & 1));
  const scales = Uint16Array.from(found.scales, toFloat16);
  return { values: found.values, stored: [packed, new Uint8Array(scales.buffer)] };
}

/** Multiples of a scale, that of its group, up to so many. */
function byGroup(
  values: Float32Array,
  options: {
    readonly groups: number;
    readonly groupOf: (i: number) => number;
    readonly most: number;
    readonly halves?: boolean;
  },
) {
  const { groups, groupOf, most, halves } = options;
  const scales = new Float32Array(groups);
  for (const [i, value] of values.entries()) scales[groupOf(i)] = Math.max(scales[groupOf(i)]!, Math.abs(value) / most);
  if (halves) for (const [i, scale] of scales.entries()) scales[i] = fromFloat16(toFloat16(scale));
  const codes = new Int8Array(values.length);
  const rounded = new Float32Array(values.length);
  for (const [i, value] of values.entries()) {
    const scale = scales[groupOf(i)]!;
    codes[i] = scale === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(value / scale)));
    rounded[i] = codes[i]! * scale;
  }
  return { codes, scales, values: rounded };
}
