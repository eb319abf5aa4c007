import { elementCount, FormatError } from "@deep-compression/bits";
import { bytesSource, HEADER_BYTES, inspectContainer } from "@deep-compression/container";
import { assertTensor, type Tensor } from "@deep-compression/network";
import { type OpenedFile, open, tensorsOfStream } from "@deep-compression/pipeline";
import type { FuzzCase } from "./fuzz-case";
import type { Target } from "./trial";
import { outcomeOf, refusal, sameNumbers } from "./twins";

/**
 * Elements that a fuzzed file may have beyond the expansion limit: less than readers allow by default, so that a
 * lie costs no 64 MiB of zeros.
 */
const OPTIONS = { freeElements: 2 ** 14 };

/** What the model of mixed bytes takes. */
const MIXING_BYTES = 2 ** 23;

/** How a case is read: its one number. */
const READERS: readonly ((bytes: Uint8Array) => Promise<string>)[] = [whole, whole, whole, whole, stored, streamed];

/** Whole files; numbers: the reader. */
export const CONTAINERS: Target = {
  name: "container",
  maxNumbers: [READERS.length - 1],
  declaredBytes: (_, bytes) => claimedBytes(bytes),
  run: ({ numbers: [reader = 0], bytes }) => READERS[reader]!(bytes),
};

/** Files whose checksums were not mended after the accident: nothing but the original may be read. */
export const CHECKSUMMED_FILES: Target = {
  ...CONTAINERS,
  name: "file",
  async run(input: FuzzCase) {
    const kind = await CONTAINERS.run(input);
    if (input.original === undefined || !sameNumbers(input.bytes, input.original)) {
      throw new Error("a checksum covers the change, but the file was read");
    }
    return kind;
  },
};

async function whole(bytes: Uint8Array): Promise<string> {
  const { tensors, graph } = await (await opened(bytes)).network();
  for (const tensor of tensors) assertTensor(tensor);
  return `network ${Math.min(4, tensors.length)}${graph ? " with graph" : ""}`;
}

async function stored(bytes: Uint8Array): Promise<string> {
  const file = await opened(bytes);
  await file.verify();
  const { names } = await file.weights();
  return `stored ${names.length}${file.graph ? " with graph" : ""}`;
}

/**
 * In pieces a file is read as at once, or refused as at once, if perhaps for another of its faults. Of a file with an envelope,
 * pieces give the tensors of its directory, and at once it gives those of the model, whose files have to be restored for that.
 */
async function streamed(bytes: Uint8Array): Promise<string> {
  const pieces = await tensorsOf(tensorsOfStream(inPieces(bytes), OPTIONS)).catch(refusal);
  const atOnce = await opened(bytes)
    .then(async (file) => ({ ...(await file.network()), hasEnvelope: file.files.length > 0 }))
    .catch(refusal);
  if (atOnce instanceof FormatError && (pieces instanceof FormatError || atOnce.section === "envelope")) throw atOnce;
  if (pieces instanceof FormatError || atOnce instanceof FormatError) {
    throw new Error("read in pieces, refused at once, or the other way round");
  }
  if (atOnce.hasEnvelope) return `streamed ${Math.min(4, pieces.length)} with envelope`;
  const { tensors } = atOnce;
  const same =
    pieces.length === tensors.length && pieces.every((tensor, i) => sameNumbers(tensor.bytes, tensors[i]!.bytes));
  if (!same) throw new Error("read in pieces it has other tensors than read at once");
  return `streamed ${Math.min(4, pieces.length)}`;
}

function opened(bytes: Uint8Array): Promise<OpenedFile> {
  return open(bytesSource(bytes), OPTIONS);
}

async function tensorsOf(stream: AsyncIterable<Tensor>): Promise<readonly Tensor[]> {
  const tensors: Tensor[] = [];
  for await (const tensor of stream) tensors.push(tensor);
  return tensors;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 1 + (bytes.length % 61);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Bytes that a file's tensors would take; 0 if its directory is refused. */
function claimedBytes(bytes: Uint8Array): number {
  const file = outcomeOf(() => inspectContainer(bytes));
  // Whoever reads mixed bytes needs a model of them, of the directory and of the graph or the envelope, however few they are.
  const isMixed = (bytes[HEADER_BYTES] ?? 0) % 2 === 1;
  if (file instanceof FormatError) return isMixed ? 2 * MIXING_BYTES : 0;
  const models = Number(isMixed) + Number(file.model?.packing === "mixed");
  return file.tensors.reduce((sum, { shape }) => sum + 16 * elementCount(shape), models * MIXING_BYTES);
}
