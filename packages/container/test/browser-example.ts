import { readContainerStream } from "@deep-compression/container";

/** Names and bytes of a file's tensors; each is there, and checked, as soon as its bytes have arrived. */
async function load(pieces: AsyncIterable<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  for await (const piece of readContainerStream(pieces)) {
    if (piece.part === "tensor") found.push(`${piece.tensor.name}: ${piece.tensor.sections[0].bytes.length}`);
  }
  return found;
}
export const tensors = fetch("model.dcz").then(({ body }) => load(body as AsyncIterable<Uint8Array>)); // ["bias: 4"]
