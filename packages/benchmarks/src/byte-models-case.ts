import { type Case, toOverheadRow } from "./harness";
import { losslessFigures } from "./lossless-figures";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS } from "./models";
import { xzLength } from "./peer-quantizers";
import { modelFiles } from "./real-model-figures";

/** Models whose weights are 8-bit integers. */
const BYTE_MODELS = ["Guesslang", "tiny face detector", "face recognition"];

/** Models of 8-bit weights without loss, against xz of their files. */
export const BYTE_MODELS_CASE: Case = {
  name: "8-bit models",
  async run() {
    const models = BYTE_MODELS.map((name) => {
      const model = REAL_MODELS.find((one) => one.name === name);
      if (model && isModelInstalled(model)) return model;
      throw new Error(`"${name}" is missing: run "npm run bench:models" first`);
    });
    const rows = models.map(async (model) => {
      const files = await modelFiles(model);
      const { losslessBytes, isSame } = await losslessFigures(files);
      if (!isSame) throw new Error(`${model.name} did not come back`);
      return toOverheadRow({
        name: `${model.name}, 8-bit weights, without loss, whole .dcz file`,
        counted: "bytes",
        ours: losslessBytes,
        peer: "xz -9 of its files",
        theirs: xzLength(Buffer.concat(files.map(({ bytes }) => bytes))),
        bar: 0,
        goal: -0.05,
      });
    });
    return Promise.all(rows);
  },
};
