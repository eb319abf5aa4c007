// What a file holds beside its own tensors: envelopes, whose holes they have to fit, and tensors that repeat others.
import { bytesSource, FormatError } from "@deep-compression/bits";
import {
  type ContainerContent,
  type Hole,
  inspectContainer,
  readContainer,
  writeContainer,
} from "@deep-compression/container";
import { ELEMENT_TYPES, type ElementType, elementBytes, floatTensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { SECTION_KINDS } from "@deep-compression/tensor-codec";
import { expect, test } from "vitest";
import { decompressed, openingReaders, streamed } from "./opened";

/** A file of one tensor with a hole of this length; the skeleton is empty. */
function fileOf(
  type: ElementType,
  count: number,
  { length, encoding }: Omit<Hole, "start">,
  kind = SECTION_KINDS.raw as number,
) {
  const bytes = kind === SECTION_KINDS.raw ? new Uint8Array(elementBytes(type, count)) : Uint8Array.of(0, 0);
  const tensor = { name: "w", type: ELEMENT_TYPES[type].code, shape: [count], sections: [{ kind, bytes }] };
  const files = [{ name: "m", byteLength: length }];
  const envelope = { format: 0, files, holes: [{ start: 0, length, encoding }], skeleton: new Uint8Array(0) };
  return writeContainer({ model: { kind: "envelope", envelope }, tensors: [tensor] });
}

async function refusalOf(bytes: Uint8Array): Promise<string | undefined> {
  const outcomes = await Promise.all(
    Object.values({ ...openingReaders, streamed }).map((read) =>
      read(bytesSource(bytes)).then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof FormatError)) throw error;
          expect(error).toMatchObject({ code: "out-of-range", tensor: "w", section: "envelope" });
          return error.message;
        },
      ),
    ),
  );
  expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
  return outcomes[0];
}

test("a hole of bytes is as long as its tensor, whatever the type", async () => {
  for (const [type, count, length] of [
    ["float32", 3, 12],
    ["uint4", 3, 2],
    ["complex128", 1, 16],
    ["int64", 0, 0],
  ] as const) {
    const refused = (off: number) => refusalOf(fileOf(type, count, { length: length + off, encoding: "bytes" }));
    expect(await refused(0), type).toBeUndefined();
    expect(await refused(1), type).toBe(
      `envelope: tensor "w" does not fit its hole of ${length + 1} bytes: it has ${length}`,
    );
    if (length > 0) expect(await refused(-1), type).toMatch(/does not fit its hole/);
  }
});

test("a hole of varints is as long as so many varints of the type can be", async () => {
  const longest = {
    bool: 2,
    uint8: 2,
    int8: 10,
    uint16: 3,
    int16: 10,
    float16: 3,
    int32: 10,
    uint32: 5,
    int64: 10,
    uint64: 10,
  } as const;
  for (const [type, most] of Object.entries(longest)) {
    const refused = (length: number) => refusalOf(fileOf(type as ElementType, 4, { length, encoding: "varints" }));
    expect(await refused(4), type).toBeUndefined();
    await expectNotFilled(fileOf(type as ElementType, 4, { length: 4 * most, encoding: "varints" }), 4 * most);
    expect(await refused(3), type).toBe(
      `envelope: tensor "w" does not fit its hole of 3 bytes: 4 varints of ${type} take 4 to ${4 * most}`,
    );
    expect(await refused(4 * most + 1), type).toMatch(/does not fit/);
  }
  // Two elements of four bits share a byte, which is one varint.
  for (const type of ["uint4", "int4"] as const) {
    const refused = (length: number) => refusalOf(fileOf(type, 4, { length, encoding: "varints" }));
    expect(await refused(2), type).toBeUndefined();
    await expectNotFilled(fileOf(type, 4, { length: 4, encoding: "varints" }), 4, 2);
    for (const length of [1, 5]) expect(await refused(length), type).toMatch(`2 varints of ${type} take 2 to 4`);
  }
  for (const type of ["float32", "float64", "complex64", "complex128"] as const) {
    expect(await refusalOf(fileOf(type, 4, { length: 4, encoding: "varints" })), type).toMatch(/are no varints/);
  }
});

/** A file that is opened, and refused when its files are restored: its zeros are a byte each. */
async function expectNotFilled(bytes: Uint8Array, length: number, taken = 4): Promise<void> {
  const file = await open(bytesSource(bytes));
  expect((await file.tensor("w")).shape).toEqual([4]);
  const message = `envelope: tensor "w" takes ${taken} bytes as varints, its hole has ${length}`;
  const place = { tensor: "w", section: "envelope" };
  for (const restore of [() => file.verify(), () => file.files[0].source.slice(0)]) {
    await expect(restore()).rejects.toThrow(new FormatError("out-of-range", message, place));
  }
}

