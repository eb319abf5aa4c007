import { deleteCached, type LoadedModel, type LoadOptions, listCached, load } from "@deep-compression/loader";
import { breather } from "@deep-compression/runtime";

/** Loads a file, for what measures it. */
export const loadModel = load;

/** What a test in Node hears of a load in a page. */
export interface PageResult {
  /** Name and CRC-like sum of each tensor. */
  readonly tensors?: readonly (readonly [string, number])[];
  readonly cached?: string;
  readonly warnings?: readonly { readonly code: string; readonly needed?: number; readonly free?: number }[];
  readonly fetched: number;
  readonly code?: string;
  readonly stages: readonly string[];
}

/** Of the bytes of a tensor: what both sides compute alike. */
export function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

/** Whether a timer that became due in a step of long work has its turn before the next one. */
export async function timerInTurn(): Promise<boolean> {
  const breathe = breather();
  let hasFired = false;
  setTimeout(() => {
    hasFired = true;
  }, 5);
  for (const end = performance.now() + 30; performance.now() < end; );
  await breathe();
  return hasFired;
}

const kept = new Map<string, LoadedModel>();

/** Loads a file and all its tensors. */
export async function loadAll(
  url: string,
  { onStep = () => {}, ...options }: LoadOptions & { readonly onStep?: () => void } = {},
): Promise<PageResult> {
  const stages: string[] = [];
  let fetched = 0;
  const onProgress: LoadOptions["onProgress"] = (progress) => {
    if (stages.at(-1) !== progress.stage) stages.push(progress.stage);
    fetched = progress.fetched;
    Object.assign(globalThis, { stage: progress.stage });
    onStep();
  };
  try {
    const model = await load(url, { retryDelay: () => 0, onProgress, ...options });
    kept.set(url, model);
    const tensors: [string, number][] = [];
    for await (const { name, bytes } of model.tensors()) tensors.push([name, sumOf(bytes)]);
    await model.complete();
    const { cached } = model;
    const warnings = model.warnings.map(({ code, needed, free }) => ({ code, ...(needed && { needed, free }) }));
    return { tensors, cached, warnings, fetched, stages };
  } catch (error) {
    const { code = String(error) } = error as { readonly code?: string };
    return { fetched, code, stages };
  }
}

/** Loads a file, and ends it by a signal at the `reports`-th report of its progress, the 0th being before it begins. */
export function abortedAfter(url: string, reports: number): Promise<PageResult> {
  const controller = new AbortController();
  let left = reports;
  const count = () => {
    if (left-- === 0) controller.abort();
  };
  count();
  return loadAll(url, { signal: controller.signal, onStep: count });
}

/** Loads a file, takes its first tensor and leaves the loop, while the bytes of others are still to come. */
export async function firstTensor(url: string): Promise<string | undefined> {
  const model = await load(url, { cache: "none" });
  let first: string | undefined;
  for await (const { name } of model.tensors()) {
    first = name;
    break;
  }
  await model.complete();
  await new Promise((resolve) => setTimeout(resolve, 300)); // whoever waits for bytes is told of them now
  return first;
}

/** The tensors again, of a model that is loaded. */
export async function readAgain(url: string) {
  const tensors: [string, number][] = [];
  for await (const { name, bytes } of kept.get(url)!.tensors()) tensors.push([name, sumOf(bytes)]);
  return tensors;
}

export async function list(options: object) {
  return (await listCached(options)).map(({ url, storedBytes, isComplete }) => ({ url, storedBytes, isComplete }));
}

export const remove = deleteCached;

/** Names of all that is in the caches of the page. */
export async function cacheNames(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) names.push(url);
  }
  return names;
}

/** Deletes all that is stored but what says of it, as a browser might. */
export async function evict(): Promise<void> {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) if (!request.url.endsWith(".json")) await cache.delete(request);
  }
}

export async function registerWorker(): Promise<void> {
  await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null)
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
}
