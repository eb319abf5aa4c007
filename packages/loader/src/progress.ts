import type { Download, DownloadStage } from "./download";
import type { FileChecks } from "./file-checks";

/** How far a file has come. */
export interface LoadProgress {
  /**
   * "waiting" for another page that loads the same file; "requesting"; "reading" what is stored; "downloading"; "retrying"
   * after the connection broke; "complete".
   */
  readonly stage: DownloadStage | "waiting" | "complete";
  /** Of the file, that are there. */
  readonly bytes: number;
  /** Of the file, once it is known. */
  readonly total: number | undefined;
  /** Of the file, 0 to 1, for a bar: 0 while its length is not known. */
  readonly fraction: number;
  /** Bytes that came over the network. */
  readonly fetched: number;
  /** Whose bytes are all there. */
  readonly tensors: number;
  readonly totalTensors: number | undefined;
  /** Bytes a second over the network, of the last seconds. */
  readonly rate: number;
  /** Undefined while nobody can tell. */
  readonly secondsLeft: number | undefined;
}

/** Rates are of so many milliseconds before now. */
const RATE_MILLISECONDS = 4000;

/** Marks lie this far apart at least, so that there are few. */
const MARK_MILLISECONDS = 100;

/** Tells the rate of what came in the last seconds. */
export function rateMeter(now: () => number = () => performance.now()) {
  let marks = [{ time: now(), bytes: 0 }];
  return {
    /** @param bytes that came so far, in all */
    rateAt(bytes: number): number {
      const time = now();
      const last = marks.at(-1)!;
      if (time - last.time >= MARK_MILLISECONDS) marks.push({ time, bytes });
      while (marks.length > 2 && time - marks[1]!.time > RATE_MILLISECONDS) marks = marks.slice(1);
      const first = marks[0]!;
      return time > first.time ? (1000 * (bytes - first.bytes)) / (time - first.time) : 0;
    },
  };
}

function fractionOf(bytes: number, total: number | undefined): number {
  return total === undefined ? 0 : bytes / total;
}

/** Progress without what only a network has. */
export function progressOf(checks: FileChecks, stage: LoadProgress["stage"]): LoadProgress {
  const { info, checked, tensors } = checks;
  return {
    stage,
    bytes: checked,
    total: info?.byteLength,
    fraction: fractionOf(checked, info?.byteLength),
    fetched: 0,
    tensors,
    totalTensors: info?.tensors.length,
    rate: 0,
    secondsLeft: undefined,
  };
}

/** Reports of bytes come no closer together than this. */
const REPORT_MILLISECONDS = 50;

/** Tells the caller how far a download is, when its stage changes and, not too often, when bytes came. */
export function progressReporter(onProgress: (progress: LoadProgress) => void, running: () => Download) {
  const meter = rateMeter();
  let stage: LoadProgress["stage"] = "requesting";
  let reported = Number.NEGATIVE_INFINITY;
  function report(): void {
    reported = performance.now();
    const { checks, fetched, file } = running();
    const found = progressOf(checks, stage);
    const progress = { ...found, bytes: file.length, fraction: fractionOf(file.length, found.total) };
    const rate = meter.rateAt(fetched);
    const left = progress.total === undefined ? Number.NaN : (progress.total - progress.bytes) / rate;
    onProgress({ ...progress, fetched, rate, secondsLeft: Number.isFinite(left) ? left : undefined });
  }
  return {
    stage(next: LoadProgress["stage"]): void {
      if (next === stage && reported > 0) return;
      stage = next;
      report();
    },
    bytes(): void {
      meter.rateAt(running().fetched);
      if (performance.now() - reported >= REPORT_MILLISECONDS) report();
    },
  };
}
