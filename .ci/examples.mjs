// Runs every example; the page in Chromium, where there is one.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { chromium } from "playwright-core";

function run(...args) {
  console.log(`\n== ${args.at(-1)}`);
  execFileSync(process.execPath, args, { stdio: "inherit" });
}

for (const file of readdirSync("examples").filter((name) => name.endsWith(".ts")))
  run("--import", "tsx", `examples/${file}`);
run("examples/browser/build.mjs");

const names = ["chromium", "chromium-browser", "google-chrome"];
const executablePath = names
  .map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim())
  .find(Boolean);
if (executablePath) {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
  const page = await browser.newPage();
  await page.route("**/*", (route) => {
    const name = basename(new URL(route.request().url()).pathname) || "index.html";
    return route.fulfill({ path: resolve("out/examples/browser", name) });
  });
  await page.goto("http://localhost/");
  await page.waitForFunction(() => !document.querySelector("#result").textContent.startsWith("Loading"));
  const text = await page.textContent("#result");
  await browser.close();
  assert.match(text, /^\d+ bytes loaded; the network sees a \d$/);
  console.log(text);
} else {
  console.log("no Chromium: the page was bundled, not opened");
}
