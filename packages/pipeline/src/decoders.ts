import type { Tensor } from "@deep-compression/network";
import type { Sent } from "@deep-compression/runtime";
import type { DecodeJob, StoredJob } from "./decode-jobs";
import { rawWeight, type StoredWeightOf, storedWeight } from "./stored-weights";
import { decodeTensor, dequantizeTensor, type StoredTensor, type TensorEntry } from "./tensor-entry";

/** What makes tensors of the sections of a file. */
export interface Decoders {
  /** @throws FormatError naming the tensor */
  decodeTensor(entry: TensorEntry, bytes: Uint8Array): StoredTensor;
  /** @throws FormatError naming the tensor */
  dequantizeTensor(stored: StoredTensor): Tensor;
  /** @throws FormatError naming the tensor */
  storedWeight(stored: StoredTensor): StoredWeightOf | Tensor;
  rawWeight(tensor: Tensor): StoredWeightOf | Tensor;
}

/** What workers run: decoders, and what answers their pool. */
export interface BundledDecoders extends Decoders {
  answer(jobs: readonly (DecodeJob | StoredJob)[]): Sent<readonly (Tensor | StoredTensor | undefined)[]>;
}

export const DECODERS: Decoders = { decodeTensor, dequantizeTensor, storedWeight, rawWeight };
