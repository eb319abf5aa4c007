import { useEffect, useState } from "preact/hooks";

/** What a question to the worker has come to. */
export interface Answer<T> {
  readonly answer?: T;
  readonly problem?: string;
}

/** Asks again whenever one of `inputs` is another; an answer that comes too late is dropped. */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[]): Answer<T> {
  const [state, setState] = useState<Answer<T>>({});
  useEffect(() => {
    let isWanted = true;
    setState({});
    ask().then(
      (answer) => isWanted && setState({ answer }),
      (error: unknown) => isWanted && setState({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, inputs);
  return state;
}
