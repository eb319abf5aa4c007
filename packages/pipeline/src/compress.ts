import { exactCodebook } from "@deep-compression/codebook";
import { inspectContainer, type TensorRecord, writeContainer } from "@deep-compression/container";
import {
  assertNetwork,
  elementTypes,
  encodeGraph,
  floatValues,
  type Network,
  type Tensor,
} from "@deep-compression/network";
import { fitsFloat16 } from "./centroid-bytes";
import { chooseForm } from "./choose-form";
import { type Ledger, ledger } from "./ledger";
import { ledgerRow } from "./ledger-row";
import { excessElements, FREE_ELEMENTS } from "./limits";
import { type Plan, type TensorPlan, tensorPlans } from "./plan";
import { SECTION_KINDS } from "./section-flags";
import { plannedValues } from "./shared-values";
import { decodeTensor } from "./stored-tensor";
import { encodeWeight } from "./weight-section";

/** A finished file and where its bytes went. */
export interface Compressed {
  readonly bytes: Uint8Array;
  readonly ledger: Ledger;
}

/** The section of a tensor, and why it is not what the plan asked for, if so. */
interface TensorSection {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly reason?: string;
}

/**
 * A network as a `.dcz` file: each tensor pruned and shared as the plan says (Deep Compression, sections 2 and 3), its
 * codes and positions Huffman coded (section 4) in whatever form takes the fewest bytes. A tensor that declines a
 * stage is stored as it is, bit for bit, and its row in the ledger says why.
 *
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong
 */
export function compress(network: Network, plan: Plan): Compressed {
  assertNetwork(network);
  const { graph, tensors } = network;
  if (tensors.length === 0) throw new RangeError("network.tensors: expected a model with weights, got none");
  const names = tensors.map(({ name }) => name);
  const plans = tensorPlans(plan, names);
  let freeElements = FREE_ELEMENTS;
  const sections = tensors.map((tensor) => {
    const section = tensorSection(tensor, plans.get(tensor.name) ?? plan.default, freeElements);
    if (section.kind !== SECTION_KINDS.raw)
      freeElements -= excessElements(tensor.bytes.length / 4, section.bytes.length);
    return section;
  });
  const records: TensorRecord[] = tensors.map(({ name, type, shape }, i) => ({
    name,
    type: elementTypes[type].code,
    shape,
    sections: [sections[i]],
  }));
  const bytes = writeContainer({
    metadata: { ...network.metadata, ...plan.metadata },
    ...(graph && { graph: encodeGraph(graph, { tensorNames: names }) }),
    tensors: records,
  });
  return { bytes, ledger: ledgerWithReasons(bytes, sections) };
}

/** Reads back what was written: the ledger counts the file, not the intention. */
function ledgerWithReasons(bytes: Uint8Array, sections: readonly TensorSection[]): Ledger {
  const file = inspectContainer(bytes);
  const rows = file.tensors.map((info, i) => {
    const row = ledgerRow(info, decodeTensor(info, [sections[i]]));
    const { reason } = sections[i];
    return reason === undefined ? row : { ...row, reason };
  });
  return ledger(file, rows);
}

/** How one tensor is stored, if coded ones may still unfold to `freeElements` more than their bytes justify. */
export function tensorSection(tensor: Tensor, plan: TensorPlan, freeElements: number): TensorSection {
  if (tensor.type !== "float32") return raw(tensor.bytes, `${tensor.type}: only float32 is coded`);
  const values = floatValues(tensor);
  if (values.length === 0) return raw(tensor.bytes, "no elements");
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) return raw(tensor.bytes, `element ${odd} is ${values[odd]}: only finite weights are coded`);
  return codedSection(tensor, values, { plan, freeElements });
}

function codedSection(
  { shape }: Tensor,
  values: Float32Array,
  { plan, freeElements }: { readonly plan: TensorPlan; readonly freeElements: number },
): TensorSection {
  const { form = "auto", gapBits = "auto", compactLines = "auto", order = "auto", centroids: wanted = "auto" } = plan;
  const { pruned, shared, reason } = plannedValues(values, plan);
  const rawBytes = new Uint8Array(pruned.buffer, pruned.byteOffset, pruned.byteLength);
  if (form === "raw" || plan.share === "none") return raw(rawBytes, "the plan asks for no codes");
  const exact = exactCodebook(shared);
  if (exact === undefined) return raw(rawBytes, whyNotExact(shared));
  const precision = wanted !== "float32" && fitsFloat16(exact.centroids) ? "float16" : "float32";
  const stored = chooseForm({ shape, ...exact }, { form, gapBits, compactLines, order, precision });
  if (stored === undefined) return raw(rawBytes, `holds -0, whose sign the form ${form} does not keep`);
  const bytes = encodeWeight(stored, precision);
  if (form === "auto" && bytes.length >= rawBytes.length) {
    return raw(rawBytes, `too small to gain: ${bytes.length} bytes coded, ${rawBytes.length} raw`);
  }
  if (excessElements(values.length, bytes.length) > freeElements) {
    return raw(rawBytes, `${values.length} elements in ${bytes.length} bytes: readers would refuse so few`);
  }
  return { kind: SECTION_KINDS[stored.form], bytes, ...(reason !== undefined && { reason }) };
}

function raw(bytes: Uint8Array, reason: string): TensorSection {
  return { kind: SECTION_KINDS.raw, bytes, reason };
}

function whyNotExact(values: Float32Array): string {
  const bothZeros = values.some((value) => Object.is(value, -0)) && values.some((value) => Object.is(value, 0));
  return bothZeros ? "holds both 0 and -0 (see negativeZero)" : "more than 65536 distinct values";
}
