import { checkInteger } from "@deep-compression/runtime";
import { checksummed } from "./checksums";
import { type ContainerContent, checkContent } from "./content";
import { encodeDirectory } from "./directory";
import { encodeHeader } from "./header";
import { MAX_DIRECTORY_BYTES } from "./limits";

/**
 * The bytes of a `.dcz` file: header, directory, graph and sections back to back (docs/format.md, "File").
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
  const { metadata = {}, graph, tensors } = content;
  const directory = encodeDirectory({
    metadata,
    graph: graph && checksummed(graph),
    tensors: tensors.map((tensor) => ({
      ...tensor,
      sections: tensor.sections.map(({ kind, bytes }) => ({ kind, ...checksummed(bytes) })),
    })),
  });
  checkInteger("bytes of the directory", directory.length, { maximum: MAX_DIRECTORY_BYTES });
  const sections = tensors.flatMap((tensor) => tensor.sections.map(({ bytes }) => bytes));
  return [encodeHeader(directory), directory, ...(graph ? [graph] : []), ...sections];
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