test("elements in codes fill no hole of varints", async () => {
  const zeros = fileOf("float32", 4, { length: 16, encoding: "bytes" }, SECTION_KINDS.dense);
  const { model } = readContainer(zeros);
  expect(model?.kind).toBe("envelope");
  const coded = compress(
    { graph: undefined, tensors: [floatTensor("w", [4], new Float32Array(4))] },
    { default: { form: "dense" } },
  );
  const { tensors } = readContainer(coded.bytes);
  const hole = { start: 0, length: 4, encoding: "varints" } as const;
  const envelope = { format: 1, files: [{ name: "m", byteLength: 4 }], holes: [hole], skeleton: new Uint8Array(0) };
  expect(await refusalOf(writeContainer({ model: { kind: "envelope", envelope }, tensors }))).toMatch(
    /are no varints|in codes/,
  );
});

/** Tensors of which the second and the fourth equal the first and the third. */
const tied = [
  floatTensor(
    "embedding",
    [20, 5],
    Float32Array.from({ length: 100 }, (_, i) => Math.sin(i * i)),
  ),
  floatTensor(
    "head",
    [20, 5],
    Float32Array.from({ length: 100 }, (_, i) => Math.sin(i * i)),
  ),
  { name: "steps", type: "int64" as const, shape: [2], bytes: new Uint8Array(16).fill(3) },
  { name: "steps again", type: "int64" as const, shape: [2], bytes: new Uint8Array(16).fill(3) },
  { name: "steps of another type", type: "uint64" as const, shape: [2], bytes: new Uint8Array(16).fill(3) },
  { name: "steps of another shape", type: "int64" as const, shape: [2, 1], bytes: new Uint8Array(16).fill(3) },
];

test("equal tensors are stored once, and the ledger counts their bytes once", async () => {
  const { bytes, ledger } = compress({ graph: undefined, tensors: tied }, { default: {} });
  expect(inspectContainer(bytes).tensors.map(({ repeats }) => repeats)).toEqual([
    undefined,
    0,
    undefined,
    2,
    undefined,
    undefined,
  ]);
  expect((await decompressed(bytes)).tensors).toEqual(tied);
  const once = compress({ graph: undefined, tensors: tied.filter((_, i) => i !== 1 && i !== 3) }, { default: {} });
  expect(bytes.length - once.bytes.length).toBeLessThan(50);
  const parts = ledger.rows.flatMap(({ bytes: row }) => Object.values(row));
  const sum = parts.reduce((a, b) => a + b, ledger.headerBytes + ledger.metadataBytes + ledger.graphBytes);
  expect(sum).toBe(bytes.length);
  const file = await open(bytesSource(bytes));
  expect((await file.ledger()).rows.map(({ bytes: row }) => row)).toEqual(ledger.rows.map(({ bytes: row }) => row));
  expect(await file.tensor("head")).toEqual(tied[1]);
  expect((await file.weights()).weight("head")).toEqual((await file.weights()).weight("embedding"));
});

test("tensors under plans that differ are stored apart where their bytes differ", async () => {
  const { bytes } = compress(
    { graph: undefined, tensors: tied.slice(0, 2) },
    { default: {}, tensors: { head: { share: { size: 2 } } } },
  );
  expect(inspectContainer(bytes).tensors.map(({ repeats }) => repeats)).toEqual([undefined, undefined]);
  expect(new Set(new Float32Array((await decompressed(bytes)).tensors[1].bytes.buffer)).size).toBeLessThan(5);
});

test("no more elements are repeated than readers allow", async () => {
  const zeros = (name: string) => floatTensor(name, [2 ** 22], new Float32Array(2 ** 22));
  const tensors = Array.from({ length: 8 }, (_, i) => zeros(`w${i}`));
  const { bytes } = compress({ graph: undefined, tensors }, { default: {} });
  const repeated = inspectContainer(bytes).tensors.filter(({ repeats }) => repeats !== undefined);
  expect(repeated.length).toBe(6); // 6 x 2^22 = 2 x 2^22 + 2^24
  await open(bytesSource(bytes));
});

test("a file with an envelope gives its tensors, and no graph", async () => {
  const { tensors } = readContainer(compress({ graph: undefined, tensors: tied }, { default: {} }).bytes);
  const lengths = tied.map(({ bytes }) => bytes.length);
  const holes = lengths.map((length, i) => {
    return { start: lengths.slice(0, i).reduce((a, b) => a + b, 0), length, encoding: "bytes" as const };
  });
  const byteLength = lengths.reduce((a, b) => a + b, 0) + 3;
  const envelope = { format: 2, files: [{ name: "m", byteLength }], holes, skeleton: Uint8Array.of(1, 2, 3) };
  const content: ContainerContent = { model: { kind: "envelope", envelope }, tensors };
  const file = await open(bytesSource(writeContainer(content)));
  expect(file.graph).toBeUndefined();
  expect((await file.network()).tensors).toEqual(tied);
  expect(await streamed(bytesSource(writeContainer(content)))).toEqual(tied);
});
