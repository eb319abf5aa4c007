import { elementCount, FormatError } from "@deep-compression/bits";
import { bytesSource, inspectContainer } from "@deep-compression/container";
import { assertTensor, type Network, type Tensor } from "@deep-compression/network";
import { open, tensorsOfStream } from "@deep-compression/pipeline";
import type { FuzzCase } from "./fuzz-case";
import type { Target } from "./target";
import { sameNumbers } from "./twins";

/**
 * Elements that a fuzzed file may have beyond the expansion limit: less than readers allow by default, so that a
 * lie costs no 64 MiB of zeros.
 */
const FREE_ELEMENTS = 2 ** 14;

/** How a case is read: its one number. */
const READERS: readonly ((bytes: Uint8Array) => Promise<string>)[] = [whole, whole, whole, whole, stored, streamed];

/** Whole files; numbers: the reader. */
export const CONTAINERS: Target = {
  name: "container",
  maxNumbers: [READERS.length - 1],
  declaredBytes: (_, bytes) => claimedBytes(bytes),
  run: ({ numbers, bytes }) => READERS[numbers[0]](bytes),
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
  const file = await open(bytesSource(bytes), { freeElements: FREE_ELEMENTS });
  return checked(await file.network());
}

async function stored(bytes: Uint8Array): Promise<string> {
  const file = await open(bytesSource(bytes), { freeElements: FREE_ELEMENTS });
  await file.verify();
  const { names } = await file.weights();
  return `stored ${names.length}${file.graph ? " with graph" : ""}`;
}

/** In pieces a file is read as at once, or refused as at once, if perhaps for another of its faults. */
async function streamed(bytes: Uint8Array): Promise<string> {
  const options = { freeElements: FREE_ELEMENTS };
  const [pieces, atOnce] = [
    await settling(() => tensorsOf(tensorsOfStream(inPieces(bytes), options))),
    await settling(async () => (await (await open(bytesSource(bytes), options)).network()).tensors),
  ];
  if (pieces instanceof FormatError || atOnce instanceof FormatError) {
    if (pieces instanceof FormatError && atOnce instanceof FormatError) throw pieces;
    throw new Error("read in pieces, refused at once, or the other way round");
  }
  const same =
    pieces.length === atOnce.length && pieces.every((tensor, i) => sameNumbers(tensor.bytes, atOnce[i].bytes));
  if (!same) throw new Error("read in pieces it has other tensors than read at once");
  return `streamed ${Math.min(4, pieces.length)}`;
}

async function tensorsOf(stream: AsyncIterable<Tensor>): Promise<readonly Tensor[]> {
  const tensors: Tensor[] = [];
  for await (const tensor of stream) tensors.push(tensor);
  return tensors;
}

async function settling<T>(read: () => Promise<T>): Promise<T | FormatError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
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
