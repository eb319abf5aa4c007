import { SingleBar } from "cli-progress";
import { clock } from "./number-text";
import type { Progress } from "./reproduction";
import type { Terminal } from "./terminal";

/** What shows the progress of a long run. `stop` leaves the cursor on a line of its own. */
export interface ProgressView {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
}

/** A line an epoch: what a pipe or a log is given. */
export function progressLines(write: (text: string) => void): ProgressView {
  return {
    show: (progress) => write(`${progressText(progress)}\n`),
    stop: () => {},
  };
}

/** A bar that is drawn over; it needs a screen. */
export function progressBar(stream: NodeJS.WritableStream): ProgressView {
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
    stop: () => {
      if (started) bar.stop();
    },
  };
}

/** A bar on a screen, lines elsewhere. */
export function progressOn(terminal: Terminal): ProgressView {
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
