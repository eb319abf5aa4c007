/** Lets many wait for something to become true that one party changes step by step, until it fails. */
export interface Changes {
  /** Something changed. */
  happened(): void;
  /** Nothing will change any more; whoever waits is told why. */
  failed(error: unknown): void;
  /** @throws what {@link failed} was told, if it is not true before */
  until(isTrue: () => boolean): Promise<void>;
}

export function changes(): Changes {
  let waiting: {
    readonly isTrue: () => boolean;
    readonly done: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    happened() {
      const ready = waiting.filter(({ isTrue }) => isTrue());
      if (ready.length === 0) return;
      waiting = waiting.filter((one) => !ready.includes(one));
      for (const { done } of ready) done();
    },
    failed(error) {
      failure = { error };
      for (const { fail } of waiting.splice(0)) fail(error);
    },
    until: (isTrue) =>
      new Promise((done, fail) => {
        if (isTrue()) done();
        else if (failure !== undefined) fail(failure.error);
        else waiting.push({ isTrue, done, fail });
      }),
  };
}
