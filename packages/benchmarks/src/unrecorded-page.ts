import type { CDPSession } from "playwright-core";
import type { OpenPage } from "./chromium-page";

/** A page that is asked by messages of the tools' protocol. */
export interface UnrecordedPage {
  send(method: string, parameters: object): Promise<unknown>;
  /** What a function on `window` gives. @throws Error if it throws */
  call<T>(name: string): Promise<T>;
}

/** No byte of an answer is kept for the tools. */
export const KEPT_BYTES = { maxTotalBufferSize: 0, maxResourceBufferSize: 0 };

/**
 * The page once more, beside Playwright's. Playwright has the browser keep what comes over the network, and each session that does decodes it on the
 * page's thread when the last byte is there: 18 ms for 6 MB, which no user's page has.
 */
export async function unrecordedPage({ page }: OpenPage): Promise<UnrecordedPage> {
  const browser = await page.context().browser()!.newBrowserCDPSession();
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
  const send = sender(browser, sessionId);
  async function evaluate(expression: string): Promise<unknown> {
    const answer = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer as { result: { value: unknown }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }
  await send("Page.navigate", { url: page.url() });
  await evaluate(
    'new Promise((loaded) => document.readyState === "complete" ? loaded() : addEventListener("load", loaded))',
  );
  await evaluate('import("/module.js").then(() => {})');
  return { send, call: async <T>(name: string) => (await evaluate(`${name}()`)) as T };
}

function sender(browser: CDPSession, sessionId: string): UnrecordedPage["send"] {
  const asked = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  browser.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result, error } = JSON.parse(message) as { id?: number; result?: unknown; error?: { message: string } };
    const one = asked.get(id ?? 0);
    if (error === undefined) one?.resolve(result);
    else one?.reject(new Error(error.message));
  });
  let sent = 0;
  return (method, params) =>
    new Promise((resolve, reject) => {
      const id = ++sent;
      asked.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method, params });
      browser.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
    });
}
