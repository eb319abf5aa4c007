import { denseWeights, prepare } from "@deep-compression/inference";
import { readOnnx } from "@deep-compression/model-io";
import { type Case, type CaseContext, compare, median, type Row } from "./harness";
import { meanRow } from "./inference-layer-cases";
import { isModelInstalled } from "./model-folder";
import { modelInputs } from "./model-inputs";
import { firstItem, largestDifference, outputBound } from "./model-items";
import { REAL_MODELS, type RealModel } from "./models";
import { arraysOf, openModelOnOneThread } from "./onnxruntime-thread";
import { modelFiles } from "./real-model-figures";

const PEER = "onnxruntime-web, dense float32";

/** A run of this many milliseconds is timed as it is; a shorter one is repeated. */
const LEAST_MILLISECONDS = 20;
/** Milliseconds of runs after which the code of a session is compiled for good. */
const SETTLING_MILLISECONDS = 1000;

/** How often a side is run for a figure, once it has settled. */
function repeatsOf(side: () => unknown): number {
  const start = performance.now();
  const times: number[] = [];
  for (let now = start; now - start < SETTLING_MILLISECONDS || times.length < 3; ) {
    side();
    const end = performance.now();
    times.push(end - now);
    now = end;
  }
  return Math.max(1, Math.ceil(LEAST_MILLISECONDS / median(times.slice(-20))));
}

async function modelRow(model: RealModel, { rounds, progress }: CaseContext): Promise<Row> {
  if (!isModelInstalled(model)) throw new Error(`"${model.name}" is missing: run "npm run bench:models" first`);
  const { bytes } = (await modelFiles(model))[0]!;
  const network = readOnnx(bytes);
  const inputs = firstItem(modelInputs(model.name));
  const session = prepare({ graph: network.graph! }, denseWeights(network));
  const runtime = await openModelOnOneThread("onnxruntime-web", bytes);
  runtime.feed(inputs);
  const arrays = arraysOf(inputs);
  const difference = largestDifference(session.run(arrays), await runtime.run());
  if (!(difference <= outputBound(model.name)))
    throw new Error(`${model.name}: outputs differ by ${difference} of their scale`);
  const repeats = repeatsOf(() => session.run(arrays));
  const row = await compare(
    { name: `${model.name}, dense, one item`, unit: "ms", peer: PEER, scale: 1000 / repeats },
    {
      ours: () => {
        for (let i = 0; i < repeats; i++) session.run(arrays);
      },
      theirs: async () => {
        for (let i = 0; i < repeats; i++) await runtime.run();
      },
    },
    { rounds: 2 * rounds + 1, warmUps: 2 },
  );
  await runtime.close();
  progress(`${row.name}: ${row.ours.toFixed(2)} ms, ${row.ratio.toFixed(2)} times as fast, apart by ${difference}`);
  return row;
}

/** Models that others made, as they are: nothing sparse, nothing shared. */
export const MODEL_CASE: Case = {
  name: "models",
  async run(context) {
    const rows: Row[] = [];
    for (const model of REAL_MODELS.filter(({ format }) => format === "onnx"))
      rows.push(await modelRow(model, context));
    const name = `${rows.length} real models, dense, one item, geometric mean`;
    return [meanRow(rows, { name, peer: PEER, bar: 0.5, goal: 1 }), ...rows];
  },
};
