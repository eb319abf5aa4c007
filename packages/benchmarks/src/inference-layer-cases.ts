import { denseWeights, prepare, type Session } from "@deep-compression/inference";
import { writeOnnx } from "@deep-compression/model-io";
import { fourBitBlocks } from "./four-bit-blocks";
import { type Case, type CaseContext, compare, type Row, toRow } from "./harness";
import { openOnOneThread, type ThreadSession } from "./onnxruntime-thread";
import { activations, assertAgree, type SharedLayer, sharedLayer } from "./shared-layer";
import { multiplyRows, sparseRows } from "./sparse-rows";
import { type SyntheticLayer, syntheticLayers } from "./synthetic-network";

const LAYERS = ["fc6", "fc7", "fc8"] as const;
const NETWORKS = { AlexNet: "alexnet", "VGG-16": "vgg-16" } as const;

/** So many vectors let a session find out how many of its inputs are zero. */
const SETTLING_RUNS = 50;

/** The peers of all six layers, with what is asked of the geometric mean. */
const MEANS = {
  "onnxruntime-node, dense float32": { bar: 3.5, goal: 6 },
  "onnxruntime-web, dense float32": { bar: 5, goal: 9 },
  "CSR in TypeScript": { bar: 4, goal: 6 },
  "our dense kernel": { bar: 5, goal: 8 },
} as const;

type Peer = keyof typeof MEANS;

/** One side of a contest: a way to multiply a batch. */
type Side = () => unknown;

function ours(session: Session, shape: readonly number[], data: Float32Array): () => Float32Array {
  const inputs = { x: { type: "float32", shape, data } as const };
  return () => session.run(inputs).y!.data as Float32Array;
}

function fed(session: ThreadSession, shape: readonly number[], data: Float32Array): () => Promise<Float32Array> {
  session.feed(shape, data);
  return () => session.run();
}

/** A side as often as it takes for some milliseconds of work. */
function repeated(side: Side, repeats: number): Side {
  return async () => {
    for (let i = 0; i < repeats; i++) await side();
  };
}

/** What is common to all contests of a layer. */
interface Bench {
  readonly layer: SharedLayer;
  readonly title: string;
  readonly context: CaseContext;
}

async function contest(
  { title, context }: Bench,
  name: string,
  {
    sides,
    repeats,
    ...figure
  }: {
    readonly sides: readonly [Side, Side];
    readonly repeats: number;
    readonly peer: string;
    readonly bar?: number;
    readonly goal?: number;
  },
): Promise<Row> {
  const [our, their] = sides.map((side) => repeated(side, repeats)) as [Side, Side];
  const { rounds, progress } = context;
  const row = await compare(
    { name: `${title}, ${name}`, unit: "ms", scale: 1000 / repeats, ...figure },
    { ours: our, theirs: their },
    { rounds: 3 * rounds, warmUps: 2 },
  );
  progress(`${row.name} against ${row.peer}: ${row.ours.toFixed(3)} ms, ${row.ratio.toFixed(2)} times as fast`);
  return row;
}

/** All rows of a layer. `bytes`: what the session holds of the weight. */
async function layerRows(network: keyof typeof NETWORKS, synthetic: SyntheticLayer, context: CaseContext) {
  const layer = sharedLayer(synthetic);
  const percent = (100 * layer.density).toFixed(1);
  const bench = { layer, context, title: `${network} ${layer.name} (${percent} % not zero)` };
  const session = prepare(layer.network, { weight: () => layer.weight });
  const dense = prepare(layer.network, denseWeights(layer.network));
  const model = writeOnnx(layer.network);
  const [node, web] = [
    await openOnOneThread("onnxruntime-node", model),
    await openOnOneThread("onnxruntime-web", model),
  ];
  const peers = { session, dense, node, web };
  const rows = [
    ...(await singleRows(bench, peers)),
    ...(network === "AlexNet" && layer.name !== "fc8" ? [await fourBitRow(bench, session)] : []),
    ...(await zerosRows(bench)),
    ...(await batchRows(bench, peers)),
  ];
  await node.close();
  await web.close();
  return { rows, bytes: session.weightBytes, denseBytes: 4 * layer.dense.length };
}

interface Peers {
  readonly session: Session;
  readonly dense: Session;
  readonly node: ThreadSession;
  readonly web: ThreadSession;
}

async function singleRows(bench: Bench, { session, dense, node, web }: Peers): Promise<Row[]> {
  const { columns, outputs, dense: weights, name } = bench.layer;
  const x = activations(columns, 1);
  const shape = [1, columns];
  const matrix = sparseRows(weights, columns);
  const y = new Float32Array(outputs);
  const sides: Readonly<Record<Peer, () => unknown>> = {
    "onnxruntime-node, dense float32": fed(node, shape, x),
    "onnxruntime-web, dense float32": fed(web, shape, x),
    "CSR in TypeScript": () => {
      multiplyRows(matrix, x, y);
      return y;
    },
    "our dense kernel": ours(dense, shape, x),
  };
  const own = ours(session, shape, x);
  const rows: Row[] = [];
  for (const [peer, side] of Object.entries(sides)) {
    assertAgree(name, own(), (await side()) as Float32Array);
    rows.push(await contest(bench, "batch 1", { peer, sides: [own, side], repeats: 10 }));
  }
  return rows;
}

