import { elementCount } from "@deep-compression/bits";
import { type ContainerContent, inspectContainer, writeContainer } from "@deep-compression/container";
import { assertTensor, ELEMENT_TYPES, type NetworkOutline, type Tensor } from "@deep-compression/network";
import { encodeGraph } from "@deep-compression/network/graph-encoding";
import { MAX_ARRAY_BYTES } from "@deep-compression/runtime";
import { contextTime, kindNumber, NO_BYTES, type SectionKind } from "@deep-compression/tensor-codec";
import { type Allowance, leftOf } from "./allowance";
import { type EncodedTensor, encodeTensor } from "./encode-tensor";
import { freeElementsOf } from "./expansion-limit";
import { type Ledger, type LedgerRow, ledgerOf, tensorRow, withEntry } from "./ledger";
import { envelopeOf, type Outline, type StoredSection, staysInSkeleton } from "./model-skeleton";
import type { Plan, TensorPlan } from "./plan";
import { storedOnce } from "./stored-once";
import { isExpanded, type StoredTensor, type TensorEntry } from "./tensor-entry";

/** A finished file and where its bytes went. */
export interface Compressed {
  readonly bytes: Uint8Array;
  readonly ledger: Ledger;
}

/** Yields the index of a tensor that it wants to read, and is given its bytes. */
export type Compression<Result> = Generator<number, Result, Uint8Array>;

/** A tensor's section, counted: its codes are let go. */
export interface CountedTensor extends StoredSection {
  /** What it has of that which all tensors may have together. */
  readonly used: Allowance;
  /** Its row of the ledger, but for the tensor's entry in the directory. */
  readonly row: LedgerRow;
}

/** The section of every tensor, or of those at some indices, by its own plan. */
export function* encodedTensors(
  { tensors }: NetworkOutline,
  plans: readonly TensorPlan[],
  options: { readonly allowance: Allowance; readonly indices?: readonly number[] },
): Compression<CountedTensor[]> {
  const { indices = tensors.map((_, index) => index) } = options;
  const counted: CountedTensor[] = [];
  let { allowance } = options;
  for (const index of indices) {
    const { name, type, shape } = tensors[index]!;
    const one = encodedTensor({ name, type, shape, bytes: yield index }, plans[index]!, allowance);
    allowance = leftOf(allowance, one.used);
    counted.push(one);
  }
  return counted;
}

/** One tensor's section by its plan, of what coded ones may still have. */
export function encodedTensor(tensor: Tensor, plan: TensorPlan, allowance: Allowance): CountedTensor {
  assertTensor(tensor);
  return countedTensor(tensor, encodeTensor(tensor, plan, allowance));
}

function countedTensor(head: Pick<TensorEntry, "name" | "type" | "shape">, encoded: EncodedTensor): CountedTensor {
  const { section, distortion, energy, declined } = encoded;
  const { isWrapped } = section;
  const isNarrowed = "isNarrowed" in section;
  const form = "stored" in section ? section.stored.form : section.form;
  const isScaled = "stored" in section && section.stored.scales !== undefined;
  const kind: SectionKind = {
    form,
    ...(isScaled && { isScaled }),
    ...(isNarrowed && { isNarrowed }),
    ...(isWrapped && { isWrapped }),
  };
  const row = tensorRow(storedTensor({ ...head, ...kind, offset: 0, directoryBytes: 0 }, section));
  const error = energy > 0 ? distortion / energy : 0;
  const elements = isExpanded(kind) ? elementCount(head.shape) : 0;
  return {
    error,
    used: {
      freeElements: freeElementsOf(elements, section.bytes.length),
      contextTime: form === "context" ? contextTime(row.weights, row.kept) : 0,
    },
    section: { kind: kindNumber(kind), bytes: section.bytes },
    row: { ...row, error, ...(declined && { declined: declined.kind, reason: declined.reason }) },
  };
}

function storedTensor(entry: TensorEntry, section: EncodedTensor["section"]): StoredTensor {
  if ("stored" in section) return { entry, form: "coded", section };
  const { form: rawForm, bytes, elements, sizes } = section;
  return { entry, form: "raw", bytes: elements, rawForm, sectionLength: bytes.length, ...(sizes && { sizes }) };
}

/** The file of the sections. */
export function fileOf(outline: Outline, plan: Plan, counted: readonly CountedTensor[]): Compressed {
  const total = counted.reduce((sum, { section }) => sum + section.bytes.length, 0);
  if (total > MAX_ARRAY_BYTES) {
    throw new RangeError(`network: expected a file of at most ${MAX_ARRAY_BYTES} bytes, got one of more than ${total}`);
  }
  const content = fileContent(outline, plan, (i) => counted[i]);
  const bytes = writeContainer({ ...content, tensors: storedOnce(content.tensors) });
  const file = inspectContainer(bytes);
  let next = 0;
  const rows = counted.map(({ row, ...stored }, i) => {
    if (staysInSkeleton(outline.skeleton, i, stored)) {
      const { before } = row.valueBits;
      return { ...row, form: "envelope" as const, valueBits: { before, after: before }, bytes: NO_BYTES };
    }
    const { directoryBytes, repeats } = file.tensors[next++]!;
    return { ...row, bytes: withEntry(repeats === undefined ? row.bytes : NO_BYTES, directoryBytes) };
  });
  return { bytes, ledger: ledgerOf(file, rows) };
}

/** What stands in the file: of a model its envelope, and the tensors that are worth a section of their own. */
export function fileContent(
  { graph, metadata, tensors, skeleton }: Outline,
  plan: Plan,
  storedOf: (index: number) => StoredSection | undefined,
): ContainerContent {
  const stays = (index: number) => staysInSkeleton(skeleton, index, storedOf(index));
  const records = tensors.map(({ name, type, shape }, i) => {
    const stored = storedOf(i);
    return { name, type: ELEMENT_TYPES[type].code, shape, sections: stored === undefined ? [] : [stored.section] };
  });
  if (skeleton !== undefined) {
    const model = { kind: "envelope" as const, envelope: envelopeOf(skeleton, stays) };
    return { ...(plan.metadata && { metadata: plan.metadata }), model, tensors: records.filter((_, i) => !stays(i)) };
  }
  const tensorNames = tensors.map(({ name }) => name);
  return {
    metadata: { ...metadata, ...plan.metadata },
    ...(graph && { model: { kind: "graph", bytes: encodeGraph(graph, { tensorNames }) } }),
    tensors: records,
  };
}
