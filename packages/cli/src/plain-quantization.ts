import { deflateRawSync } from "node:zlib";
import { toFloat16 } from "@deep-compression/bits";
import { floatTensor, isFloatType, type Tensor, tensorUses } from "@deep-compression/network";
import {
  type Executor,
  type NamedTensors,
  roundedByBlock,
  roundedByChannel,
} from "@deep-compression/network-calibration";
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

function bytesByChannel(tensor: Tensor): Rounded {
  const { values, codes, scales } = roundedByChannel(tensor, 8);
  return { values, stored: [new Uint8Array(codes.buffer), new Uint8Array(scales.buffer)] };
}

function halfBytesByBlock(tensor: Tensor): Rounded {
  const { values, codes, scales } = roundedByBlock(tensor, { bits: 4, block: BLOCK });
  const packed = new Uint8Array(Math.ceil(codes.length / 2));
  for (const [i, code] of codes.entries()) packed[i >> 1]! |= (code & 15) << (4 * (i & 1));
  return { values, stored: [packed, new Uint8Array(Uint16Array.from(scales, toFloat16).buffer)] };
}
