import { type Case, type Row, toRow } from "./harness";
import { gzipLength } from "./lossless-figures";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS } from "./models";
import { PAGE_FILES } from "./page-files";
import { modelFiles } from "./real-model-figures";

/** Part of the dense file's bytes that ours may have, and what is hoped for. */
const [BAR, GOAL] = [0.25, 0.12];

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** What a page downloads: the `.dcz` file, fitted to inputs and at the defaults, against the ONNX file as a server with gzip sends it. */
export const LOADING_WIRE_CASE: Case = {
  name: "wire",
  async run({ progress }) {
    const peer = { unit: "KB", peer: "its ONNX file, gzip -9" };
    const all: Row[] = [];
    for (const [way, fileOf] of Object.entries(PAGE_FILES)) {
      const rows: Row[] = [];
      for (const model of REAL_MODELS.filter(({ format }) => format === "onnx")) {
        if (!isModelInstalled(model)) throw new Error(`"${model.name}" is missing: run "npm run bench:models" first`);
        const dense = (await modelFiles(model)).reduce((sum, file) => sum + gzipLength(file.bytes), 0);
        const { bytes, note } = await fileOf(model);
        const name = `${model.name}, over the wire, ${note}`;
        rows.push(toRow({ ...peer, name, ours: bytes.length / 1000, theirs: dense / 1000 }));
        progress(`${name}: ${bytes.length} of ${dense} bytes`);
      }
      all.push(
        toRow({
          name: `real models over the wire, ${way}, geometric mean`,
          unit: "KB",
          ours: mean(rows.map(({ ours }) => ours)),
          peer: "their ONNX files, gzip -9",
          theirs: mean(rows.map(({ theirs }) => theirs)),
          bar: 1 / BAR,
          goal: Number((1 / GOAL).toPrecision(3)),
        }),
        ...rows,
      );
    }
    return all;
  },
};
