import { fileURLToPath } from "node:url";
import { bundleSize } from "./bundle-size";
import { type Case, toRow } from "./harness";
import { INFERENCE_BUNDLES } from "./inference-bundles";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Most kilobytes (1000 bytes), minified and packed by gzip -9; of LeNet-5 for either choice of its operators. */
const KILOBYTES: Readonly<Record<keyof typeof INFERENCE_BUNDLES, readonly [bar: number, goal: number]>> = {
  "inference: all operators": [90, 60],
  "inference: operators of LeNet-5 with Conv and Gemm in their small forms": [22, 15],
  "inference: operators of LeNet-5": [22, 15],
};

/** Bundles of inference: with all operators, and with those of one network. */
export const BUNDLE_CASE: Case = {
  name: "bundles",
  run: () =>
    Promise.all(
      Object.entries(INFERENCE_BUNDLES).map(async ([name, contents]) => {
        const { gzipped } = await bundleSize(contents, FOLDER);
        const [bar, goal] = KILOBYTES[name as keyof typeof INFERENCE_BUNDLES];
        return toRow({
          name: `bundle of ${name}, minified, gzip`,
          unit: "KB",
          ours: gzipped / 1000,
          peer: "the bar",
          theirs: bar,
          bar: 1,
          goal: Number((bar / goal).toPrecision(3)),
        });
      }),
    ),
};
