import { ELEMENT_TYPES, type Tensor, type ValueInfo } from "@deep-compression/network";
import { type MessageWriter, type WrittenMessage, written } from "./protobuf-writer";

/** Writes a tensor of the network, by its name there, under a name. */
export type TensorWriter = (name: string, networkName: string) => WrittenMessage;

/** A TensorProto, whose elements `writeElements` writes or tells the place of. */
export function writtenTensor(
  name: string,
  { type, shape }: Pick<Tensor, "type" | "shape">,
  writeElements: (writer: MessageWriter) => void,
): WrittenMessage {
  return written((writer) => {
    for (const size of shape) writer.int(1, size);
    writer.int(2, ELEMENT_TYPES[type].code);
    if (name !== "") writer.text(8, name);
    writeElements(writer);
  });
}

/** A ValueInfoProto; without a type if that is not known. */
export function writtenValue({ name, type, shape }: ValueInfo): WrittenMessage {
  return written((writer) => {
    writer.text(1, name);
    if (type === undefined) return;
    const tensorType = written((inner) => {
      inner.int(1, ELEMENT_TYPES[type].code);
      if (shape) inner.message(2, writtenShape(shape));
    });
    writer.message(
      2,
      written((inner) => inner.message(1, tensorType)),
    );
  });
}

function writtenShape(shape: readonly (number | string)[]): WrittenMessage {
  return written((writer) => {
    for (const size of shape) writer.message(1, writtenDimension(size));
  });
}

function writtenDimension(size: number | string): WrittenMessage {
  return written((writer) => {
    if (typeof size === "number") writer.int(1, size);
    else if (size !== "") writer.text(2, size);
  });
}
