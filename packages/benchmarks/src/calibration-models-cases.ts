import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readOnnx, writeOnnx } from "@deep-compression/model-io";
import { relativeDifference } from "./agreement";
import { compressedModel } from "./calibrated-model";
import { calibrationInputs } from "./calibration-inputs";
import { percentSame, topClasses } from "./classification";
import { gptq } from "./gptq";
import { type Case, type Row, toRow } from "./harness";
import { isModelInstalled, mainFile } from "./model-folder";
import { REAL_MODELS } from "./models";
import { outputsInRuntime } from "./onnxruntime-session";
import { bytesByChannel, halfBytesByBlock } from "./peer-quantizers";
import { inTemporaryFolder } from "./temporary-folder";
import { tfjsNetwork, withTurnedWeights } from "./tfjs-network";

type Outputs = Readonly<Record<string, Float32Array>>;

/** A model of models.md, with inputs enough to calibrate it. */
interface CalibratedCase {
  readonly name: string;
  /** Items of a run. */
  readonly batch: number;
  /** What its users take from its outputs. */
  readonly decisions: (outputs: Outputs) => readonly (number | boolean)[];
  /** Its output that errors are told of. */
  readonly output: string;
  /** Whether GPTQ meets its layers: not behind an If. */
  readonly hasPlainLayers: boolean;
  /** What a decision is that is rarely made, and says most: told of by itself. */
  readonly rare?: string;
}

const SPEECH: Omit<CalibratedCase, "name"> = {
  batch: 1,
  decisions: ({ output }) => [...output!].map((probability) => probability > 0.5),
  output: "output",
  hasPlainLayers: false,
};

const MODELS: readonly CalibratedCase[] = [
  {
    name: "PP-OCR cls",
    batch: 32,
    decisions: (outputs) => topClasses(outputs["softmax_0.tmp_0"]!, 2),
    output: "softmax_0.tmp_0",
    hasPlainLayers: true,
  },
  {
    name: "PP-OCRv4 rec",
    batch: 16,
    decisions: (outputs) => topClasses(outputs["softmax_11.tmp_0"]!, 6625),
    output: "softmax_11.tmp_0",
    hasPlainLayers: true,
  },
  { name: "Silero VAD 5", ...SPEECH },
  { name: "Silero VAD 6", ...SPEECH },
  {
    name: "Basic Pitch",
    batch: 4,
    // Whether a note sounds, of each key at each time.
    decisions: ({ Identity_1: notes }) => [...notes!].map((probability) => probability > 0.3),
    output: "Identity_1",
    hasPlainLayers: true,
    rare: "notes that sound",
  },
];

/** Decisions that are to be those of the dense model, of a hundred. */
const AGREEMENT = 99;

/** Our bytes, of those of others. */
const [OF_BYTES, OF_HALF_BYTES, OF_GPTQ] = [0.7, 0.8, 0.75];

/** The decisions that are made by one or the other, where they are yes or no. */
function madeByEither<Decision>(ours: readonly Decision[], theirs: readonly Decision[]): [Decision[], Decision[]] {
  const isMade = (_: Decision, i: number) => ours[i] === true || theirs[i] === true;
  return [ours.filter(isMade), theirs.filter(isMade)];
}

function modelCase(calibrated: CalibratedCase): Case {
  const { name, batch, decisions, output, hasPlainLayers, rare } = calibrated;
  return {
    name,
    run: ({ progress }) =>
      inTemporaryFolder(async (folder) => {
        const installed = REAL_MODELS.find((model) => model.name === name);
        if (!installed || !isModelInstalled(installed)) {
          throw new Error(`"${name}" is missing: run "npm run bench:models" first`);
        }
        const model = mainFile(installed);
        const isOnnx = installed.format === "onnx";
        const network = isOnnx
          ? readOnnx(new Uint8Array(await readFile(model)))
          : withTurnedWeights(await tfjsNetwork(model));
        const dense = isOnnx ? model : join(folder, "dense.onnx");
        if (!isOnnx) await writeFile(dense, writeOnnx(network));
        const { calibration, unseen } = await calibrationInputs(installed);
        const right = await outputsInRuntime(dense, unseen, batch);
        const judged = async (what: string, bytes: number, file: string | Uint8Array) => {
          const outputs = await outputsInRuntime(file, unseen, batch);
          const [found, dense] = [decisions(outputs), decisions(right)];
          const percent = percentSame(found, dense);
          const ofRare = rare === undefined ? Number.NaN : percentSame(...madeByEither(found, dense));
          const error = 100 * relativeDifference(outputs[output]!, right[output]!);
          progress(`${what}: ${bytes} bytes, ${percent.toFixed(2)} % the same, output error ${error.toFixed(2)} %`);
          return { bytes, percent, ofRare, error };
        };
        const ours = async (targetBytes: number) => {
          const inputs = calibration.map(({ arrays }) => arrays);
          const made = await compressedModel(model, { folder, targetBytes, inputs });
          return judged(`ours, ${made.seconds.toFixed(0)} s`, made.bytes, made.restored);
        };
        const int8 = bytesByChannel(network);
        const { ofRare: int8Rare } = await judged("int8", int8.bytes, int8.onnx);
        const atInt8 = await ours(OF_BYTES * int8.bytes);
        const int4 = halfBytesByBlock(network);
        const { percent: int4Percent } = await judged("4 bits", int4.bytes, int4.onnx);
        const rows: Row[] = [
          toRow({
            name: `${name}, decisions on inputs not used, at ${OF_BYTES} of the bytes of int8 a channel + xz (${int8.bytes})`,
            unit: "% as the dense model's",
            ours: atInt8.percent,
            peer: "the bar",
            theirs: AGREEMENT,
            better: "higher",
            bar: 1,
          }),
          toRow({
            name: `${name}, decisions on inputs not used, at ${OF_HALF_BYTES} of the bytes of 4-bit blocks of 32 + xz (${int4.bytes})`,
            unit: "% as the dense model's",
            ours: (await ours(OF_HALF_BYTES * int4.bytes)).percent,
            peer: "4-bit blocks of 32 + xz",
            theirs: int4Percent,
            better: "higher",
            bar: 1,
          }),
        ];
        if (rare !== undefined) {
          rows.push(
            toRow({
              name: `${name}, ${rare} in either, the same in both, at ${OF_BYTES} of the bytes of int8`,
              unit: "%",
              ours: atInt8.ofRare,
              peer: "int8 a channel",
              theirs: int8Rare,
              better: "higher",
            }),
          );
        }
        if (!hasPlainLayers) return rows;
        const peer = await gptq(network, calibration[0]!, batch);
        const { error: theirs } = await judged("GPTQ", peer.bytes, peer.onnx);
        const row = toRow({
          name: `${name}, output error on inputs not used, at ${OF_GPTQ} of the bytes of GPTQ 4 bits, entropy coded (${Math.round(peer.bytes)})`,
          unit: "% of the output",
          ours: (await ours(OF_GPTQ * peer.bytes)).error,
          peer: "GPTQ 4 bits by the same inputs",
          theirs,
          bar: 1,
        });
        return [...rows, row];
      }),
  };
}

/** Models that others trained, against how others quantize. */
export const CALIBRATION_MODELS_CASES: readonly Case[] = MODELS.map(modelCase);
