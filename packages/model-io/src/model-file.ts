import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import type { Network, NetworkSource } from "@deep-compression/network";
import { readOnnx } from "./read-onnx";
import { openSafetensors, readSafetensors, writeSafetensors } from "./safetensors";
import { writeOnnx } from "./write-onnx";

/** A format that holds a whole model. */
interface ModelFormat {
  readonly extension: string;
  readonly read: (bytes: Uint8Array) => Network;
  /** Opens a file without reading its tensors; not there if the format can only be read whole. */
  readonly open?: (source: ByteSource) => Promise<NetworkSource>;
  readonly write: (network: Network) => Uint8Array;
  /** Whether bytes may well be of this format, judged by their beginning. */
  readonly looksLike: (bytes: Uint8Array) => boolean;
}

/** A safetensors file has a { after eight bytes of length; a model of ONNX begins with its IR version, field 1. */
const FORMATS: readonly ModelFormat[] = [
  {
    extension: ".safetensors",
    read: readSafetensors,
    open: openSafetensors,
    write: writeSafetensors,
    looksLike: (bytes) => bytes[8] === 0x7b && bytes[7] === 0,
  },
  { extension: ".onnx", read: readOnnx, write: writeOnnx, looksLike: (bytes) => bytes[0] === 0x08 },
];

function formatNamed(name: string): ModelFormat | undefined {
  return FORMATS.find((format) => name.toLowerCase().endsWith(format.extension));
}

/**
 * The format that the extension of a name tells or, without a known one, the first bytes.
 *
 * @throws FormatError for one that the name tells and another that the bytes do
 */
function formatOf(name: string, beginning: Uint8Array): ModelFormat {
  if (beginning.length === 0) throw new FormatError("truncated", "the model file is empty", { offset: 0 });
  const named = formatNamed(name);
  const seen = FORMATS.find((candidate) => candidate.looksLike(beginning));
  if (named && seen && !named.looksLike(beginning)) {
    const message = `named ${named.extension}, but looks like ${seen.extension}; rename it`;
    throw new FormatError("bad-magic", message, { offset: 0 });
  }
  const format = named ?? seen;
  if (format) return format;
  const known = FORMATS.map(({ extension }) => extension).join(", ");
  throw new FormatError("bad-magic", `not a model of a known format (${known})`, { offset: 0 });
}

/**
 * Reads a model in the format that the extension of `name` tells, or, without a known one, the bytes themselves.
 *
 * @throws FormatError if the bytes are none, or look like one of another format than their name says
 */
export function readModel(bytes: Uint8Array, options: { readonly name?: string } = {}): Network {
  return formatOf(options.name ?? "", bytes).read(bytes);
}

/** Bytes that tell a format. */
const BEGINNING = 16;

/**
 * As {@link readModel}, but a safetensors file's tensors are read when they are asked for, so that it may be larger than
 * memory. An ONNX file is read whole.
 *
 * @throws FormatError if the source holds no model
 */
export async function openModel(source: ByteSource, options: { readonly name?: string } = {}): Promise<NetworkSource> {
  const beginning = await readExactly(source, 0, Math.min(BEGINNING, source.byteLength));
  const { open, read } = formatOf(options.name ?? "", beginning);
  if (open) return open(source);
  const { tensors, ...rest } = read(await readExactly(source, 0, source.byteLength));
  return { ...rest, tensors: tensors.map(({ bytes, ...head }) => ({ ...head, read: () => bytes })) };
}

/**
 * Writes a model in the format that the extension of `name` tells.
 *
 * @throws RangeError for an unknown extension; as writeOnnx and writeSafetensors for what those cannot hold
 */
export function writeModel(network: Network, options: { readonly name: string }): Uint8Array {
  const format = formatNamed(options.name);
  if (format) return format.write(network);
  const known = FORMATS.map(({ extension }) => extension).join(" or ");
  throw new RangeError(`options.name: expected a name ending in ${known}, got "${options.name}"`);
}
