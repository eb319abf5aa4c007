import { wrap } from "comlink";
import type { ExplorerApi } from "../worker/explorer-api";

/** The bundle of worker/entry.ts, which page/build.mjs puts here as text: a page opened from a disk can load no other script. */
declare const WORKER_SOURCE: string;

const NO_WORKER =
  'The worker that decodes cannot be started: does the server\'s Content-Security-Policy allow "worker-src blob:"?';

/** Starts the worker that decodes. If that fails, so does everything that it is asked for. */
export function startExplorer(): ExplorerApi {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const worker = new Worker(url);
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = () => reject(new Error(NO_WORKER));
  });
  failed.catch(() => {}); // heard of by whoever asks for something
  const { open, nextRows, view, difference, drawing } = wrap<ExplorerApi>(worker);
  const answered = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, failed]);
  return {
    open: (...args) => answered(open(...args)),
    nextRows: (...args) => answered(nextRows(...args)),
    view: (...args) => answered(view(...args)),
    difference: (...args) => answered(difference(...args)),
    drawing: (...args) => answered(drawing(...args)),
  };
}
