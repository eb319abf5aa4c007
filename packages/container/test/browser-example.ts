import { readContainerStream } from "@deep-compression/container";

/** The pieces of a download as they arrive. */
async function* download(url: string) {
  const reader = (await fetch(url)).body?.getReader();
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) yield next.value;
}
/** Names and bytes of a file's tensors: each is there, and checked, as soon as its bytes are. */
async function load(url: string): Promise<string[]> {
  const found: string[] = [];
  for await (const piece of readContainerStream(download(url))) {
    if (piece.part === "tensor") found.push(`${piece.tensor.name}: ${piece.tensor.sections[0].bytes.length} bytes`);
  }
  return found;
}
export const tensors = load("model.dcz"); // ["bias: 4 bytes"]
