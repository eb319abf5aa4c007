import { CONFORMANCE_MODELS, conformanceModels, isConformanceInstalled } from "./conformance-models";
import { type Case, toCountRow, toOverheadRow } from "./harness";
import { type LosslessFigures, losslessFigures } from "./lossless-figures";

/** Every ONNX file of libonnx-testdata, stored without loss: whether it comes back, and its bytes beside gzip's. */
export const CONFORMANCE_CASE: Case = {
  name: "libonnx-testdata",
  async run({ progress, effort }) {
    if (!isConformanceInstalled()) {
      progress("skipped: libonnx-testdata is not installed; CONTRIBUTING.md says how");
      return [];
    }
    const stored: { readonly name: string; readonly figures: LosslessFigures }[] = [];
    let seen = 0;
    for await (const { name, bytes } of conformanceModels()) {
      if (seen++ % Math.round(1 / effort) !== 0) continue;
      try {
        stored.push({ name, figures: await losslessFigures([{ name: "model.onnx", bytes }]) });
      } catch (error) {
        progress(`${name} is refused: ${error instanceof Error ? error.message : error}`);
      }
    }
    const ratio = ({ figures: { losslessBytes, gzipBytes } }: (typeof stored)[number]) => losslessBytes / gzipBytes;
    const worst = stored.toSorted((a, b) => ratio(b) - ratio(a))[0];
    if (!worst) throw new Error("no file of libonnx-testdata was stored");
    const sum = (part: "losslessBytes" | "gzipBytes") =>
      stored.reduce((total, { figures }) => total + figures[part], 0);
    return [
      toCountRow({
        name: "libonnx-testdata, lossless round trip, SHA-256 equal",
        unit: "files",
        ours: stored.filter(({ figures }) => figures.isSame).length,
        peer: "all of them",
        theirs: effort === 1 ? CONFORMANCE_MODELS : Math.ceil(seen / Math.round(1 / effort)),
      }),
      toOverheadRow({
        name: `libonnx-testdata, lossless, the worst file: ${worst.name}`,
        counted: "bytes",
        ours: worst.figures.losslessBytes,
        peer: "gzip -9",
        theirs: worst.figures.gzipBytes,
        bar: 0,
      }),
      toOverheadRow({
        name: "libonnx-testdata, lossless, all files",
        counted: "bytes",
        ours: sum("losslessBytes"),
        peer: "gzip -9 of each",
        theirs: sum("gzipBytes"),
      }),
    ];
  },
};
