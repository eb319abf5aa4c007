import { type ByteSource, bytesSource } from "@deep-compression/bits";
import { type Section, writeContainer } from "@deep-compression/container";
import * as main from "@deep-compression/pipeline";
import * as parallel from "@deep-compression/pipeline/parallel";
import { SECTION_KINDS } from "@deep-compression/tensor-codec";
import { afterAll, expect, test } from "vitest";
import { decompressed, openingReaders, type Reader, streamed } from "./opened";

const pool = parallel.decodePool({ threads: 2 });
afterAll(() => pool.close());

/** Everything that reads a file. */
const readers: Readonly<Record<string, Reader>> = {
  open: main.open,
  ...openingReaders,
  tensorsOfStream: streamed,
  "decompress of a pool": pool.decompress,
  "decompress of a pool, on shared memory": (source, options) => pool.decompress(source, { ...options, shared: true }),
};

/** A file of so many tensors of one section. */
function fileOf(shape: readonly number[], section: Section, count = 1): ByteSource {
  const tensor = (name: string) => ({ name, type: 1, shape, sections: [section] });
  return bytesSource(writeContainer({ tensors: Array.from({ length: count }, (_, i) => tensor(`w${i}`)) }));
}

const FOUR_ZEROS = Uint8Array.of(0, 0, 0, 0);
/** A matrix of zeros in the gaps form: four bytes justify 2^14 elements. */
const ZEROS = { kind: SECTION_KINDS.gaps, bytes: FOUR_ZEROS };

test("every function that the package exports is known to write a file or is among its readers", () => {
  const functions = Object.entries({ ...main, ...parallel }).filter(([, value]) => typeof value === "function");
  const writing = [
    "compress",
    "compressByTrials",
    "compressFrom",
    "compressMeasured",
    "compressModel",
    "defaultPlan",
    "ledgerTotals",
    "measureCompressed",
  ];
  const reading = ["decodePool", "open", "tensorsOfStream"];
  // Of text, which takes no memory but its own.
  const certificates = ["certificateMetadata", "readCertificate"];
  expect(functions.map(([name]) => name).sort()).toEqual([...writing, ...reading, ...certificates].sort());
});

test.each(Object.entries(readers))("%s refuses what a file's bytes do not justify", async (_, read) => {
  const beyond = (tensor: string) => ({ name: "FormatError", code: "limit-exceeded", tensor });
  const huge = [2 ** 20, 2 ** 20];
  for (const kind of [SECTION_KINDS.dense, SECTION_KINDS.gaps, SECTION_KINDS.bitmask]) {
    await expect(read(fileOf(huge, { kind, bytes: FOUR_ZEROS }))).rejects.toMatchObject(beyond("w0"));
  }
  await expect(read(fileOf([2 ** 24 + 2 ** 14 + 1], ZEROS))).rejects.toMatchObject(beyond("w0"));
  // Free elements are those of all tensors together.
  const three = fileOf([2 ** 15], ZEROS, 3);
  await expect(read(three, { freeElements: 3 * 2 ** 14 - 1 })).rejects.toMatchObject(beyond("w2"));
  await read(three, { freeElements: 3 * 2 ** 14 });
});

test("positions are 32-bit numbers: more elements than those are refused, however many may be free", async () => {
  const options = { freeElements: Number.POSITIVE_INFINITY };
  const refused = { code: "limit-exceeded", tensor: "w0" };
  await expect(main.open(fileOf([2 ** 32 + 1], ZEROS), options)).rejects.toMatchObject(refused);
  const file = await main.open(fileOf([2 ** 32], ZEROS), options);
  await file.verify(); // builds nothing
  await expect(file.network()).rejects.toMatchObject(refused); // no array has 2^34 bytes
});

test("a raw tensor that claims 2^40 elements is refused when it is read, for it would need them all", async () => {
  const raw = writeContainer({
    tensors: [{ name: "w0", type: 1, shape: [2 ** 40], sections: [{ kind: SECTION_KINDS.raw, bytes: FOUR_ZEROS }] }],
  });
  await expect(decompressed(raw)).rejects.toMatchObject({ code: "truncated", tensor: "w0" });
});
