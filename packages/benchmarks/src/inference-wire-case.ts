import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { readOnnx } from "@deep-compression/model-io";
import { type Case, type Row, toRow } from "./harness";
import { pageOf } from "./inference-bundles";
import { gzipLength } from "./lossless-figures";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS, type RealModel } from "./models";
import { operatorNames } from "./operator-conformance";
import { PAGE_FILES } from "./page-files";
import { bytesByChannel } from "./peer-quantizers";
import { peerFolder } from "./peers";
import { modelFiles } from "./real-model-figures";

/** Larger models are no case of a small page. */
const LARGEST = 3_000_000;
/** What a page of onnxruntime-web loads, its smallest build: WebAssembly on the CPU alone. */
const RUNTIME_FILES = ["ort-wasm-simd-threaded.wasm", "ort-wasm-simd-threaded.mjs", "ort.wasm.min.mjs"];

/** How servers pack what a page loads. */
const PACKERS = {
  "gzip -9": gzipLength,
  "brotli -9": (bytes: Uint8Array) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 } })
      .length,
} as const;

/** The most of their bytes that ours may be, and what is hoped for. */
const [BAR, GOAL] = [0.06, 0.03];

async function wireRows(model: RealModel): Promise<Row[]> {
  if (!isModelInstalled(model)) throw new Error(`"${model.name}" is missing: run "npm run bench:models" first`);
  const [main] = await modelFiles(model);
  const { network, page } = await pageFor(main!.bytes);
  const folder = peerFolder("onnxruntime-web");
  const runtime = await Promise.all(RUNTIME_FILES.map((file) => readFile(join(folder, file))));
  const packed = Object.entries(PACKERS).map(([how, packer]) => {
    const sum = (files: readonly Uint8Array[]) => files.reduce((total, file) => total + packer(file), 0);
    return { how, ours: sum([page]), theirs: sum(runtime) + bytesByChannel(network, packer).bytes };
  });
  const rows: Row[] = [];
  for (const fileOf of Object.values(PAGE_FILES)) {
    const { bytes, note } = await fileOf(model);
    for (const { how, ours, theirs } of packed) {
      rows.push(
        toRow({
          name: `${model.name}, ${note}, runtime and model over the wire, ${how}`,
          unit: "KB",
          ours: (ours + bytes.length) / 1000,
          peer: "onnxruntime-web's smallest build and the int8 model",
          theirs: theirs / 1000,
          bar: Number((1 / BAR).toPrecision(3)),
          goal: Number((1 / GOAL).toPrecision(3)),
        }),
      );
    }
  }
  return rows;
}

/** What a page of ours is for: a model, with the page that opens a `.dcz` file of it and runs it. */
async function pageFor(onnx: Uint8Array) {
  const network = readOnnx(onnx);
  return { network, page: Buffer.from(await pageOf(operatorNames(network.graph!.nodes))) };
}

/** What a page loads to run a model: our runtime and its `.dcz` file, against onnxruntime-web and 8 bits a weight. */
export const WIRE_CASE: Case = {
  name: "wire",
  async run({ progress }) {
    const rows: Row[] = [];
    const size = ({ files }: RealModel) => files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const model of REAL_MODELS.filter((one) => one.format === "onnx" && size(one) < LARGEST)) {
      const own = await wireRows(model);
      rows.push(...own);
      for (const { name, ours, theirs } of own) progress(`${name}: ${ours.toFixed(0)} of ${theirs.toFixed(0)} KB`);
    }
    return rows;
  },
};
