import { join } from "node:path";
import { compressedModel } from "./calibrated-model";
import type { LabelledPictures } from "./cifar";
import { percentSame, topClasses } from "./classification";
import { type CaseContext, type Row, toRow } from "./harness";
import { outputsInRuntime } from "./onnxruntime-session";

/** Points of accuracy that may be lost. */
const POINTS = 0.5;
const CLASSES = 10;
const BATCH = 100;

/** How small a network is to get: 4 bytes x all its parameters, over the bytes of the file. */
export interface Rate {
  readonly ratio: number;
  /** Whether this is what must be reached, or what we would like. */
  readonly asked: "bar" | "goal";
  /** Rounded without inputs. */
  readonly isDataFree?: boolean;
}

/** A trained network, and what it is measured by. */
export interface Classifier {
  readonly name: string;
  /** An ONNX file of one input and one output. */
  readonly model: string;
  readonly input: string;
  readonly parameters: number;
  readonly calibration: LabelledPictures["pictures"];
  readonly test: LabelledPictures;
}

/** A row for each rate: the share of test images that are right, which are read once for each. */
export async function accuracyRows(
  network: Classifier,
  rates: readonly Rate[],
  { folder, progress }: { readonly folder: string; readonly progress: CaseContext["progress"] },
): Promise<Row[]> {
  const rightPercent = async (model: string) => {
    const items = { count: network.test.labels.length, arrays: { [network.input]: network.test.pictures } };
    const [scores] = Object.values(await outputsInRuntime(model, items, BATCH));
    return percentSame(topClasses(scores!, CLASSES), network.test.labels);
  };
  const dense = await rightPercent(network.model);
  const rows: Row[] = [];
  for (const { ratio, asked, isDataFree } of rates) {
    const { bytes, seconds, restored } = await compressedModel(network.model, {
      folder: join(folder, `${ratio}${isDataFree ? "-data-free" : ""}`),
      targetBytes: (4 * network.parameters) / ratio,
      ...(!isDataFree && { inputs: [{ [network.input]: network.calibration }] }),
    });
    const ours = await rightPercent(restored);
    progress(
      `${network.name}, ${bytes} bytes: ${ours.toFixed(2)} % right, dense ${dense.toFixed(2)} %, ${seconds.toFixed(0)} s`,
    );
    const how = isDataFree ? "without inputs" : `by ${network.calibration.shape[0]} training images`;
    rows.push(
      toRow({
        name: `${network.name}, ${how}, ${ratio}x smaller (${bytes} bytes)`,
        unit: "% of test images right",
        ours,
        peer: `the dense network's ${dense.toFixed(2)} % less ${POINTS} points`,
        theirs: dense - POINTS,
        better: "higher",
        ...(asked === "bar" ? { bar: 1 } : { goal: 1 }),
      }),
    );
  }
  return rows;
}
