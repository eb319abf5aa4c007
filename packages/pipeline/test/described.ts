import { bytesSource, crc32c } from "@deep-compression/bits";
import { type Envelope, openContainer } from "@deep-compression/container";
import type { Attribute, Graph } from "@deep-compression/network";
import { sectionKind } from "@deep-compression/tensor-codec";
import { decompressed } from "./opened";

/** What a file holds, as the JSON beside the vectors says it (test-vectors/generate.py, `decode`). */
export async function described(bytes: Uint8Array): Promise<unknown> {
  const file = await openContainer(bytesSource(bytes));
  const { graph, tensors, metadata } = await decompressed(bytes);
  const model = await file.readModel();
  return {
    metadata: { ...metadata },
    graph: graph === undefined ? null : describedGraph(graph),
    tensors: tensors.map(({ name, type, shape, bytes: elements }, i) => {
      const { sections, repeats } = file.tensors[i];
      const { form, isScaled, isNarrowed, isWrapped } = sectionKind(sections[0].kind) ?? {};
      const told = {
        ...(isScaled && { scaled: true }),
        ...(isWrapped && { wrapped: true }),
        ...(isNarrowed && { narrowed: true }),
        ...(repeats !== undefined && { repeats }),
      };
      return { name, type, shape, form, ...describedBytes(elements), ...told };
    }),
    ...(model?.kind === "envelope" && { envelope: describedEnvelope(model.envelope) }),
  };
}

function describedEnvelope(envelope: Envelope): object {
  return { ...envelope, skeleton: describedBytes(envelope.skeleton) };
}

function describedBytes(bytes: Uint8Array): object {
  if (bytes.length <= 64) return { bytes: Buffer.from(bytes).toString("hex") };
  return { length: bytes.length, crc32c: crc32c(bytes).toString(16).padStart(8, "0") };
}

function describedGraph(graph: Graph): object {
  const nodes = graph.nodes.map((node) => ({
    ...node,
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([name, value]) => [name, describedAttribute(value)]),
    ),
  }));
  return { ...graph, nodes };
}

function describedAttribute(attribute: Attribute): unknown {
  if (typeof attribute !== "object" || !("tensor" in attribute)) return attribute;
  const { bytes, ...tensor } = attribute.tensor;
  return { tensor: { ...tensor, bytes: Buffer.from(bytes).toString("hex") } };
}
