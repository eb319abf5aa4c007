// The page in Chromium, where there is one. `npm run test:browser` wants one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../page/build.mjs";
import { certifiedFile, manyTensors, smallFile, smallNetwork } from "../networks";
import { isSkipped, startChromium } from "./chromium";
import { type PageServer, serveFolder } from "./page-server";

describe.skipIf(isSkipped)("the page", () => {
  let browser: Browser;
  let server: PageServer;
  let folder: string;
  const first = smallFile();
  const other = smallFile(smallNetwork(7), { default: {} });
  const certified = certifiedFile();
  const payload = (name: string, bytes: Uint8Array) => ({ name, mimeType: "", buffer: Buffer.from(bytes) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deep-compression-explorer-"));
    await buildPage(folder);
    server = await serveFolder(folder, {
      "/small.dcz": first,
      "/other.dcz": other,
      "/page.dcz": Buffer.from("<html>"),
    });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A page; what goes wrong in it fails the test that closes it. */
  async function openPage(query = "", options: Parameters<Browser["newPage"]>[0] = {}) {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(0); // the test's own is enough
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("404")) errors.push(message.text());
    });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    await page.goto(query.startsWith("file:") ? query : `${server.origin}/${query}`);
    const close = async () => {
      expect(errors).toEqual([]);
      await page.close();
    };
    return { page, requests, close };
  }

  const choose = (page: Page, name: string, bytes: Uint8Array) =>
    page.getByLabel(/^Open /).setInputFiles(payload(name, bytes));
  /** Waits until all tensors are decoded and the selected one is drawn. */
  const decoded = async (page: Page) => {
    await page.locator(".summary").first().waitFor();
    await page.waitForFunction(() => document.querySelector(".summary progress") === null);
    await page.locator("#tensor .chart canvas").first().waitFor();
  };
  const tensors = (page: Page) => page.locator("#tensors");
  const firstNames = (page: Page) => tensors(page).locator("tbody th").allTextContents();

  test("opens a file that is chosen, and sends nothing anywhere", async () => {
    const { page, requests, close } = await openPage();
    await choose(page, "small.dcz", first);
    await decoded(page);
    expect(await page.locator("h2").first().textContent()).toBe("small.dcz");
    expect(await page.title()).toBe("small.dcz – deep-compression explorer");
    expect(await firstNames(page)).toEqual(["fc.weight", "conv.weight", "fc.bias"]);
    expect(await page.locator("#graph svg .node").count()).toBe(4);
    const own = ["", "explorer.css", "explorer.js"].map((name) => `GET ${server.origin}/${name}`);
    const sent = requests.filter((request) => !/^GET (blob|data):/.test(request));
    expect(sent.toSorted()).toEqual(own);
    await close();
  });

  test("opens a file that is dropped, and two at once side by side", async () => {
    const { page, close } = await openPage();
    await page.evaluate(
      (files) => {
        const data = new DataTransfer();
        for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [["a.dcz", [...first]] as const, ["b.dcz", [...other]] as const],
    );
    await page.locator("#both").waitFor();
    await decoded(page);
    expect(await page.locator(".summary h2").allTextContents()).toEqual(["a.dcz", "b.dcz"]);
    expect(await page.locator("#tensor .tensor").count()).toBe(2);
    await close();
  });

  test("opens what its address names, and compares two files tensor by tensor", async () => {
    const { page, close } = await openPage("?file=small.dcz&other=other.dcz");
    await page.locator("#both").waitFor();
    await decoded(page);
    expect(await page.locator("#both p").first().textContent()).toMatch(/^other\.dcz has .* more than small\.dcz/);
    const row = page.locator("#both tbody tr").filter({ hasText: "conv.weight" });
    expect(await row.locator("td").count()).toBe(5);
    await row.getByRole("button").click();
    await page.getByText(/weights differ/).waitFor();
    await page.getByRole("button", { name: "Close the second file" }).click();
    expect(await page.locator("#both").count()).toBe(0);
    await close();
  });

  test("shows a tensor that only one of two files has, and compares nothing", async () => {
    const { page, close } = await openPage("?file=small.dcz");
    await decoded(page);
    await page.getByLabel("Compare with a file").setInputFiles(payload("many.dcz", manyTensors(3)));
    await page.locator("#both").waitFor();
    await page.getByText("many.dcz has no tensor of this name.").waitFor();
    await decoded(page);
    expect(await page.locator("#tensor").textContent()).not.toContain("compared");
    await close();
  });

  test("asks no other server for a file", async () => {
    const { page, requests, close } = await openPage("?file=https://example.org/secret.dcz");
    expect(await page.getByRole("alert").textContent()).toBe(
      "secret.dcz cannot be opened. The page opens files of its own server only: download this one and drop it here.",
    );
    expect(requests.filter((request) => request.startsWith("GET https://example.org"))).toHaveLength(0);
    await close();
  });

  test("says what is wrong with a file that is missing, foreign or damaged, and opens the next", async () => {
    const { page, close } = await openPage("?file=none.dcz");
    const alert = page.getByRole("alert");
    await page.getByText("none.dcz cannot be opened. The server answers 404").waitFor();
    await choose(page, "page.dcz", Buffer.from("<!doctype html><title>not found</title>"));
    await page.getByText("page.dcz cannot be opened. This is no .dcz file").waitFor();
    await choose(page, "short.dcz", first.subarray(0, first.length - 5));
    await page.getByText("short.dcz cannot be opened.").waitFor();
    const flipped = Uint8Array.from(first, (byte, i) => (i === first.length - 3 ? byte ^ 1 : byte));
    await choose(page, "flipped.dcz", flipped);
    await page.getByText("Not all of the file can be read. The file is damaged").waitFor();
    await choose(page, "small.dcz", first);
    await decoded(page);
    expect(await alert.count()).toBe(0);
    await close();
  });

  test("sorts, filters and shows tensors by the keyboard alone", async () => {
    const { page, close } = await openPage("?file=small.dcz");
    await decoded(page);
    const head = tensors(page).getByRole("columnheader", { name: "Bytes" });
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    await head.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    expect(await firstNames(page)).toEqual(["fc.bias", "conv.weight", "fc.weight"]);
    await tensors(page).getByRole("searchbox").focus();
    await page.keyboard.type("conv");
    await page.getByText("1 to 1 of 1 tensors").waitFor();
    await page.keyboard.press("Tab"); // the region that scrolls
    for (let i = 0; i <= 9; i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Tensor conv.weight" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Tensor conv.weight");
    await page.getByRole("img", { name: /^Kernels: 32 kernels, 3 by 3/ }).waitFor();
    await page.getByRole("img", { name: /^Histogram of conv.weight: 288 weights/ }).waitFor();
    await close();
  });

  test("has a link over the head of the page, names for all that can be used, and heads of tables", async () => {
    const { page, close } = await openPage("?file=small.dcz");
    await decoded(page);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    const nameless = await page.evaluate(() =>
      Array.from(document.querySelectorAll("button, a, input, [role=img], section.scroll"))
        .filter((element) => {
          const label =
            element.getAttribute("aria-label") ?? element.closest("label")?.textContent ?? element.textContent;
          return label?.trim() === "";
        })
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
    expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
    await close();
  });

  test("shows what the bytes are for, and the errors that a certificate tells", async () => {
    const { page, close } = await openPage();
    await choose(page, "certified.dcz", certified);
    await decoded(page);
    await page.getByLabel("Show what the bytes are for").check();
    expect(await tensors(page).getByRole("columnheader", { name: "Codebook" }).count()).toBe(1);
    const row = tensors(page).locator("tbody tr").filter({ hasText: "conv.weight" });
    expect(await row.textContent()).toContain("25.0 %");
    expect(await page.locator("#errors").textContent()).toContain("Output y: relative error 1.3 %");
    await page.locator("#errors canvas").waitFor();
    await close();
  });

  test("shows the tensors of a node of the graph that is chosen", async () => {
    const { page, close } = await openPage("?file=small.dcz");
    await decoded(page);
    await page.locator("#graph .node.weighted").first().click();
    await page.getByRole("heading", { name: "Tensor conv.weight" }).waitFor();
    await page.getByText("Nodes as a list (4)").click();
    await page.getByRole("button", { name: "3 Gemm" }).click();
    await page.getByRole("heading", { name: "Tensor fc.weight" }).waitFor();
    await close();
  });

  test.each(["light", "dark"] as const)(
    "fits a phone 360 points wide, and is %s where that is preferred",
    async (colorScheme) => {
      const { page, close } = await openPage("?file=small.dcz&other=other.dcz", {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      await page.locator("#both").waitFor();
      await decoded(page);
      await page.getByText("Nodes as a list (4)").click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      const [back, text] = await page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body);
        const brightness = (css: string) =>
          (css.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
        return [brightness(backgroundColor), brightness(color)];
      });
      expect(back! < text!).toBe(colorScheme === "dark");
      await close();
    },
  );

  test("shows 10,000 tensors a page at a time", async () => {
    const { page, close } = await openPage();
    await choose(page, "many.dcz", manyTensors(10_000));
    await page.getByText("1 to 100 of 10,000 tensors").waitFor();
    await tensors(page).getByRole("button", { name: "Next page" }).click();
    await page.getByText("101 to 200 of 10,000 tensors").waitFor();
    await tensors(page).getByRole("searchbox").fill("block999. w9");
    await page.getByText("1 to 1 of 1 tensors").waitFor();
    await decoded(page);
    expect(await tensors(page).locator("tbody tr").count()).toBe(1);
    await tensors(page).locator("tbody th button").click();
    await page.getByRole("heading", { name: "Tensor block999.w9" }).waitFor();
    await close();
  });

  test("says so where a policy keeps its worker from being started", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // the test's own is enough
    await page.route(`${server.origin}/`, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": "worker-src 'none'" };
      await route.fulfill({ response, headers });
    });
    await page.goto(`${server.origin}/`);
    await choose(page, "small.dcz", first);
    await page.getByText("small.dcz cannot be opened. The worker that decodes cannot be started").waitFor();
    expect(await page.getByRole("status").first().textContent()).toBe("");
    await page.close();
  });

  test("works from a disk, without a server", async () => {
    const { page, close } = await openPage(pathToFileURL(join(folder, "index.html")).href);
    await choose(page, "small.dcz", first);
    await decoded(page);
    expect(await firstNames(page)).toHaveLength(3);
    await close();
  });
});
