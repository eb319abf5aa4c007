import type { LossOptions, TrainOptions } from "./train";

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

/** @throws RangeError naming the option that is out of its range. */
export function checkLossOptions({ distill, optimizer, weightDecay = 0, l1 = 0, dropout = {} }: LossOptions): void {
  checkNumber("weightDecay", weightDecay);
  checkNumber("l1", l1);
  for (const [name, rate] of Object.entries(dropout)) checkNumber(`dropout of "${name}"`, rate, { below: 1 });
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

/** @throws RangeError naming the option that is out of its range. */
export function checkTrainOptions<T>({ epochs, firstEpoch = 0, hook }: TrainOptions<T>): void {
  checkWhole("epochs", epochs, 0);
  checkWhole("firstEpoch", firstEpoch, 0, epochs);
  if (hook) checkWhole("hook.steps", hook.steps, 1);
}

/** What a schedule said. @throws RangeError naming the schedule if it is not a finite number. */
export function checkScheduled(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name}: expected a schedule of finite numbers, got ${value}`);
}
