import { FROM_KERAS, FROM_ORIGINAL, FROM_PYTORCH } from "./foreign-advice";

/** What stands in a zip, by the names of its entries. */
const CONTENTS: readonly { readonly entry: RegExp; readonly what: string }[] = [
  { entry: /(^|\/)constants\.pkl$/, what: `a TorchScript model (zip): ${FROM_PYTORCH}` },
  {
    entry: /(^|\/)(data\.pkl|\.format_version|byteorder|archive_format)$/,
    what: `a PyTorch checkpoint (zip): ${FROM_PYTORCH}`,
  },
  { entry: /^(metadata\.json|config\.json|model\.weights\.h5)$/, what: `a Keras model (zip): ${FROM_KERAS}` },
  { entry: /\.mlpackage\/|\.mlmodel$|com\.apple\.CoreML/, what: `a Core ML model (zip): ${FROM_ORIGINAL}` },
  { entry: /\.npy$/, what: "arrays of numpy (.npz), not a model: save the weights as safetensors" },
  { entry: /\.(onnx|safetensors)$/, what: "a zip archive with a model in it: unpack it first" },
];

/** What a zip archive is by the names of the first files in it. */
export function describeZip(bytes: Uint8Array): string | undefined {
  const names = entryNames(bytes);
  if (names === undefined) return undefined;
  const content = CONTENTS.find(({ entry }) => names.some((name) => entry.test(name)));
  return content?.what ?? "a zip archive: unpack it first";
}

/** Length of the header in front of each file, and where its name's length stands in it (APPNOTE.TXT, 4.3.7). */
const [HEADER_BYTES, NAME_LENGTH_AT] = [30, 26];

/** Names of the files whose headers stand in the bytes; undefined if this is no zip. */
function entryNames(bytes: Uint8Array): readonly string[] | undefined {
  if (!isHeader(bytes, 0)) return undefined;
  const names: string[] = [];
  for (let at = 0; at + HEADER_BYTES < bytes.length; at++) {
    if (!isHeader(bytes, at)) continue;
    const length = bytes[at + NAME_LENGTH_AT]! + 256 * bytes[at + NAME_LENGTH_AT + 1]!;
    names.push(new TextDecoder().decode(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length)));
  }
  return names;
}

/** "PK" and the kind of a file's header, or of the end of an empty archive. */
function isHeader(bytes: Uint8Array, at: number): boolean {
  const kind = bytes[at + 2];
  return (
    bytes[at] === 0x50 &&
    bytes[at + 1] === 0x4b &&
    ((kind === 3 && bytes[at + 3] === 4) || (kind === 5 && bytes[at + 3] === 6))
  );
}
