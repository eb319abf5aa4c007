import { bytesSource } from "@deep-compression/container";
import type { OpenedModel } from "@deep-compression/model-io";
import type { Network } from "@deep-compression/network";
import { type CompressOptions, compressModel } from "./compress";
import { defaultPlan } from "./default-plan";
import type { Compressed } from "./encode-network";
import { open } from "./open";
import type { Plan } from "./plan";

/** How far outputs are off, or why that is not known, in one clause. */
export type Measured =
  | {
      /** ||y - y'|| / ||y|| of the output that is off most. */
      readonly error: number;
      readonly output: string;
      readonly notCompared?: readonly string[];
    }
  | { readonly whyNot: string };

/** What measures a network beside the one that it was: `outputMeter` of `@deep-compression/network-calibration`, or anything like it. */
export interface Meter {
  /** Why nothing can be measured, if that is known: no file is then decoded for it. */
  readonly whyNot?: string | undefined;
  /** @param options.enough an error of at most that is as good as none */
  measure(coded: Network, options: { readonly enough: number }): Promise<Measured>;
}

/** How the default plan was changed for the sake of the outputs. */
export interface Tightened {
  /** What outputs were off by at the default plan. */
  readonly defaultError: number;
  /** The errors of weights, of those of the default plan; 0: nothing was lost. */
  readonly errorFactor: number;
}

export interface MeasuredCompression extends Compressed {
  readonly measured: Measured;
  /** Not there if the default plan was good enough, or nothing was measured. */
  readonly tightened?: Tightened;
}

export interface MeasuredOptions extends CompressOptions {
  readonly meter: Meter;
  /** As in a plan. */
  readonly effort?: Plan["effort"];
}

/**
 * Outputs may be off by so much on inputs that are made up: as much as is promised of real ones (5 %). Of thirteen real networks (benchmarks/models.md)
 * the two whose outputs were off by more on real inputs were off by 19 and 10 % on made-up ones, the others by 4.8 % at most.
 */
export const MOST_OUTPUT_ERROR = 0.05;

/** So often may the errors of weights become a quarter before nothing is lost, */
const MOST_QUARTERS = 10;
/** once at a time in the first three tries, then in longer steps: there are five tries at most. */
const SHORT_TRIES = 2;

/**
 * As {@link compressModel} by the default plan, but looks at what the network then does: where outputs are off by more than
 * 5 %, weights are coded again with less error, and without any if nothing else helps.
 *
 * @throws as {@link compressModel}
 */
export async function compressMeasured(
  model: OpenedModel,
  { meter, effort, ...options }: MeasuredOptions,
): Promise<MeasuredCompression> {
  const outline = { ...model.network, weights: model.weights };
  const tried = async (errorFactor: number) => {
    const own = errorFactor === 0 ? { lossless: true } : { errorFactor };
    const compressed = await compressModel(model, defaultPlan(outline, { ...own, effort }), options);
    return { ...compressed, measured: await measureCompressed(compressed, meter) };
  };
  const first = await tried(1);
  const defaultError = errorOf(first.measured);
  let found = first;
  let quarters = 0;
  for (let tries = 1; errorOf(found.measured) > MOST_OUTPUT_ERROR; tries++) {
    quarters += Math.max(tries - SHORT_TRIES, likelyQuarters(errorOf(found.measured)));
    found = await tried(quarters <= MOST_QUARTERS ? 4 ** -quarters : 0);
  }
  if (found === first) return first;
  const isLossy = found.ledger.rows.some(({ error = 0 }) => error > 0);
  return { ...found, tightened: { defaultError, errorFactor: isLossy ? 4 ** -quarters : 0 } };
}

/** What a compressed model's outputs are off by. Nothing is decoded where nothing was lost. */
export async function measureCompressed({ bytes, ledger }: Compressed, meter: Meter): Promise<Measured> {
  if (meter.whyNot !== undefined) return { whyNot: meter.whyNot };
  if (ledger.rows.every(({ error = 0 }) => error === 0)) return { whyNot: "nothing was lost" };
  const network = await (await open(bytesSource(bytes))).network();
  return meter.measure(network, { enough: MOST_OUTPUT_ERROR });
}

/** 0 of what was not measured: it is as good as anyone knows. */
function errorOf(measured: Measured): number {
  return "whyNot" in measured ? 0 : measured.error;
}

/** Errors of outputs go with the root of those of weights, where nothing leaps: half with each quarter. */
function likelyQuarters(outputError: number): number {
  return Math.min(MOST_QUARTERS, Math.ceil(Math.log2(outputError / MOST_OUTPUT_ERROR)));
}
