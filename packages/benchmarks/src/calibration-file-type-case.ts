import { readFile } from "node:fs/promises";
import { elementCount } from "@deep-compression/bits";
import { bytesSource } from "@deep-compression/container";
import { type OpenedModel, openModel } from "@deep-compression/model-io";
import { floatTensor } from "@deep-compression/network";
import { roundedByBlock } from "@deep-compression/network-calibration";
import { compressByTrials, open } from "@deep-compression/pipeline";
import { relativeDifference } from "./agreement";
import { percentSame, topClasses } from "./classification";
import { type Case, toRow } from "./harness";
import { isModelInstalled, loadModelPackage, shippedFile } from "./model-folder";
import { REAL_MODELS } from "./models";
import { halfBytes, xzLength } from "./peer-quantizers";
import { sourceTexts } from "./source-texts";

const NAME = "Guesslang";

/** The part of its package that we use, which runs it by a TensorFlow.js of its own. */
interface LanguageDetection {
  readonly ModelOperations: new (options: {
    readonly modelJsonLoaderFunc: () => Promise<object>;
    readonly weightsLoaderFunc: () => Promise<ArrayBuffer>;
    readonly minContentSize: number;
  }) => {
    runModel(text: string): Promise<readonly { readonly languageId: string; readonly confidence: number }[]>;
  };
}

/** Texts that trials are measured by, and others that the result is judged by. */
const [MEASURED_TEXTS, UNSEEN_TEXTS] = [80, 800];

/** Decisions that are to be those of the model as it is shipped, of a hundred; and our bytes, of those of others. */
const [AGREEMENT, OF_BYTES, OF_HALF_BYTES] = [99, 0.7, 0.8];

const BLOCK = 32;

/** The two files of the model. */
interface ModelFiles {
  readonly manifest: Uint8Array;
  readonly weights: Uint8Array;
}

/** The probabilities of all languages for each text, in rows. */
async function probabilities(
  { manifest, weights }: ModelFiles,
  texts: readonly string[],
): Promise<{ readonly rows: Float32Array; readonly languages: number }> {
  const { ModelOperations } = loadModelPackage<LanguageDetection>("@vscode/vscode-languagedetection");
  const detection = new ModelOperations({
    modelJsonLoaderFunc: async () => JSON.parse(new TextDecoder().decode(manifest)),
    weightsLoaderFunc: async () => weights.slice().buffer,
    minContentSize: 0,
  });
  const found = [];
  for (const text of texts) {
    const ranked = await detection.runModel(text);
    found.push([...ranked].sort((a, b) => (a.languageId < b.languageId ? -1 : 1)).map(({ confidence }) => confidence));
  }
  return { rows: Float32Array.from(found.flat()), languages: found[0]!.length };
}

function openFiles({ manifest, weights }: ModelFiles): Promise<OpenedModel> {
  return openModel(bytesSource(manifest), { name: "model.json", folder: async () => bytesSource(weights) });
}

/** The files that come out of a `.dcz` file. */
async function restored(file: Uint8Array): Promise<ModelFiles> {
  const { files } = await open(bytesSource(file));
  const [manifest, weights] = await Promise.all(files.map(({ source }) => source.slice(0)));
  return { manifest: manifest!, weights: weights! };
}

