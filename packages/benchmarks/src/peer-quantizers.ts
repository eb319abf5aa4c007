import { spawnSync } from "node:child_process";
import { toFloat16 } from "@deep-compression/bits";
import { writeOnnx } from "@deep-compression/model-io";
import { floatTensor, type Network, type Tensor, tensorUses } from "@deep-compression/network";
import { type PlainRounding, roundedByBlock, roundedByChannel } from "@deep-compression/network-calibration";

/** A model as others quantize it. */
export interface QuantizedModel {
  /** An ONNX file whose weights have the rounded values. */
  readonly onnx: Uint8Array;
  /** What it takes to store: codes, scales and the rest of the file. */
  readonly bytes: number;
}

const BLOCK = 32;

/** Bytes of what a packer makes of some. */
type Packer = (bytes: Uint8Array) => number;

/** 8 bits a weight and a float32 scale a channel, all of it packed by `xz -9`, or by another packer. */
export function bytesByChannel(network: Network, packer: Packer = xzLength): QuantizedModel {
  const round = (weight: Tensor) => {
    const { values, codes, scales } = roundedByChannel(weight, 8);
    return { values, stored: [new Uint8Array(codes.buffer), new Uint8Array(scales.buffer)] };
  };
  return packed(network, round, packer);
}

/** 4 bits a weight, two in a byte, and a float16 scale for 32 of them, all of it packed by `xz -9`. */
export function halfBytesByBlock(network: Network): QuantizedModel {
  const round = (weight: Tensor) => {
    const rounding = roundedByBlock(weight, { bits: 4, block: BLOCK });
    return { values: rounding.values, stored: halfBytes(rounding) };
  };
  return packed(network, round, xzLength);
}

/** Codes of 4 bits, two in a byte, and their scales. */
export function halfBytes({ codes, scales }: PlainRounding): readonly Uint8Array[] {
  const pairs = new Uint8Array(Math.ceil(codes.length / 2));
  for (const [i, code] of codes.entries()) pairs[i >> 1]! |= (code & 15) << (4 * (i & 1));
  return [pairs, new Uint8Array(Uint16Array.from(scales, toFloat16).buffer)];
}

function packed(
  network: Network,
  round: (weight: Tensor) => { readonly values: Float32Array; readonly stored: readonly Uint8Array[] },
  packer: Packer,
): QuantizedModel {
  const rounded = float32Weights(network).map((weight) => ({ weight, ...round(weight) }));
  const values = new Map(
    rounded.map(({ weight: { name, shape }, values: own }) => [name, floatTensor(name, shape, own)]),
  );
  const stored = rounded.flatMap((one) => one.stored);
  return { onnx: withTensors(network, values), bytes: packer(Buffer.concat([...stored, restOf(network)])) };
}

/** Weights of the graph in float32: what is quantized. */
export function float32Weights(network: Network): readonly Tensor[] {
  const uses = tensorUses(network);
  return network.tensors.filter(({ name, type }) => type === "float32" && uses.get(name)?.isWeight);
}

/** The network as an ONNX file, some of its tensors exchanged. */
export function withTensors(network: Network, changed: ReadonlyMap<string, Tensor>): Uint8Array {
  return writeOnnx({ ...network, tensors: network.tensors.map((tensor) => changed.get(tensor.name) ?? tensor) });
}

/** The ONNX file with zeros for the weights, of which nothing is left once it is packed. */
export function restOf(network: Network): Uint8Array {
  const zeros = float32Weights(network).map(({ name, shape, bytes }) => {
    return [name, floatTensor(name, shape, new Float32Array(bytes.length / 4))] as const;
  });
  return withTensors(network, new Map(zeros));
}

/** Bytes of what `xz -9` makes. @throws Error where there is none */
export function xzLength(bytes: Uint8Array): number {
  const { status, stdout, error } = spawnSync("xz", ["-9", "--stdout"], {
    input: bytes,
    maxBuffer: 2 * bytes.length + 4096,
  });
  if (status !== 0) throw new Error(`xz failed: ${error?.message ?? status}`);
  return stdout.length;
}
