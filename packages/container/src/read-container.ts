import { checkRange } from "./checksums";
import type { ContainerContent } from "./content";
import { decodeModel } from "./model";
import { inspectContainer } from "./open-container";
import { sectionName } from "./tensor-record";

/**
 * All that a file in memory holds, checked against its checksums: the mirror of `writeContainer`. Sections are views into the
 * bytes.
 *
 * @throws FormatError, TypeError
 */
export function readContainer(bytes: Uint8Array): ContainerContent {
  const { metadata, model, tensors } = inspectContainer(bytes);
  const viewOf = ({ offset, length }: { readonly offset: number; readonly length: number }) =>
    bytes.subarray(offset, offset + length);
  if (model !== undefined) checkRange(model, viewOf(model), { section: model.kind });
  return {
    metadata,
    ...(model && { model: decodeModel(viewOf(model), model, tensors) }),
    tensors: tensors.map(({ directoryBytes: _, sections, ...head }) => ({
      ...head,
      sections: sections.map((section) => {
        checkRange(section, viewOf(section), { tensor: head.name, section: sectionName(section) });
        return { kind: section.kind, bytes: viewOf(section) };
      }),
    })),
  };
}
