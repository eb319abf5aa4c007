import { fileAtDefaults } from "./file-at-defaults";
import { type Case, type Row, toRow } from "./harness";
import { gzipLength } from "./lossless-figures";
import { isModelInstalled, mainFile } from "./model-folder";
import { REAL_MODELS } from "./models";
import { modelFiles } from "./real-model-figures";

/** Part of the dense file's bytes that ours may have, and what is hoped for. */
const [BAR, GOAL] = [0.25, 0.12];

/** What a page downloads: the `.dcz` file at the defaults, against the ONNX file as a server with gzip sends it. */
export const LOADING_WIRE_CASE: Case = {
  name: "wire",
  async run({ progress }) {
    const rows: Row[] = [];
    for (const model of REAL_MODELS.filter(({ format }) => format === "onnx")) {
      if (!isModelInstalled(model)) throw new Error(`"${model.name}" is missing: run "npm run bench:models" first`);
      const files = await modelFiles(model);
      const bytes = await fileAtDefaults(mainFile(model));
      const dense = files.reduce((sum, file) => sum + gzipLength(file.bytes), 0);
      const row = { name: `${model.name}, over the wire`, unit: "KB", peer: "its ONNX file, gzip -9" };
      rows.push(toRow({ ...row, ours: bytes.length / 1000, theirs: dense / 1000 }));
      progress(`${model.name}: ${bytes.length} of ${dense} bytes`);
    }
    const mean = (values: readonly number[]) =>
      Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
    const [ours, theirs] = [mean(rows.map((row) => row.ours)), mean(rows.map((row) => row.theirs))];
    const name = "real models over the wire, geometric mean";
    const bars = { bar: 1 / BAR, goal: Number((1 / GOAL).toPrecision(3)) };
    return [toRow({ name, unit: "KB", ours, peer: "their ONNX files, gzip -9", theirs, ...bars }), ...rows];
  },
};
