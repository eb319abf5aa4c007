import { breather } from "@deep-compression/runtime";
import { expect, test } from "vitest";

/** More than work goes on without a turn for others. */
const LONG_MILLISECONDS = 20;

function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

test("work that was short goes on at once, and after a turn again", async () => {
  const breathe = breather();
  expect(breathe()).toBeUndefined();
  work(LONG_MILLISECONDS);
  const turn = breathe();
  expect(turn).toBeInstanceOf(Promise);
  await turn;
  expect(breathe()).toBeUndefined();
});

test("others have their turn in between: messages, and what they lead to at once", async () => {
  const breathe = breather();
  const { port1, port2 } = new MessageChannel();
  const heard: string[] = [];
  const over = new Promise<void>((resolve) => {
    port1.onmessage = ({ data }) => {
      heard.push(data);
      if (data === "first") port2.postMessage("second");
      else resolve();
    };
  });
  work(LONG_MILLISECONDS);
  port2.postMessage("first");
  await breathe();
  expect(heard[0]).toBe("first");
  await over;
  port1.close();
});
