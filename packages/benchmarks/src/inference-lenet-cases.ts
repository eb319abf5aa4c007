import { bytesSource } from "@deep-compression/bits";
import { loadMnist, type NetworkName } from "@deep-compression/experiments";
import { prepare } from "@deep-compression/inference";
import { writeOnnx } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Network, shapeOf } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import { type Case, type CaseContext, compare, type Row } from "./harness";
import { lenetFile } from "./lenet-file";
import { arraysOf, openModelOnOneThread } from "./onnxruntime-thread";
import { assertAgree } from "./shared-layer";

const TITLES = { "lenet-300-100": "LeNet-300-100", "lenet-5": "LeNet-5" } as const;

/** Images of a timed run, one after the other: a run of one takes some microseconds. */
const IMAGES = 500;

/** The first test images, one by one. */
async function images(network: Network) {
  const { test } = await loadMnist();
  const { name, ...input } = network.graph!.inputs[0]!;
  const shape = [
    1,
    ...shapeOf({ name, ...input })
      .slice(1)
      .map(Number),
  ];
  const size = test.inputs.length / test.labels.length;
  return Array.from({ length: IMAGES }, (_, i) => {
    const pixels = Float32Array.from(test.inputs.subarray(i * size, (i + 1) * size), (pixel) => pixel / 255);
    return { [name]: floatTensor(name, shape, pixels) };
  });
}

async function lenetRows(name: NetworkName, { rounds, progress }: CaseContext): Promise<Row[]> {
  const { bytes, origin } = await lenetFile(name, progress);
  const opened = await open(bytesSource(bytes));
  const network = await opened.network();
  const session = prepare({ graph: opened.graph! }, await opened.weights());
  const output = session.outputs[0]!.name;
  const inputs = await images(network);
  const arrays = inputs.map(arraysOf);
  const run = (i: number) => session.run(arrays[i]!)[output]!.data as Float32Array;
  const title = `${TITLES[name]} (${density(network)} % not zero, ${bytes.length} bytes, of ${origin})`;
  const rows: Row[] = [];
  for (const [peer, bars] of [
    ["onnxruntime-node", { bar: 1, goal: 2 }],
    ["onnxruntime-web", {}],
  ] as const) {
    const runtime = await openModelOnOneThread(peer, writeOnnx(network));
    for (const [i, input] of inputs.entries()) {
      runtime.feed(input);
      assertAgree(title, run(i), (await runtime.run())[output]!.data as Float32Array);
    }
    const row = await compare(
      { name: `${title}, batch 1`, unit: "ms", peer: `${peer}, dense float32`, scale: 1000 / IMAGES, ...bars },
      {
        ours: () => {
          for (let i = 0; i < IMAGES; i++) run(i);
        },
        theirs: async () => {
          for (let i = 0; i < IMAGES; i++) await runtime.run();
        },
      },
      { rounds: 3 * rounds, warmUps: 3 },
    );
    await runtime.close();
    rows.push(row);
  }
  return rows;
}

/** Of the weights, biases left out. */
function density({ tensors }: Network): string {
  const weights = tensors.filter(({ shape }) => shape.length > 1).map(floatValues);
  const nonZero = weights.reduce((sum, values) => sum + values.filter((value) => value !== 0).length, 0);
  return ((100 * nonZero) / weights.reduce((sum, { length }) => sum + length, 0)).toFixed(1);
}

/** LeNets from files of our recipe. */
export const LENET_CASES: readonly Case[] = (["lenet-300-100", "lenet-5"] as const).map((name) => ({
  name,
  run: (context) => lenetRows(name, context),
}));