/** 4 bits a weight, in blocks that have a scale each: the same files with what comes out of that, and what `xz -9` makes of it all. */
async function inHalfBytes(files: ModelFiles): Promise<{ readonly files: ModelFiles; readonly bytes: number }> {
  const { network, holes } = await openFiles(files);
  const { length } = files.manifest;
  const [weights, zeros] = [files.weights.slice(), files.weights.slice()];
  const stored: Uint8Array[] = [];
  for (const { tensor, start, end } of holes) {
    const { name, shape, type } = network.tensors[tensor]!;
    const zeroPoint = network.quantizations?.get(name)?.zeroPoint;
    if (type !== "uint8" || zeroPoint === undefined || shape.length < 2) continue;
    const codes = weights.subarray(start - length, end - length);
    const numbers = Float32Array.from(codes, (code) => code - zeroPoint);
    const rounding = roundedByBlock(floatTensor(name, [elementCount(shape)], numbers), { bits: 4, block: BLOCK });
    stored.push(...halfBytes(rounding));
    for (const [i, value] of rounding.values.entries())
      codes[i] = Math.min(255, Math.max(0, Math.round(value + zeroPoint)));
    zeros.fill(0, start - length, end - length);
  }
  const bytes = xzLength(Buffer.concat([...stored, files.manifest, zeros]));
  return { files: { ...files, weights }, bytes };
}

/**
 * Guesslang names the language of a text. Only its own program runs it, for it splits texts in a loop and hashes them: so weights lose by
 * trials, each of which that program measures. Its weights have 8 bits as it is shipped.
 */
export const CALIBRATION_FILE_TYPE_CASE: Case = {
  name: NAME,
  async run({ progress }) {
    const shipped = REAL_MODELS.find(({ name }) => name === NAME)!;
    if (!isModelInstalled(shipped)) throw new Error(`"${NAME}" is missing: run "npm run bench:models" first`);
    const [manifest, weights] = await Promise.all(
      shipped.files.map(async ({ path }) => new Uint8Array(await readFile(shippedFile(shipped.package, path)))),
    );
    const files = { manifest: manifest!, weights: weights! };
    const texts = await sourceTexts(1);
    const measured = texts.slice(0, MEASURED_TEXTS);
    const unseen = texts.slice(MEASURED_TEXTS, MEASURED_TEXTS + UNSEEN_TEXTS);
    const right = await probabilities(files, measured);
    const { rows, languages } = await probabilities(files, unseen);
    const judged = async (what: string, bytes: number, found: ModelFiles) => {
      const theirs = (await probabilities(found, unseen)).rows;
      const percent = percentSame(topClasses(theirs, languages), topClasses(rows, languages));
      const error = (100 * relativeDifference(theirs, rows)).toFixed(2);
      progress(
        `${what}: ${bytes} bytes, ${percent.toFixed(2)} % the same of ${unseen.length}, output error ${error} %`,
      );
      return percent;
    };
    const ours = async (targetBytes: number) => {
      const { bytes } = await compressByTrials(await openFiles(files), {
        targetBytes: Math.floor(targetBytes),
        measure: async (file) =>
          relativeDifference((await probabilities(await restored(file), measured)).rows, right.rows),
        onTrial: ({ tensor, maxError, bytes: own, outputError }) =>
          progress(`${tensor} at ${maxError}: ${own} bytes, outputs off by ${(100 * outputError).toFixed(2)} %`),
      });
      return judged("ours", bytes.length, await restored(bytes));
    };
    const int8 = xzLength(Buffer.concat([files.manifest, files.weights]));
    const int4 = await inHalfBytes(files);
    const int4Percent = await judged("4 bits", int4.bytes, int4.files);
    const row = { unit: "% as the shipped model's", better: "higher", bar: 1 } as const;
    return [
      toRow({
        ...row,
        name: `${NAME}, decisions on texts not used, at ${OF_BYTES} of the bytes as shipped, 8 bits, + xz (${int8})`,
        ours: await ours(OF_BYTES * int8),
        peer: "the bar",
        theirs: AGREEMENT,
      }),
      toRow({
        ...row,
        name: `${NAME}, decisions on texts not used, at ${OF_HALF_BYTES} of the bytes of 4-bit blocks of ${BLOCK} + xz (${int4.bytes})`,
        ours: await ours(OF_HALF_BYTES * int4.bytes),
        peer: `4-bit blocks of ${BLOCK} + xz`,
        theirs: int4Percent,
      }),
    ];
  },
};
