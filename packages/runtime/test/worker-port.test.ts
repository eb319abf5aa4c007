import { Worker } from "node:worker_threads";
import { startWorker } from "@deep-compression/runtime";
import { expect, test, vi } from "vitest";

test("a message that cannot be read is an error of the worker", async () => {
  const listened: Record<string | symbol, unknown> = {};
  const on = vi.spyOn(Worker.prototype, "on").mockImplementation(function (this: Worker, event, listener) {
    listened[event] = listener;
    return this;
  });
  const onError = vi.fn();
  const port = startWorker("", { onMessage: vi.fn(), onError });
  on.mockRestore();
  expect(listened.messageerror).toBe(onError);
  await port.close();
});
