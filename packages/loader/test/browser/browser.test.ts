// The loader in Chromium, where there is one: stores, tabs, cuts, policies. `npm run test:browser` wants one.
import { seededRandom } from "@deep-compression/runtime";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Behaviour, type MisbehavingServer, misbehavingServer, type SeenRequest } from "../misbehaving-server";
import { largeFile, type ModelFile } from "../model-file";
import { type PageResult, sumOf } from "./in-page";
import { executablePath, isRequired, pageAt, pageScripts } from "./pages";

/** What a tab that is closed may lose: a chunk, and one that is being written. */
const MOST_LOST = 2 * 2 ** 17;

describe.skipIf(executablePath === undefined && !isRequired)("in Chromium", () => {
  let browser: Browser;
  let server: MisbehavingServer;
  let context: BrowserContext;
  let file: ModelFile;
  let expected: readonly (readonly [string, number])[];
  /** How requests of models are answered, by their number. */
  let behave: (number: number, request: SeenRequest) => Partial<Behaviour> = () => ({});
  let models: SeenRequest[] = [];
  let tests = 0;
  let url = "";

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error("no Chromium found: install one that is called chromium");
    const scripts = await pageScripts();
    file = await largeFile();
    expected = file.tensors.map(({ name, bytes }) => [name, sumOf(bytes)] as const);
    server = await misbehavingServer((request) => {
      const page = pageAt(request.path, scripts);
      if (page !== undefined) return page;
      if (!request.path.startsWith("/model")) return undefined;
      models.push(request);
      const headers = { "cross-origin-resource-policy": "same-origin" };
      return { bytes: file.bytes, etag: '"1"', headers, ...behave(models.length, request) };
    });
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    context.setDefaultTimeout(0); // the test's own is enough
    await context.addInitScript(
      `globalThis.unheard = []; addEventListener("unhandledrejection", ({ reason }) => unheard.push(String(reason)))`,
    );
    behave = () => ({});
    models = [];
    url = `${server.origin}/model-${tests++}.dcz`;
  });
  afterEach(async () => {
    for (const page of context.pages()) {
      expect(await page.evaluate("globalThis.unheard")).toEqual([]);
      await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(0);
    }
    await context.close();
  });

  async function open(kind: "open" | "isolated" | "no-workers" | "no-wasm" | "sandbox" = "open"): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${server.origin}/${kind}/`);
    return page;
  }
  function call<T>(page: Page, name: string, ...args: readonly unknown[]): Promise<T> {
    const code = `import("/scripts/in-page.js").then((module) => module.${name}(...${JSON.stringify(args)}))`;
    return page.evaluate(code) as Promise<T>;
  }
  /** Waits until a page has stored what came, but for what it may lose. */
  async function stored(page: Page, received: number, options: object = {}): Promise<void> {
    const bytesOf = async () =>
      (await call<{ url: string; storedBytes: number }[]>(page, "list", options)).find((one) => one.url === url)
        ?.storedBytes ?? -1;
    while ((await bytesOf()) < received - MOST_LOST) await page.waitForTimeout(50);
  }
  const loadIn = (page: Page, options: object = {}) => call<PageResult>(page, "loadAll", url, options);

  describe.each(["cache-api", "opfs"] as const)("a file in the store %s", (cache) => {
    test("comes once, is there for the next page, is listed and deleted", async () => {
      const page = await open();
      const { length } = file.bytes;
      expect(await loadIn(page, { cache })).toMatchObject({
        tensors: expected,
        cached: cache,
        warnings: [],
        fetched: length,
      });
      await page.close();
      const next = await open();
      expect(await loadIn(next, { cache })).toMatchObject({
        tensors: expected,
        cached: cache,
        warnings: [],
        fetched: 0,
      });
      expect(models.map(({ status }) => status)).toEqual([200, 304]);
      expect(await call(next, "list", { cache })).toEqual([{ url, storedBytes: length, isComplete: true }]);
      await call(next, "remove", url, { cache });
      expect(await call(next, "list", { cache })).toEqual([]);
    });

    test("is gone on with after tabs were closed at 5 places", async () => {
      const random = seededRandom(cache.length);
      for (let i = 0; i < 5; i++) {
        const stallAfter = 1 + Math.floor(random() * (file.bytes.length - 1));
        models = [];
        url = `${server.origin}/model-${tests++}.dcz`;
        behave = (number) => (number === 1 ? { stallAfter } : {});
        const page = await open();
        loadIn(page, { cache }).catch(() => {}); // the page is closed before it is done
        await stored(page, stallAfter, { cache });
        await page.close();
        const next = await open();
        const { tensors, fetched } = await loadIn(next, { cache });
        await next.close();
        expect(tensors).toEqual(expected);
        expect(fetched + stallAfter - file.bytes.length).toBeLessThanOrEqual(MOST_LOST);
        if (fetched < file.bytes.length) expect(models[1]?.headers["if-range"]).toBe('"1"');
      }
    });
  });

  test("a connection that is cut at 20 places brings no byte twice", async () => {
    const random = seededRandom(11);
    const places = Array.from({ length: 20 }, () => Math.floor(random() * file.bytes.length)).sort((a, b) => a - b);
    behave = (number) => {
      const [from = 0, to] = [places[number - 2], places[number - 1]];
      return to === undefined ? {} : { cutAfter: to - from };
    };
    // Of a connection that breaks at once Chromium may give nothing: as many tries in a row can bring no news.
    const result = await loadIn(await open(), { retries: places.length });
    expect(result).toMatchObject({ tensors: expected, fetched: file.bytes.length });
    expect(models.length).toBeGreaterThanOrEqual(20);
  });

  test("bytes altered on the way are refused, and nothing is cached", async () => {
    const random = seededRandom(13);
    const page = await open();
    for (let i = 0; i < 10; i++) {
      const alteredAt = i < 3 ? i * 7 : Math.floor(random() * file.bytes.length);
      behave = () => ({ alteredAt });
      expect((await loadIn(page)).code).toMatch(/^(checksum|format|not-a-model|length)$/);
      expect(await call(page, "cacheNames")).toEqual([]);
    }
  });

  test("two tabs at once: one loads, the other waits and reads", async () => {
    behave = () => ({ pause: 20 });
    const [one, two] = [await open(), await open()];
    const results = await Promise.all([loadIn(one), loadIn(two)]);
    for (const { tensors } of results) expect(tensors).toEqual(expected);
    expect(results.map(({ fetched }) => fetched).sort((a, b) => a - b)).toEqual([0, file.bytes.length]);
    expect(results.flatMap(({ stages }) => stages)).toContain("waiting");
  });

  test("a tab that is closed lets the one go on that waits", async () => {
    behave = (number) => (number === 1 ? { stallAfter: 600_000 } : {});
    const [one, two] = [await open(), await open()];
    loadIn(one).catch(() => {}); // the page is closed before it is done
    await stored(one, 600_000);
    const second = loadIn(two);
    await two.waitForFunction('globalThis.stage === "waiting"');
    await one.close();
    const { tensors, fetched, stages } = await second;
    expect(tensors).toEqual(expected);
    expect(stages[0]).toBe("waiting");
    expect(fetched).toBeLessThanOrEqual(file.bytes.length - 600_000 + MOST_LOST);
  });

  test("offline: what is stored is used, and without it the error says so", async () => {
    const page = await open();
    await loadIn(page);
    await context.setOffline(true);
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: 0, warnings: [{ code: "offline" }] });
    url = `${server.origin}/model-other.dcz`;
    expect(await loadIn(page, { retries: 1 })).toMatchObject({ code: "offline" });
  });

  test("what the browser drops between two reads is fetched again", async () => {
    const page = await open();
    await loadIn(page);
    await call(page, "evict");
    expect(await call(page, "readAgain", url)).toEqual(expected);
    await call(page, "evict");
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: file.bytes.length });
  });

  test("too little room: said with the bytes that are needed and free, and loaded into memory", async () => {
    await context.addInitScript("StorageManager.prototype.estimate = async () => ({ quota: 500_000, usage: 1000 })");
    const page = await open();
    const { tensors, cached, warnings } = await loadIn(page);
    expect(tensors).toEqual(expected);
    expect(cached).toBe("memory");
    expect(warnings).toMatchObject([{ code: "quota", needed: expect.any(Number), free: 499_000 }]);
    expect(warnings?.[0]?.needed).toBeGreaterThan(499_000);
  });

  test("room that is used up in the middle: the rest stays in memory", async () => {
    const page = await open();
    const session = await context.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: server.origin, quotaSize: 500_000 });
    expect(await loadIn(page)).toMatchObject({ tensors: expected, cached: "memory", warnings: [{ code: "quota" }] });
    expect(await call(page, "readAgain", url)).toEqual(expected);
  });

  test("a policy without workers: decoded by the page", async () => {
    const result = await loadIn(await open("no-workers"));
    expect(result).toMatchObject({ tensors: expected, warnings: [{ code: "no-workers" }] });
  });

  test("a policy without WebAssembly: decoded by the plain kernels", async () => {
    expect(await loadIn(await open("no-wasm"))).toMatchObject({ tensors: expected, warnings: [] });
  });

  test("no WebAssembly and no workers at all", async () => {
    await context.addInitScript("delete globalThis.WebAssembly; delete globalThis.Worker");
    expect(await loadIn(await open())).toMatchObject({ tensors: expected, warnings: [{ code: "no-workers" }] });
  });

  test("a timer of the page has its turn between two steps of long work", async () => {
    const page = await open();
    for (let i = 0; i < 5; i++) expect(await call(page, "timerInTurn")).toBe(true);
  });

  test("an isolated page", async () => {
    const page = await open("isolated");
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    expect(await loadIn(page)).toMatchObject({ tensors: expected, warnings: [] });
  });

  test("a service worker in between, and a cut", async () => {
    const page = await open();
    await call(page, "registerWorker");
    behave = (number) => (number === 1 ? { cutAfter: 400_000 } : {});
    expect(await loadIn(page)).toMatchObject({ tensors: expected, cached: "cache-api" });
    expect(models.length).toBeGreaterThan(1);
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: 0 });
  });

  test("a page in a sandbox, without an origin: nothing is stored, and it comes all the same", async () => {
    behave = () => ({ headers: { "access-control-allow-origin": "*" } });
    const page = await open("sandbox");
    for (const options of [{}, { persist: true }, { cache: "none" }]) {
      const { tensors, cached, code } = await loadIn(page, options);
      expect({ tensors, cached, code }).toEqual({ tensors: expected, cached: "memory" });
    }
  });

  test("a server of another origin that compresses, and does not let pages see it", async () => {
    const page = await open();
    url = url.replace("localhost", "127.0.0.1");
    behave = () => ({ headers: { "access-control-allow-origin": "*" }, isGzipped: true });
    expect(await loadIn(page)).toMatchObject({ tensors: expected, warnings: [] });
  });

  test("two loads in one tab at once: the bytes come once", async () => {
    behave = () => ({ pause: 10 });
    const page = await open();
    const results = await Promise.all([loadIn(page), loadIn(page)]);
    for (const { tensors } of results) expect(tensors).toEqual(expected);
    expect(results.map(({ fetched }) => fetched).sort((a, b) => a - b)).toEqual([0, file.bytes.length]);
  });

  test("a loop that is left early ends its workers, also those that tensors still to come would start", async () => {
    behave = () => ({ pause: 10 });
    const page = await open();
    expect(await call(page, "firstTensor", url)).toBe("first");
    expect(page.workers()).toEqual([]);
  });

  test("a redirect to the file, to a page, and in a circle", async () => {
    const page = await open();
    const to = (location: string) => ({ status: 302, headers: { location } });
    behave = (_, { path }) => (path.endsWith("?moved") ? {} : to(`${path}?moved`));
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: file.bytes.length });
    expect(await call(page, "list", {})).toEqual([{ url, storedBytes: file.bytes.length, isComplete: true }]);
    await call(page, "remove", url, {});
    behave = () => to("/open/");
    expect(await loadIn(page)).toMatchObject({ code: "not-a-model" });
    behave = (_, { path }) => to(path);
    expect(await loadIn(page, { retries: 1 })).toMatchObject({ code: "network" });
    expect(await call(page, "cacheNames")).toEqual([]);
  });

  test("the caller's signal at any moment: aborted or there, and the next load goes on", async () => {
    const random = seededRandom(17);
    const page = await open();
    behave = () => ({ pause: 2 });
    for (let i = 0; i < 12; i++) {
      const { code, tensors } = await call<PageResult>(page, "abortedAfter", url, Math.floor(random() * 12));
      if (tensors === undefined) expect(code).toBe("aborted");
      else expect(tensors).toEqual(expected);
    }
    behave = () => ({});
    expect(await loadIn(page)).toMatchObject({ tensors: expected, warnings: [] });
  });

  test("a server of another origin that answers no preflight: it is cut, and asked again", async () => {
    const page = await open();
    url = url.replace("localhost", "127.0.0.1");
    const cors = { "access-control-allow-origin": "*" };
    behave = (number) => ({
      headers: cors,
      lastModified: "Mon, 02 Mar 2026 10:00:00 GMT",
      ...(number === 1 && { cutAfter: 400_000 }),
    });
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: file.bytes.length });
    expect(await loadIn(page)).toMatchObject({ tensors: expected, fetched: 0 });
    expect(models.map(({ method }) => method)).not.toContain("OPTIONS");
    behave = () => ({});
    expect(await loadIn(page, { cache: "none", retries: 0 })).toMatchObject({ code: "network" });
  });
});
