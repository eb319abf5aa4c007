import { partsOf } from "./blobs";
import { hasCacheApi } from "./choose-store";
import { load } from "./load";
import { LoadError } from "./load-error";
import type { LoadOptions } from "./load-options";
import type { LoadedModel } from "./loaded-model";
import { toOnnx } from "./onnx";

/** As much of transformers.js's `env` as is set. */
export interface TransformersEnvironment {
  useCustomCache: boolean;
  customCache: unknown;
  readonly useBrowserCache?: boolean;
  readonly allowLocalModels?: boolean;
  readonly cacheKey?: string;
}

/** What transformers.js calls a cache. */
export interface TransformersCache {
  match(request: string): Promise<Response | undefined>;
  put(request: string, response: Response, onProgress?: unknown): Promise<void>;
  delete(request: string): Promise<boolean>;
}

/** "model.onnx", "model.onnx_data", "model.onnx_data_1": an ONNX file or its data. */
const ONNX_FILE = /^(.*)\.onnx(_data(?:_\d+)?)?$/;

/** Statuses of servers that have no such file, or say no more about it. */
const MISSING: ReadonlySet<number> = new Set([403, 404, 410]);

/**
 * Lets transformers.js load `model.dcz` where there is one beside `model.onnx`: `pipeline(...)` then works unchanged, and downloads the
 * smaller file. Where there is none, the ONNX file is loaded as before. A `.dcz` is kept by this loader; the restored file is kept
 * nowhere. Other files are kept where transformers.js keeps them. For browsers: in Node transformers.js wants files on disk.
 *
 * @param env transformers.js's own: its `customCache` is set, and `useCustomCache`
 * @param options of each `load`
 * @returns the cache that was set
 */
export function useCompressedModels(env: TransformersEnvironment, options: LoadOptions = {}): TransformersCache {
  const cache = compressedModels(env, options);
  env.customCache = cache;
  env.useCustomCache = true;
  return cache;
}

/** Where files that are no models are kept. */
type OtherCache = () => Promise<TransformersCache | Cache | undefined>;

function otherCache({ useCustomCache, customCache, useBrowserCache, cacheKey }: TransformersEnvironment): OtherCache {
  if (useCustomCache && customCache) return async () => customCache as TransformersCache;
  return async () => {
    if (useBrowserCache === false || !hasCacheApi()) return undefined;
    // A page may see a cache that it may not open.
    return caches.open(cacheKey ?? "transformers-cache").catch(() => undefined);
  };
}

function compressedModels(env: TransformersEnvironment, options: LoadOptions): TransformersCache {
  const other = otherCache(env);
  /** Files on their way or there, by URL; nothing where there is none. */
  const models = new Map<string, Promise<LoadedModel | undefined>>();
  const modelAt = (url: string) => {
    const known = models.get(url);
    if (known !== undefined) return known;
    const model = load(url, options).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      models.delete(url);
      throw error;
    });
    models.set(url, model);
    return model;
  };
  return {
    async match(request) {
      const place = placeOf(request);
      if (place !== undefined && (env.allowLocalModels !== false || /^https?:/.test(request))) {
        try {
          const model = await modelAt(place.url);
          const response = model && (await responseOf(model, place));
          if (response !== undefined) return response;
        } catch (error) {
          // What a cache throws is taken for a miss: the error comes with the body.
          return new Response(failing(error));
        }
      }
      return (await other())?.match(request);
    },
    async put(request, response, onProgress) {
      await ((await other()) as TransformersCache | undefined)?.put(request, response, onProgress);
    },
    async delete(request) {
      const place = placeOf(request);
      const isKnown = place !== undefined && models.delete(place.url);
      return ((await (await other())?.delete(request)) ?? false) || isKnown;
    },
  };
}

/** A file of a model that may be in a `.dcz`. */
interface Place {
  /** Of the `.dcz`. */
  readonly url: string;
  /** The file's own name. */
  readonly name: string;
  readonly isMain: boolean;
}

/** Where the `.dcz` of an ONNX file or of its data would be; undefined for other files. */
function placeOf(request: string): Place | undefined {
  const [path = "", query] = request.split("?", 2);
  const [, base, data] = ONNX_FILE.exec(path) ?? [];
  if (base === undefined) return undefined;
  return {
    url: `${base}.dcz${query === undefined ? "" : `?${query}`}`,
    name: path.split("/").at(-1)!,
    isMain: data === undefined,
  };
}

/** No file, or a page that says so. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof LoadError)) return false;
  return error.code === "not-a-model" || (error.code === "http-status" && MISSING.has(error.status ?? 0));
}

/** A restored file of a model; undefined if it has no such file. */
async function responseOf(model: LoadedModel, { name, isMain }: Place): Promise<Response | undefined> {
  if (isMain && model.format !== "onnx") return answering((await toOnnx(model)).model);
  const file = isMain ? model.files[0] : model.files.find((other) => other.name.split("/").at(-1) === name);
  return file && answering(streamOf(partsOf(file.source)), file.source.byteLength);
}

function answering(body: Blob | ReadableStream, length = (body as Blob).size): Response {
  return new Response(body, {
    headers: { "content-length": String(length), "content-type": "application/octet-stream" },
  });
}

function failing(error: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.error(error) });
}

/** Parts as they are asked for. */
function streamOf(parts: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await parts.return();
    },
  });
}