async function fourBitRow(bench: Bench, session: Session): Promise<Row> {
  const { columns, outputs, dense, name } = bench.layer;
  const { network, restored } = fourBitBlocks(dense, columns);
  const runtime = await openOnOneThread("onnxruntime-node", writeOnnx(network));
  const x = activations(columns, 1);
  const side = fed(runtime, [1, columns], x);
  const expected = new Float32Array(outputs);
  multiplyRows(sparseRows(restored, columns), x, expected);
  const [theirs, scale] = [await side(), Math.hypot(...expected)];
  const error = Math.hypot(...expected.map((value, i) => value - theirs[i]!));
  // It rounds activations to 8 bits.
  if (!(error <= 0.05 * scale))
    throw new Error(`${name}: MatMulNBits is off by ${error}, the outputs' norm is ${scale}`);
  const peer = "onnxruntime-node, MatMulNBits of 4 bits";
  const sides = [ours(session, [1, columns], x), side] as const;
  const row = await contest(bench, "batch 1", { peer, sides, repeats: 20, bar: 0.6, goal: 1 });
  await runtime.close();
  return row;
}

/**
 * What inputs of zero save. First by one kernel: a session that has learnt that its inputs are mostly zero multiplies by columns, and runs
 * with the one input and the other in turn. Then against a session that has only seen inputs without zeros, and so chose what is
 * fastest for them.
 */
async function zerosRows(bench: Bench): Promise<Row[]> {
  const { layer } = bench;
  const { columns } = layer;
  const settled = (part: number) => {
    const session = prepare(layer.network, { weight: () => layer.weight });
    const x = activations(columns, part);
    const run = ours(session, [1, columns], x);
    const y = new Float32Array(layer.outputs);
    multiplyRows(sparseRows(layer.dense, columns), x, y);
    for (let i = 0; i < SETTLING_RUNS; i++) run();
    assertAgree(layer.name, run(), y);
    return { session, run };
  };
  const [some, all] = [settled(0.4), settled(1)];
  const byColumns = ours(some.session, [1, columns], activations(columns, 1));
  assertAgree(layer.name, byColumns(), all.run());
  const title = "activations 40 % not zero";
  return [
    await contest(bench, title, {
      peer: "no activation zero, the same kernel",
      sides: [some.run, byColumns],
      repeats: 10,
      bar: 1.2,
      goal: 1.5,
    }),
    await contest(bench, title, {
      peer: "no activation zero, the layout chosen for them",
      sides: [some.run, all.run],
      repeats: 10,
    }),
  ];
}

async function batchRows(bench: Bench, { session, node, web }: Peers): Promise<Row[]> {
  const { columns, density, name } = bench.layer;
  const rows: Row[] = [];
  for (const batch of [8, 64]) {
    const x = activations(batch * columns, 1, batch);
    const shape = [batch, columns];
    const own = ours(session, shape, x);
    for (const [peer, runtime] of Object.entries({ "onnxruntime-node": node, "onnxruntime-web": web })) {
      const side = fed(runtime, shape, x);
      assertAgree(name, own(), await side());
      const asked = batch === 8 && peer === "onnxruntime-node" && density > 0.08 && density < 0.1;
      const bars = asked ? { bar: 3, goal: 6 } : {};
      const sides = [own, side] as const;
      rows.push(await contest(bench, `batch ${batch}`, { peer: `${peer}, dense float32`, sides, repeats: 2, ...bars }));
    }
  }
  return rows;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** A thin slice of a layer, to try the program out: fewer rows. */
export function thinned(layer: SyntheticLayer, effort: number): SyntheticLayer {
  const rows = Math.max(8, Math.round(layer.clumps.rows * effort));
  return { ...layer, shape: [rows, ...layer.shape.slice(1)], clumps: { ...layer.clumps, rows } };
}

/** The row of the geometric means of rows. */
export function meanRow(
  rows: readonly Row[],
  figure: Pick<Row, "name" | "peer"> & { readonly bar: number; readonly goal: number },
): Row {
  return toRow({
    ...figure,
    unit: "ms",
    ours: geometricMean(rows.map((row) => row.ours)),
    theirs: geometricMean(rows.map((row) => row.theirs)),
  });
}

/** The fully connected layers of AlexNet and VGG-16 at the paper's densities and 32 centroids, straight from gaps and codes. */
export const LAYER_CASES: readonly Case[] = [
  {
    name: "layers",
    async run(context) {
      const rows: Row[] = [];
      const held = { bytes: 0, dense: 0 };
      for (const network of ["AlexNet", "VGG-16"] as const) {
        const layers = syntheticLayers(NETWORKS[network]).filter(({ name }) => LAYERS.includes(name as "fc6"));
        for (const layer of layers) {
          const measured = await layerRows(network, thinned(layer, context.effort), context);
          rows.push(...measured.rows);
          if (network === "AlexNet") {
            held.bytes += measured.bytes;
            held.dense += measured.denseBytes;
          }
        }
      }
      const means = Object.entries(MEANS).map(([peer, bars]) => {
        const own = rows.filter((row) => row.peer === peer && row.name.endsWith("batch 1"));
        return meanRow(own, { name: "six layers, batch 1, geometric mean", peer, ...bars });
      });
      const bytes = { name: "AlexNet fc6 to fc8, bytes held", unit: "bytes", ours: held.bytes, theirs: held.dense };
      return [...means, toRow({ ...bytes, peer: "dense float32", bar: 10, goal: 16.7 }), ...rows];
    },
  },
];
