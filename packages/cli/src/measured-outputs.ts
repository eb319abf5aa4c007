import { sessionExecutor } from "@deep-compression/inference";
import type { OpenedModel } from "@deep-compression/model-io";
import { outputMeter } from "@deep-compression/network-calibration";
import {
  type Compressed,
  type CompressOptions,
  compressMeasured,
  compressModel,
  type Measured,
  type Meter,
  measureCompressed,
  type Plan,
  type Tightened,
} from "@deep-compression/pipeline";
import { percentOf, shortName } from "./terminal";

/** What the outputs of a compressed model are off by, and what was done about it. */
export interface MeasuredOutputs {
  readonly measured: Measured;
  readonly tightened?: Tightened;
}

/** Memory and seconds of one run that measuring may take. */
const MOST_BYTES = 2 ** 30;
const MOST_SECONDS = 30;

/** Runs a model beside what became of it, on made-up inputs. */
export function meterOf({ network }: OpenedModel, isWanted: boolean): Meter {
  if (!isWanted) return { whyNot: "as asked", measure: async () => ({ whyNot: "as asked" }) };
  return outputMeter(network, sessionExecutor({ maxBytes: MOST_BYTES, maxSeconds: MOST_SECONDS }));
}

/** How a model is compressed: by a plan, whatever becomes of the outputs, or so that they stay close. */
export interface Way extends CompressOptions {
  readonly meter: Meter;
  readonly plan: Plan | undefined;
  readonly effort: Plan["effort"];
}

/** A model compressed, and measured. */
export async function compressedAndMeasured(
  model: OpenedModel,
  { plan, meter, effort, ...options }: Way,
): Promise<Compressed & MeasuredOutputs> {
  if (plan === undefined) return compressMeasured(model, { meter, ...(effort && { effort }), ...options });
  const compressed = await compressModel(model, plan, options);
  return { ...compressed, measured: await measureCompressed(compressed, meter) };
}

/** Outputs that are off by more may be felt. */
const LARGE_ERROR = 0.05;

/** What is said of outputs: lines, and warnings. */
export function outputsText({ measured, tightened }: MeasuredOutputs): {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
} {
  if (tightened?.errorFactor === 0) {
    const leap = `the outputs leap at any loss (by ${percentOf(tightened.defaultError)} at the usual one, on made-up inputs), so weights are kept bit for bit; --max-error 0.0001 accepts it`;
    return { lines: [], warnings: [leap] };
  }
  if ("whyNot" in measured) {
    const check = "check it on real input (deep-compression compare)";
    return { lines: [`output error not measured: ${measured.whyNot}; ${check}`], warnings: [] };
  }
  const { error, output, notCompared = [] } = measured;
  const unknown =
    notCompared.length > 0 ? `; of ${notCompared.map(shortName).join(", ")} not known: shapes depend on weights` : "";
  const found = `output error ${percentOf(error)} (${shortName(output)}) on made-up inputs${unknown}; measure on yours with compare --inputs`;
  const why =
    tightened &&
    `weights have 1/${1 / tightened.errorFactor} of the usual error, at which outputs were off by ${percentOf(tightened.defaultError)}`;
  const warnings =
    error > LARGE_ERROR ? [`outputs are off by ${percentOf(error)} on made-up inputs: compare before and after`] : [];
  return { lines: [...(why === undefined ? [] : [why]), found], warnings };
}
