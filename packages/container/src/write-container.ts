import { concatenated } from "@deep-compression/bits";
import { checkInteger, describeValue } from "@deep-compression/runtime";
import { checksummed } from "./checksums";
import { type ContainerContent, checkContent, type Section, type TensorRecord } from "./content";
import { type DirectoryDraft, encodeDirectory } from "./directory";
import { encodeHeader } from "./header";
import { encodeModel, MAX_MODEL_BYTES, type Model } from "./model";
import type { PackedBytes } from "./packed-bytes";

/**
 * The bytes of a `.dcz` file: header, directory, model and sections back to back (docs/format.md, "File").
 * The same content gives the same bytes.
 *
 * @throws TypeError, RangeError if the content breaks a limit that readers hold it to
 */
export function writeContainer(content: ContainerContent): Uint8Array {
  return concatenated(writeContainerParts(content));
}

/** As {@link writeContainer}, but the parts of the file one after the other: no second copy of it is in memory. */
export function writeContainerParts(content: ContainerContent): readonly Uint8Array[] {
  checkContent(content);
  const { metadata = {}, model, tensors } = content;
  const stored = model && encodeModel(model, tensors);
  if (model && stored) {
    const length = Math.max(stored.stored.length, stored.plainLength);
    checkInteger(`bytes of the ${model.kind}`, length, { maximum: MAX_MODEL_BYTES[model.kind] });
  }
  const directory = encodeDirectory({
    metadata,
    model: model && stored && modelDraft(model, stored),
    tensors: tensors.map((tensor) => ({
      ...tensor,
      sections: ownSections(tensor).map(({ kind, bytes }) => ({ kind, ...checksummed(bytes) })),
    })),
  });
  const sections = tensors.flatMap((tensor) => ownSections(tensor).map(({ bytes }) => bytes));
  return [encodeHeader(directory), directory, ...(stored ? [stored.stored] : []), ...sections];
}

/** What the directory says of a model. */
function modelDraft({ kind }: Model, { stored, packing, plainLength }: PackedBytes): DirectoryDraft["model"] {
  return { kind, packing, plainLength, ...checksummed(stored) };
}

/** The sections that stand in the file for a tensor. @throws RangeError if there is none */
function ownSections({ name, sections, repeats }: TensorRecord): readonly Section[] {
  if (repeats !== undefined) return [];
  if (sections.length > 0) return sections;
  throw new RangeError(`tensor ${describeValue(name)}: sections: expected at least one, got none`);
}
