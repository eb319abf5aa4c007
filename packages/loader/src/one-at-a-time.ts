/** The part of the Web Locks API that is used; Node before 24 has none. */
interface Locks {
  request<T>(name: string, options: LockOptions, run: (lock: unknown) => Promise<T>): Promise<T>;
}

/**
 * Runs `run` while no other page of the same origin runs one of that name, where pages can agree on it, and else at once: a page
 * without an origin, as one in a sandbox, has locks that it may not use.
 *
 * @param options.onWait told if another page is at it
 */
export async function oneAtATime<T>(
  name: string,
  options: { readonly signal: AbortSignal; readonly onWait: () => void },
  run: () => Promise<T>,
): Promise<T> {
  const locks = (globalThis.navigator as { readonly locks?: Locks } | undefined)?.locks;
  if (locks === undefined) return run();
  let running: Promise<T> | undefined;
  const begin = () => {
    running ??= run();
    return running;
  };
  try {
    await locks.request(name, { ifAvailable: true }, async (lock) => lock !== null && begin());
    if (running !== undefined) return await running;
    options.onWait();
    return await locks.request(name, { signal: options.signal }, begin);
  } catch (error) {
    if (running === undefined && !options.signal.aborted) return begin();
    throw error;
  }
}
