import { ALL_PASSES, denseWeights, OPERATORS, type WeightSource } from "@deep-compression/inference";
import { prepareOnThreads } from "@deep-compression/inference/threads";
import { type Case, type CaseContext, compare, type Row } from "./harness";
import { thinned } from "./inference-layer-cases";
import { activations, assertAgree, type SharedLayer, sharedLayer } from "./shared-layer";
import { syntheticLayers } from "./synthetic-network";

const THREADS = 2;

/** What is measured of a layer, with what is asked of it. */
interface Contest {
  readonly name: string;
  readonly batch: number;
  readonly weights: "sparse" | "dense";
  /** Cells along the height and width of an image; none: the layer is fully connected. */
  readonly size?: number;
  readonly bar?: number;
  readonly goal?: number;
}

const CONTESTS: Readonly<Record<string, readonly Contest[]>> = {
  fc6: [
    { name: "batch 1", batch: 1, weights: "sparse", bar: 1.5, goal: 1.8 },
    { name: "batch 8", batch: 8, weights: "sparse" },
    { name: "dense weights, batch 1", batch: 1, weights: "dense" },
  ],
  conv4_2: [
    { name: "batch 1", batch: 1, weights: "sparse", size: 28 },
    { name: "dense weights, batch 1", batch: 1, weights: "dense", size: 28 },
  ],
};

async function threadRow(layer: SharedLayer, contest: Contest, { rounds, progress }: CaseContext): Promise<Row> {
  const { network, name, columns } = layer;
  const { batch, weights, size, ...figure } = contest;
  const source: WeightSource = weights === "dense" ? denseWeights(network) : { weight: () => layer.weight };
  const options = { operators: OPERATORS, passes: ALL_PASSES };
  const one = await prepareOnThreads(network, source, { ...options, threads: 1 });
  const two = await prepareOnThreads(network, source, { ...options, threads: THREADS });
  const shape = size === undefined ? [batch, columns] : [batch, layer.weight.shape[1]!, size, size];
  const data = activations(
    shape.reduce((product, length) => product * length, 1),
    1,
  );
  const inputs = { x: { type: "float32", shape, data } as const };
  const outputs = [one, two].map((session) => session.run(inputs).y!.data as Float32Array);
  assertAgree(name, outputs[1]!, outputs[0]!);
  // Some milliseconds of work in a row: a thread that has slept longer takes longer to wake.
  const start = performance.now();
  one.run(inputs);
  const repeats = Math.max(1, Math.ceil(20 / (performance.now() - start)));
  const repeated = (session: typeof one) => () => {
    for (let i = 0; i < repeats; i++) session.run(inputs);
  };
  const row = await compare(
    {
      ...figure,
      name: `VGG-16 ${name}, ${contest.name}, two threads`,
      unit: "ms",
      peer: "one thread",
      scale: 1000 / repeats,
    },
    { ours: repeated(two), theirs: repeated(one) },
    { rounds: 7 * rounds, warmUps: 2 },
  );
  await two.close();
  progress(`${row.name}: ${row.ours.toFixed(3)} ms, ${row.ratio.toFixed(2)} times as fast as one`);
  return row;
}

/** Layers of VGG-16 on two threads and on one. */
export const THREAD_CASE: Case = {
  name: "threads",
  async run(context) {
    const rows: Row[] = [];
    for (const [name, contests] of Object.entries(CONTESTS)) {
      const layer = sharedLayer(thinned(syntheticLayers("vgg-16").find((one) => one.name === name)!, context.effort));
      for (const contest of contests) rows.push(await threadRow(layer, contest, context));
    }
    return rows;
  },
};
