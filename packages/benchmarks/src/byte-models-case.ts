import { spawnSync } from "node:child_process";
import { type Case, toOverheadRow } from "./harness";
import { losslessFigures } from "./lossless-figures";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS } from "./models";
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

/** Bytes of what `xz -9` makes. @throws Error where there is none */
function xzLength(bytes: Uint8Array): number {
  const { status, stdout, error } = spawnSync("xz", ["-9", "--stdout"], {
    input: bytes,
    maxBuffer: 2 * bytes.length + 4096,
  });
  if (status !== 0) throw new Error(`xz failed: ${error?.message ?? status}`);
  return stdout.length;
}
