import { FormatError } from "@deep-compression/bits";
import { bytesSource, elementCount, inspectContainer, readContainerStream } from "@deep-compression/container";
import { assertTensor, type Network } from "@deep-compression/network";
import { decompress, openWeights } from "@deep-compression/pipeline";
import type { FuzzCase } from "./fuzz-case";
import type { Target } from "./target";
import { sameNumbers } from "./twins";

/**
 * Elements that a fuzzed file may unfold to beyond what its bytes justify: less than readers allow by default, so that a
 * lie costs no 64 MiB of zeros.
 */
const FREE_ELEMENTS = 2 ** 14;

/** How a case is read: its one number. */
const READERS: readonly ((bytes: Uint8Array) => Promise<string>)[] = [whole, whole, whole, whole, stored, streamed];

/** Whole files; numbers: the reader. */
export const containers: Target = {
  name: "container",
  most: [READERS.length - 1],
  declaredBytes: (_, bytes) => claimedBytes(bytes),
  run: ({ numbers, bytes }) => READERS[numbers[0]](bytes),
};

/** Files whose checksums were not mended after the accident: nothing but the original may be read. */
export const checksummedFiles: Target = {
  ...containers,
  name: "file",
  async run(input: FuzzCase) {
    const kind = await containers.run(input);
    if (input.original === undefined || !sameNumbers(input.bytes, input.original)) {
      throw new Error("a checksum covers the change, but the file was read");
    }
    return kind;
  },
};

async function whole(bytes: Uint8Array): Promise<string> {
  const network = await decompress(bytesSource(bytes), { freeElements: FREE_ELEMENTS });
  return checked(network);
}

async function stored(bytes: Uint8Array): Promise<string> {
  const { names, graph } = await openWeights(bytesSource(bytes), { freeElements: FREE_ELEMENTS });
  return `stored ${names.length}${graph ? " with graph" : ""}`;
}

/** The sections in pieces give the same file as random access does. */
async function streamed(bytes: Uint8Array): Promise<string> {
  let kind = "";
  for await (const part of readContainerStream(inPieces(bytes))) {
    if (part.part === "tensor") kind += ` ${part.tensor.sections.length}`;
  }
  const { tensors } = inspectContainer(bytes);
  if (tensors.length !== kind.length / 2) throw new Error("the stream has other tensors than the directory");
  return `streamed${kind}`;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 1 + (bytes.length % 61);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function checked({ tensors, graph }: Network): string {
  for (const tensor of tensors) assertTensor(tensor);
  return `network ${Math.min(4, tensors.length)}${graph ? " with graph" : ""}`;
}

/** Bytes that a file's tensors would take; 0 if its directory is refused. */
function claimedBytes(bytes: Uint8Array): number {
  try {
    return inspectContainer(bytes).tensors.reduce((sum, { shape }) => sum + 16 * elementCount(shape), 0);
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}
