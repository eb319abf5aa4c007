import { useCompressedModels } from "@deep-compression/loader/transformers";
import { beforeEach, describe, expect, test } from "vitest";
import { compressed, onnx, onnxWithData } from "./adapted-models";

/** A server of these files, by URL; `asked` lists what was asked for. */
function served(files: Readonly<Record<string, Uint8Array<ArrayBuffer> | number>>) {
  const asked: string[] = [];
  const fetch = async (input: RequestInfo | URL) => {
    const url = String(input instanceof Request ? input.url : input);
    asked.push(url);
    const file = files[url] ?? 404;
    return typeof file === "number" ? new Response(null, { status: file }) : new Response(file);
  };
  return { fetch: fetch as typeof globalThis.fetch, asked };
}

/** A cache that keeps what it is given. */
function mapCache() {
  const kept = new Map<string, Response>();
  return {
    kept,
    match: async (request: string) => kept.get(request)?.clone(),
    put: async (request: string, response: Response) => void kept.set(request, response),
    delete: async (request: string) => kept.delete(request),
  };
}

const HOST = "https://models.test/bert/onnx";
let environment: { useCustomCache: boolean; customCache: unknown; allowLocalModels?: boolean };
let other: ReturnType<typeof mapCache>;
beforeEach(() => {
  other = mapCache();
  environment = { useCustomCache: true, customCache: other };
});

const options = { cache: "none", threads: 0, retries: 0 } as const;
const bytesOf = async (response: Response | undefined) => new Uint8Array(await response!.arrayBuffer());

describe("useCompressedModels", () => {
  test("gives the ONNX file of the .dcz beside it, and loads that once", async () => {
    const { fetch, asked } = served({ [`${HOST}/model_q8.dcz`]: await compressed({ "model.onnx": onnx }) });
    const cache = useCompressedModels(environment, { ...options, fetch });
    expect(environment).toMatchObject({ useCustomCache: true, customCache: cache });
    for (let i = 0; i < 2; i++) {
      const response = await cache.match(`${HOST}/model_q8.onnx`);
      expect(response?.headers.get("content-length")).toBe(String(onnx.length));
      expect(await bytesOf(response)).toEqual(onnx);
    }
    expect(asked).toEqual([`${HOST}/model_q8.dcz`]);
  });

  test("gives the data of a model in two files from the same .dcz", async () => {
    const { model, data } = await onnxWithData();
    const dcz = await compressed({ "model.onnx": model, "model.onnx_data": data });
    const { fetch, asked } = served({ [`${HOST}/model.dcz`]: dcz });
    const cache = useCompressedModels(environment, { ...options, fetch });
    expect(await bytesOf(await cache.match(`${HOST}/model.onnx`))).toEqual(model);
    expect(await bytesOf(await cache.match(`${HOST}/model.onnx_data`))).toEqual(data);
    expect(await cache.match(`${HOST}/model.onnx_data_1`)).toBeUndefined();
    expect(asked).toEqual([`${HOST}/model.dcz`]);
  });

  test("leaves all else to the cache that there was", async () => {
    const { fetch, asked } = served({});
    const cache = useCompressedModels(environment, { ...options, fetch });
    await cache.put(`${HOST}/config.json`, new Response("{}"));
    expect(other.kept.size).toBe(1);
    expect(await (await cache.match(`${HOST}/config.json`))!.text()).toBe("{}");
    expect(await cache.delete(`${HOST}/config.json`)).toBe(true);
    expect(await cache.match(`${HOST}/config.json`)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test("without a .dcz the ONNX file is a miss, or what the cache has, and is asked for once", async () => {
    const page = new TextEncoder().encode("<!doctype html><title>The app</title>");
    const { fetch, asked } = served({ [`${HOST}/page.dcz`]: page });
    const cache = useCompressedModels(environment, { ...options, fetch });
    for (const name of ["model", "model", "page"]) expect(await cache.match(`${HOST}/${name}.onnx`)).toBeUndefined();
    expect(asked).toEqual([`${HOST}/model.dcz`, `${HOST}/page.dcz`]);
    await cache.put(`${HOST}/model.onnx`, new Response("dense"));
    expect(await (await cache.match(`${HOST}/model.onnx`))!.text()).toBe("dense");
  });

  test("a damaged .dcz is no miss: reading it tells what is wrong", async () => {
    const dcz = await compressed({ "model.onnx": onnx });
    dcz[dcz.length - 9]! ^= 1;
    const { fetch } = served({ [`${HOST}/model.dcz`]: dcz, [`${HOST}/broken.dcz`]: 500 });
    const cache = useCompressedModels(environment, { ...options, fetch });
    await expect(bytesOf(await cache.match(`${HOST}/model.onnx`))).rejects.toMatchObject({ code: "checksum" });
    await expect(bytesOf(await cache.match(`${HOST}/broken.onnx`))).rejects.toMatchObject({ code: "http-status" });
  });

  test("asks for no local models where there are none", async () => {
    const { fetch, asked } = served({});
    environment.allowLocalModels = false;
    const cache = useCompressedModels(environment, { ...options, fetch });
    expect(await cache.match("/models/bert/onnx/model.onnx")).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
