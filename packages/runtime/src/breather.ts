/** Longest that work goes on before others get their turn: half a frame of a screen that shows 120 a second. */
const TURN_MILLISECONDS = 4;

/**
 * Gives a function that long work calls between its steps. It gives a promise to wait for when the work has gone on for
 * longer than is good for a page, and nothing otherwise.
 */
export function breather(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MILLISECONDS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
}

/**
 * Two messages of one's own, one after the other: what became due during the work, a timer say, is only found when the work
 * ends, and stands behind the first message. (Timers take 4 milliseconds in a page that is seen, and a second in one that is not.)
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let isSecond = false;
    port1.onmessage = () => {
      if (!isSecond) {
        isSecond = true;
        port2.postMessage(undefined);
        return;
      }
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
