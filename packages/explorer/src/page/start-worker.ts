import { type Remote, wrap } from "comlink";
import type { ExplorerApi } from "../worker/explorer-api";

/** The bundle of worker/entry.ts, which page/build.mjs puts here as text: a page opened from a disk can load no other script. */
declare const WORKER_SOURCE: string;

/** Starts the worker that decodes. */
export function startExplorer(): Remote<ExplorerApi> {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  return wrap<ExplorerApi>(new Worker(url));
}
