/** The part of the Web Locks API that is used; Node before 24 has none. */
interface Locks {
  request<T>(name: string, options: LockOptions, run: (lock: unknown) => Promise<T>): Promise<T>;
}

/**
 * Runs `run` while no other page of the same origin runs one of that name, where pages can agree on it, and else at once.
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
  const first = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : { result: await run() },
  );
  if (first !== undefined) return first.result;
  options.onWait();
  return locks.request(name, { signal: options.signal }, run);
}
