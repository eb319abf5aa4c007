/**
 * Lets a training run go on by one epoch a call: what it prepares, it prepares in the first call, as in any long run.
 * The run is left standing after the last call.
 */
export function epochByEpoch(train: (onEpoch: () => Promise<void>) => Promise<void>): () => Promise<void> {
  let resume: (() => void) | undefined;
  let finish = () => {};
  let fail: (reason: unknown) => void = () => {};
  const onEpoch = () =>
    new Promise<void>((resolve) => {
      resume = resolve;
      finish();
    });
  return () =>
    new Promise<void>((resolve, reject) => {
      [finish, fail] = [resolve, reject];
      if (resume) resume();
      else
        train(onEpoch).then(
          () => fail(new RangeError("the training run has no epoch left")),
          (error) => fail(error),
        );
    });
}
