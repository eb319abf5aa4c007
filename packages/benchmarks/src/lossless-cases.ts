import { bytesSource, elementCount } from "@deep-compression/bits";
import { ELEMENT_TYPES, type Tensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { decodeRaw, encodeRaw } from "@deep-compression/tensor-codec";
import { type EntropyCoder, zstdWasm } from "./entropy-coders";
import { type Case, type CaseContext, compare, type Row, toOverheadRow } from "./harness";
import { type FloatType, trainedWeights } from "./trained-weights";

/** The most of its bytes that trained weights of a type may take, as an excess. */
const BARS: Readonly<Record<FloatType, { readonly bar: number; readonly goal: number }>> = {
  float32: { bar: -0.13, goal: -0.17 },
  float16: { bar: -0.12, goal: -0.15 },
  bfloat16: { bar: -0.28, goal: -0.33 },
};

const TYPES: readonly FloatType[] = ["float32", "float16", "bfloat16"];

/** Tensors that are decoded, by their elements. */
const LENGTHS = [
  { of: "long tensors", least: 65_536, most: Number.POSITIVE_INFINITY, goal: 4 },
  { of: "models of short tensors", least: 256, most: 4096, goal: 4 },
] as const;

/** Bytes that a side decodes in a timed run, about. */
const RUN_BYTES = 2 ** 26;

async function storedBytes(tensors: readonly Tensor[]): Promise<number> {
  const { bytes } = compress({ graph: undefined, tensors }, { default: {} });
  const originals = [...tensors];
  for await (const restored of (await open(bytesSource(bytes))).tensors()) {
    assertSame(restored.name, restored.bytes, originals.shift()?.bytes);
  }
  if (originals.length > 0) throw new Error("the file lacks tensors");
  return bytes.length;
}

function assertSame(name: string, found: Uint8Array, expected: Uint8Array | undefined): void {
  if (expected === undefined || Buffer.compare(found, expected) !== 0) throw new Error(`${name} did not come back`);
}

function totalOf(all: readonly { readonly length: number }[]): number {
  return all.reduce((sum, { length }) => sum + length, 0);
}

/** Bytes of trained weights without loss: of all models, and of the one that shrinks least. */
function sizeCase(type: FloatType): Case {
  return {
    name: `lossless size, ${type}`,
    async run({ progress }) {
      const sizes: { readonly model: string; readonly ours: number; readonly theirs: number }[] = [];
      for (const { model, tensors } of await trainedWeights(type)) {
        const size = { model, theirs: totalOf(tensors.map(({ bytes }) => bytes)), ours: await storedBytes(tensors) };
        progress(`${model}: ${(size.ours / size.theirs).toFixed(4)} of its bytes`);
        sizes.push(size);
      }
      const sum = (side: "ours" | "theirs") => sizes.reduce((bytes, size) => bytes + size[side], 0);
      const [worst] = sizes.toSorted((a, b) => b.ours / b.theirs - a.ours / a.theirs);
      const row = { counted: "bytes", peer: "the same weights as they are" };
      const name = `trained ${type} weights without loss, whole .dcz files`;
      return [
        toOverheadRow({ ...row, name, ours: sum("ours"), theirs: sum("theirs"), ...BARS[type] }),
        toOverheadRow({ ...row, name: `${name}, the worst model: ${worst!.model}`, ...worst!, bar: BARS[type].bar }),
      ];
    },
  };
}

/** Tensors as sections and as frames of a peer, both found to give them back. */
function stored(tensors: readonly Tensor[], coder: EntropyCoder) {
  return tensors.map(({ name, type, shape, bytes }) => {
    const { bits } = ELEMENT_TYPES[type];
    const section = encodeRaw(bytes, { bits });
    const decode = () => decodeRaw(section.bytes, { form: section.form, shape, bits });
    const frame = coder.compress(bytes);
    assertSame(name, decode(), bytes);
    assertSame(name, coder.decompress(frame), bytes);
    return { section: section.bytes, decode, frame };
  });
}

async function decodeRows(
  type: FloatType,
  { of, least, most, goal }: (typeof LENGTHS)[number],
  { rounds, effort }: CaseContext,
): Promise<Row[]> {
  const coder = await zstdWasm(3);
  const tensors = (await trainedWeights(type))
    .flatMap((model) => model.tensors)
    .filter(({ shape }) => elementCount(shape) >= least && elementCount(shape) <= most);
  const both = stored(tensors, coder);
  const bytes = totalOf(tensors.map((tensor) => tensor.bytes));
  const times = Math.max(1, Math.round((effort * RUN_BYTES) / bytes));
  const repeated = (work: () => void) => () => {
    for (let i = 0; i < times; i++) work();
  };
  const ours = repeated(() => {
    for (const { decode } of both) decode();
  });
  const theirs = repeated(() => {
    for (const { frame } of both) coder.decompress(frame);
  });
  const name = `trained ${type} weights without loss, ${of}`;
  const figure = {
    name: `${name}, decode`,
    unit: "ns a byte",
    peer: `${coder.name}, tensor by tensor`,
    bar: 1.5,
    goal,
  };
  return [
    toOverheadRow({
      name: `${name}, sections`,
      counted: "bytes",
      ours: totalOf(both.map(({ section }) => section)),
      peer: figure.peer,
      theirs: totalOf(both.map(({ frame }) => frame)),
      bar: 0,
    }),
    await compare({ ...figure, scale: 1e9 / (bytes * times) }, { ours, theirs }, { rounds, warmUps: 3 }),
  ];
}

/** Trained weights without loss: how small, and how fast they decode. */
export const LOSSLESS_CASES: readonly Case[] = [
  ...TYPES.map(sizeCase),
  ...TYPES.flatMap((type) =>
    LENGTHS.map((lengths) => ({
      name: `lossless decode, ${type}, ${lengths.of}`,
      run: (context: CaseContext) => decodeRows(type, lengths, context),
    })),
  ),
];
