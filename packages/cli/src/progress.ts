import { SingleBar } from "cli-progress";
import type { Progress } from "./reproduction";
import { clock, grouped, shortName, type Terminal } from "./terminal";

/** What shows the progress of a long run, such as the tensor it has come to. `stop` leaves no half-drawn line. */
export interface ProgressView<P> {
  readonly show: (progress: P) => void;
  readonly stop: () => void;
}

const CLEAR_LINE = "\r\u001b[K";

/** One line on a screen, drawn over; nothing in a pipe, a log, or without a terminal. A work that goes over the tensors again says so. */
export function tensorProgress(
  terminal: Terminal | undefined,
  work: { readonly doing: string; readonly tensors: number },
): ProgressView<string> {
  if (!terminal?.isScreen) return { show: () => {}, stop: () => {} };
  let shown = 0;
  return {
    show(tensor) {
      const round = Math.floor(shown / work.tensors);
      const place = `${grouped((shown % work.tensors) + 1)}/${grouped(work.tensors)}`;
      const again = round > 0 ? `, round ${round + 1}` : "";
      shown++;
      terminal.out(`${CLEAR_LINE}${work.doing} ${place} ${shortName(tensor)}${again}`);
    },
    stop: () => terminal.out(shown > 0 ? CLEAR_LINE : ""),
  };
}

/** A line an epoch: what a pipe or a log is given. */
export function progressLines(write: (text: string) => void): ProgressView<Progress> {
  return { show: (progress) => write(`${progressText(progress)}\n`), stop: () => {} };
}

/** A bar that is drawn over; it needs a screen. */
function progressBar(stream: NodeJS.WritableStream): ProgressView<Progress> {
  const bar = new SingleBar({ format: "{bar} {percentage} %  {text}", stream, clearOnComplete: true });
  const total = 1000;
  let started = false;
  return {
    show: (progress) => {
      const { secondsElapsed: done, secondsLeft: left } = progress;
      const value = Math.round((total * done) / Math.max(done + left, 1e-9));
      const text = progressText(progress);
      if (started) bar.update(value, { text });
      else bar.start(total, value, { text });
      started = true;
    },
    stop: () => (started ? bar.stop() : undefined),
  };
}

/** A bar on a screen, lines elsewhere. */
export function progressOn(terminal: Terminal): ProgressView<Progress> {
  return terminal.isScreen ? progressBar(process.stdout) : progressLines(terminal.out);
}

/** Stage, epoch, loss, validation error, time left. */
export function progressText(progress: Progress): string {
  const { stage, stages, stageIndex, epoch, epochs, loss, validationErrorPercent, secondsElapsed, secondsLeft } =
    progress;
  const error = validationErrorPercent === undefined ? "" : `  validation error ${validationErrorPercent.toFixed(2)} %`;
  return [
    `[${stageIndex + 1}/${stages}] ${stage}`,
    `epoch ${epoch}/${epochs}`,
    `loss ${loss.toFixed(4)}${error}`,
    `${clock(secondsElapsed)} gone, ${clock(secondsLeft)} left`,
  ].join("  ");
}
