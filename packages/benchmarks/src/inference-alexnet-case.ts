import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { prepare } from "@deep-compression/inference";
import { open } from "@deep-compression/pipeline";
import { firstAnswer } from "./child-process";
import { type Case, type CaseContext, compare, median, type Row, toRow } from "./harness";
import { networkInput } from "./network-input";
import { openModelOnOneThread } from "./onnxruntime-thread";
import { assertAgree } from "./shared-layer";
import { type SyntheticFile, syntheticFile } from "./synthetic-file";
import { syntheticLayers } from "./synthetic-network";
import { inTemporaryFolder } from "./temporary-folder";

const SHAPE = [1, 3, 227, 227];
/** As the architecture calls it. */
const INPUT = "input";
const PEER = "onnxruntime-web, dense float32";

async function runRows(title: string, { stored, onnx }: SyntheticFile, { rounds }: CaseContext): Promise<Row[]> {
  const opened = await open(bytesSource(stored));
  const session = prepare({ graph: opened.graph! }, await opened.weights());
  const { tensor, array } = networkInput(INPUT, SHAPE);
  const own = () => session.run({ [INPUT]: array }).output!.data as Float32Array;
  const rows: Row[] = [];
  for (const [peer, bars] of [
    ["onnxruntime-web", { bar: 1, goal: 2 }],
    ["onnxruntime-node", {}],
  ] as const) {
    const runtime = await openModelOnOneThread(peer, onnx);
    runtime.feed({ [INPUT]: tensor });
    assertAgree(title, own(), (await runtime.run()).output!.data as Float32Array);
    const figure = { name: `${title}, batch 1`, unit: "ms", peer: `${peer}, dense float32`, scale: 1000, ...bars };
    const sides = { ours: own, theirs: () => runtime.run() };
    rows.push(await compare(figure, sides, { rounds: 3 * rounds, warmUps: 5 }));
    await runtime.close();
  }
  return rows;
}

/** Both sides in turn, each in a process of its own that has done nothing before. */
async function firstAnswerRow(title: string, { stored, onnx }: SyntheticFile, { rounds, progress }: CaseContext) {
  return inTemporaryFolder(async (folder) => {
    const [ours, theirs] = [join(folder, "alexnet.dcz"), join(folder, "alexnet.onnx")];
    await writeFile(ours, stored);
    await writeFile(theirs, onnx);
    const seconds: [number, number][] = [];
    // The first of each reads its file from wherever writing left it.
    for (let round = -1; round < rounds; round++) {
      const [mine, other] = [await firstAnswer(ours, SHAPE), await firstAnswer(theirs, SHAPE)];
      assertAgree(title, mine.output, other.output);
      progress(`first answer after ${mine.seconds.toFixed(2)} s and ${other.seconds.toFixed(2)} s`);
      if (round >= 0) seconds.push([mine.seconds, other.seconds]);
    }
    return toRow({
      name: `${title}, from the file on disk to the first answer, a fresh process`,
      unit: "s",
      ours: median(seconds.map(([mine]) => mine)),
      peer: `${PEER}, its file on disk`,
      theirs: median(seconds.map(([, other]) => other)),
      bar: 1,
      goal: 2,
    });
  });
}

/** AlexNet at full size and the paper's densities, its weights drawn: a `.dcz` file against the dense file of the same weights. */
export const ALEXNET_CASE: Case = {
  name: "alexnet",
  async run(context) {
    const file = await syntheticFile("alexnet", syntheticLayers("alexnet"));
    const megabytes = (file.stored.length / 1e6).toFixed(1);
    const title = `AlexNet (${(100 * file.density).toFixed(0)} % not zero, ${megabytes} MB)`;
    return [...(await runRows(title, file, context)), await firstAnswerRow(title, file, context)];
  },
};
