import { execFileSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

/** Whether the tests of the page must run. */
const required = process.env.DEEP_COMPRESSION_BROWSER === "required";

const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(pathOf).find((path) => path !== undefined);

function pathOf(command: string): string | undefined {
  try {
    return execFileSync("which", [command], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** No Chromium is there, and none is wanted. */
export const isSkipped = executablePath === undefined && !required;

/** @throws Error if there is none */
export async function startChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error("no Chromium found: install one that is called chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
}
