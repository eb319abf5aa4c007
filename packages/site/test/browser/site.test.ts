// The site in Chromium, where there is one: a digit is drawn, and read. `npm run test:browser` wants one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isSkipped, startChromium } from "../../../explorer/test/browser/chromium";
import { type PageServer, serveFolder } from "../../../explorer/test/browser/page-server";
import { buildSite } from "../../build.mjs";

describe.skipIf(isSkipped)("the site", () => {
  let browser: Browser;
  let server: PageServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deep-compression-site-"));
    await buildSite(folder);
    server = await serveFolder(folder, {});
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openPage(path: string, options: Parameters<Browser["newPage"]>[0] = {}) {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(0); // the test's own is enough
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    await page.goto(`${server.origin}${path}`);
    const close = async () => {
      expect(errors).toEqual([]);
      await page.close();
    };
    return { page, requests, close };
  }

  /** Draws with the mouse; places are parts of the board. */
  async function draw(page: Page, places: readonly (readonly [number, number])[]) {
    const { x, y, width, height } = (await page.locator(".board").boundingBox())!;
    for (const [i, [across, down]] of places.entries()) {
      await page.mouse.move(x + across * width, y + down * height);
      if (i === 0) await page.mouse.down();
    }
    await page.mouse.up();
  }
  const result = (page: Page) => page.locator(".result");
  const ready = (page: Page) => page.getByText("Draw a digit from 0 to 9").waitFor();

  test("reads a 1 that is drawn as one stroke, and after it is cleared a 0", async () => {
    const { page, requests, close } = await openPage("/digits/index.html");
    await ready(page);
    await draw(page, [
      [0.5, 0.15],
      [0.5, 0.5],
      [0.5, 0.85],
    ]);
    expect(await result(page).textContent()).toBe("It is a 1");
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await result(page).textContent()).toBe("Draw a digit from 0 to 9");
    const circle = Array.from({ length: 25 }, (_, i) => (2 * Math.PI * i) / 24);
    await draw(
      page,
      circle.map((angle) => [0.5 + 0.25 * Math.sin(angle), 0.5 - 0.35 * Math.cos(angle)]),
    );
    expect(await result(page).textContent()).toBe("It is a 0");
    const sent = requests.filter((request) => !request.startsWith("GET data:"));
    expect(sent.every((request) => request.startsWith(`GET ${server.origin}/`))).toBe(true);
    expect(sent).toHaveLength(5); // the page, two styles, the program, the network
    await close();
  });

  test("shows the bytes and the milliseconds of the file and of the dense network", async () => {
    const { page, close } = await openPage("/digits/index.html");
    await ready(page);
    await page.getByRole("button", { name: "Sample 7" }).click();
    await page.getByText("times as fast").waitFor();
    const rows = await page
      .locator("tbody tr")
      .evaluateAll((found) =>
        found.map((row) => Array.from(row.querySelectorAll("td"), (cell) => cell.textContent ?? "")),
      );
    expect(rows.map(([digit, bytes]) => [digit, bytes])).toEqual([
      ["7", "9,156"],
      ["7", expect.stringMatching(/^1,06\d,\d{3}$/)],
    ]);
    for (const [, , milliseconds] of rows) expect(Number(milliseconds)).toBeGreaterThan(0);
    await close();
  });

  test("is used by the keyboard: every sample is read as its digit", async () => {
    const { page, close } = await openPage("/digits/index.html");
    await ready(page);
    for (let digit = 0; digit < 10; digit++) {
      await page.getByRole("button", { name: `Sample ${digit}` }).focus();
      await page.keyboard.press("Enter");
      expect(await result(page).textContent()).toBe(`It is a ${digit}`);
    }
    await close();
  });

  test.each(["light", "dark"] as const)("fits a phone 360 points wide, %s", async (colorScheme) => {
    const { page, close } = await openPage("/digits/index.html", {
      colorScheme,
      viewport: { width: 360, height: 740 },
    });
    await ready(page);
    await page.getByRole("button", { name: "Sample 3" }).click();
    await page.getByText("It is a 3").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await close();
  });

  test("leads from its first page to the others, and into the network", async () => {
    const { page, close } = await openPage("/index.html");
    const links = await page.locator("a").evaluateAll((found) => found.map((link) => link.getAttribute("href")));
    expect(links).toEqual(["digits/", "explorer/", "explorer/?file=../digits/lenet-300-100.dcz", "api/"]);
    await page.goto(`${server.origin}/explorer/index.html?file=../digits/lenet-300-100.dcz`);
    await page.getByRole("heading", { name: "Tensor ip1.weight" }).waitFor();
    await close();
  });
});
