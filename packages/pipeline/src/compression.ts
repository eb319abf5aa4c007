import {
  type ContainerContent,
  checkContent,
  inspectContainer,
  type Section,
  writeContainer,
} from "@deep-compression/container";
import { assertTensor, ELEMENT_TYPES, encodeGraph, type Tensor } from "@deep-compression/network";
import { compressionToTarget } from "./compression-to-target";
import { type Ledger, type LedgerRow, ledger } from "./ledger";
import { codedRow, rawRow, withDirectoryBytes } from "./ledger-row";
import { excessElements, FREE_ELEMENTS, MAX_ARRAY_BYTES } from "./limits";
import type { Plan, TensorPlan } from "./plan";
import { SECTION_KINDS } from "../../tensor-codec/src/section-flags";
import { splitSection } from "../../tensor-codec/src/section-parts";
import { tensorPlans } from "./tensor-plans";
import { type TensorSection, tensorSection } from "./tensor-section";
import { assertOutline, type NetworkOutline } from "./tensor-source";

/** A finished file and where its bytes went. */
export interface Compressed {
  readonly bytes: Uint8Array;
  readonly ledger: Ledger;
}

/** Yields the index of a tensor that it wants to read, and is given its bytes. */
export type Compression<Result> = Generator<number, Result, Uint8Array>;

/** A section and its row of the ledger, but for the tensor's entry in the directory. */
export interface CountedSection {
  readonly section: TensorSection;
  readonly row: LedgerRow;
}

/**
 * Compresses a network tensor by tensor: of what it reads only the sections are kept. The synchronous and the asynchronous
 * `compress` are its two drivers.
 *
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong
 */
export function* compression(outline: NetworkOutline, plan: Plan): Compression<Compressed> {
  assertOutline(outline);
  const names = outline.tensors.map(({ name }) => name);
  const byName = tensorPlans(plan, names);
  checkContent(fileContent(outline, plan, () => [])); // what no file can hold is refused before the work, not after
  const plans = names.map((name) => byName.get(name) ?? plan.default);
  const targeted = plan.targetBytes !== undefined || plan.maxError !== undefined;
  if (targeted) return yield* compressionToTarget(outline, plan, plans);
  return fileOf(outline, plan, yield* encodedTensors(outline, plans));
}

/** Every tensor's section by its own plan. */
export function* encodedTensors(
  { tensors }: NetworkOutline,
  plans: readonly TensorPlan[],
): Compression<CountedSection[]> {
  const sections: CountedSection[] = [];
  let freeElements = FREE_ELEMENTS;
  for (let i = 0; i < tensors.length; i++) {
    const { name, type, shape } = tensors[i];
    const tensor: Tensor = { name, type, shape, bytes: yield i };
    assertTensor(tensor);
    const section = tensorSection(tensor, plans[i], freeElements);
    if (section.kind !== SECTION_KINDS.raw)
      freeElements -= excessElements(tensor.bytes.length / 4, section.bytes.length);
    sections.push(counted(tensor, section));
  }
  return sections;
}

function counted({ name, type, shape }: Tensor, section: TensorSection): CountedSection {
  const { stored, bytes, reason, energy, distortion } = section;
  const row =
    stored === undefined
      ? rawRow({ name, type, shape, bytes })
      : codedRow({ name, type, shape }, splitSection({ form: stored.form, bytes, shape, baseOffset: 0 }), stored);
  const error = energy > 0 ? distortion / energy : 0;
  // The codes are counted; of the section only the bytes are needed now.
  const { stored: _, ...rest } = section;
  return { section: rest, row: { ...row, error, ...(reason !== undefined && { reason }) } };
}

/** The file of the sections. */
export function fileOf(outline: NetworkOutline, plan: Plan, counts: readonly CountedSection[]): Compressed {
  const total = counts.reduce((sum, { section }) => sum + section.bytes.length, 0);
  if (total > MAX_ARRAY_BYTES) {
    throw new RangeError(`network: expected a file of at most ${MAX_ARRAY_BYTES} bytes, got one of more than ${total}`);
  }
  const bytes = writeContainer(fileContent(outline, plan, (i) => [counts[i].section]));
  const file = inspectContainer(bytes);
  const rows = file.tensors.map((info, i) => withDirectoryBytes(counts[i].row, info.directoryBytes));
  return { bytes, ledger: ledger(file, rows) };
}

function fileContent(
  { graph, metadata, tensors }: NetworkOutline,
  plan: Plan,
  sectionsOf: (index: number) => readonly Section[],
): ContainerContent {
  return {
    metadata: { ...metadata, ...plan.metadata },
    ...(graph && { graph: encodeGraph(graph, { tensorNames: tensors.map(({ name }) => name) }) }),
    tensors: tensors.map(({ name, type, shape }, i) => ({
      name,
      type: ELEMENT_TYPES[type].code,
      shape,
      sections: sectionsOf(i),
    })),
  };
}
