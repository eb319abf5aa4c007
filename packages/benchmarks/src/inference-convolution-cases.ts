import { denseWeights, prepare } from "@deep-compression/inference";
import { writeOnnx } from "@deep-compression/model-io";
import { type Case, type CaseContext, compare, type Row } from "./harness";
import { meanRow, thinned } from "./inference-layer-cases";
import { openOnOneThread } from "./onnxruntime-thread";
import { activations, assertAgree, sharedLayer } from "./shared-layer";
import { type SyntheticLayer, syntheticLayers } from "./synthetic-network";

/** Convolutions of VGG-16, and the height and width of their images. */
const IMAGES: Readonly<Record<string, number>> = {
  conv3_2: 56,
  conv3_3: 56,
  conv4_1: 28,
  conv4_2: 28,
  conv4_3: 28,
  conv5_1: 14,
  conv5_2: 14,
  conv5_3: 14,
};

async function convolutionRows(synthetic: SyntheticLayer, { rounds, progress }: CaseContext): Promise<Row[]> {
  const layer = sharedLayer(synthetic);
  const [size, channels] = [IMAGES[layer.name]!, synthetic.shape[1]!];
  const shape = [1, channels, size, size];
  const data = activations(channels * size * size, 1);
  const inputs = { x: { type: "float32", shape, data } as const };
  const session = prepare(layer.network, { weight: () => layer.weight });
  const dense = prepare(layer.network, denseWeights(layer.network));
  const model = writeOnnx(layer.network);
  const rows: Row[] = [];
  const name = `VGG-16 ${layer.name} (${(100 * layer.density).toFixed(0)} % not zero), batch 1`;
  const own = () => session.run(inputs).y!.data as Float32Array;
  for (const peer of ["onnxruntime-web", "onnxruntime-node"] as const) {
    const runtime = await openOnOneThread(peer, model);
    runtime.feed(shape, data);
    assertAgree(name, own(), await runtime.run());
    const figure = { name, unit: "ms", peer: `${peer}, dense float32`, scale: 1000 };
    rows.push(await compare(figure, { ours: own, theirs: () => runtime.run() }, { rounds: 2 * rounds }));
    await runtime.close();
  }
  const figure = { name, unit: "ms", peer: "our dense kernel", scale: 1000 };
  rows.push(await compare(figure, { ours: own, theirs: () => dense.run(inputs) }, { rounds: 2 * rounds }));
  for (const row of rows)
    progress(`${row.name} against ${row.peer}: ${row.ours.toFixed(1)} ms, ${row.ratio.toFixed(2)} times as fast`);
  return rows;
}

/** Convolutions of VGG-16 at the paper's densities, straight from gaps and codes. */
export const CONVOLUTION_CASES: readonly Case[] = [
  {
    name: "convolutions",
    async run(context) {
      const rows: Row[] = [];
      for (const layer of syntheticLayers("vgg-16").filter(({ name }) => Object.hasOwn(IMAGES, name)))
        rows.push(...(await convolutionRows(thinned(layer, context.effort), context)));
      const peer = "onnxruntime-web, dense float32";
      const name = "VGG-16 conv3_2 to conv5_3, batch 1, geometric mean";
      return [
        meanRow(
          rows.filter((row) => row.peer === peer),
          { name, peer, bar: 1, goal: 2 },
        ),
        ...rows,
      ];
    },
  },
];
