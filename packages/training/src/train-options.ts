import { quoted } from "@deep-compression/runtime";
import type { Distillation } from "./distillation";
import type { Schedule } from "./schedule";

/** SGD with momentum, or Adam (1412.6980). */
export type UpdateRule =
  | { readonly kind: "sgd"; readonly momentum: number }
  | { readonly kind: "adam"; readonly beta1: number; readonly beta2: number };

export interface EpochReport {
  /** Epochs done, of `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the epoch's samples. */
  readonly loss: number;
}

/** Work between steps, such as pruning: before the steps 0, `steps`, 2 * `steps`, ... */
export interface Hook<T> {
  readonly steps: number;
  /** `done`: the fraction of the stage that is done, 0 to 1. */
  readonly run: (trainer: T, done: number) => void;
}

/** How a loss becomes a change of the weights. */
export interface LossOptions {
  readonly distill?: Distillation;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout?: Readonly<Record<string, number>>;
  /** Default: Adam with 0.9 and 0.999. */
  readonly optimizer?: UpdateRule;
  /** SGD: an L2 term; Adam: decoupled. Weights only. Default 0. */
  readonly weightDecay?: number;
  /** Slope of an L1 term, added to the gradient before the optimizer sees it. Weights only. Default 0. */
  readonly l1?: number;
  /** Whether the running rms of the layers' inputs is kept (for `inputRms`). Default false. */
  readonly trackInputs?: boolean;
}

export interface TrainOptions<T> extends LossOptions {
  readonly epochs: number;
  /** Epochs that a restored state has behind it; they are not run again. Default 0. */
  readonly firstEpoch?: number;
  readonly learningRate: Schedule;
  /** Scale of `l1` over the stage. Default constant 1. */
  readonly l1Schedule?: Schedule;
  readonly hook?: Hook<T>;
  /** Called after every epoch; what it returns is awaited. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

/** The range of a number: at least 0; up to and with `most`, or under `below`. */
interface Range {
  readonly most?: number;
  readonly below?: number;
}

function checkNumber(name: string, value: number, { most = Number.MAX_VALUE, below }: Range = {}): void {
  if (value >= 0 && value <= most && (below === undefined || value < below)) return;
  const end = below === undefined ? (most === Number.MAX_VALUE ? "a finite number" : `${most}`) : `under ${below}`;
  throw new RangeError(`${name}: expected 0 to ${end}, got ${value}`);
}

function checkWhole(name: string, value: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  const end = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  throw new RangeError(`${name}: expected a whole number ${end}, got ${value}`);
}

/** @throws RangeError if an option is out of its range. */
export function checkLossOptions({ distill, optimizer, weightDecay = 0, l1 = 0, dropout = {} }: LossOptions): void {
  checkNumber("weightDecay", weightDecay);
  checkNumber("l1", l1);
  for (const [name, rate] of Object.entries(dropout)) checkNumber(`dropout of ${quoted(name)}`, rate, { below: 1 });
  if (optimizer?.kind === "sgd") checkNumber("optimizer.momentum", optimizer.momentum, { below: 1 });
  if (optimizer?.kind === "adam") {
    checkNumber("optimizer.beta1", optimizer.beta1, { below: 1 });
    checkNumber("optimizer.beta2", optimizer.beta2, { below: 1 });
  }
  checkNumber("distill.share", distill?.share ?? 0, { most: 1 });
  const temperature = distill?.temperature ?? 1;
  if (!(temperature > 0 && temperature < Infinity))
    throw new RangeError(`distill.temperature: expected a finite number over 0, got ${temperature}`);
}

/** @throws RangeError if an option is out of its range. */
export function checkTrainOptions<T>({ epochs, firstEpoch = 0, hook }: TrainOptions<T>): void {
  checkWhole("epochs", epochs, 0);
  checkWhole("firstEpoch", firstEpoch, 0, epochs);
  if (hook) checkWhole("hook.steps", hook.steps, 1);
}

/**
 * What a schedule said.
 * @throws RangeError if it is not a finite number.
 */
export function checkScheduled(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name}: expected a schedule of finite numbers, got ${value}`);
}
