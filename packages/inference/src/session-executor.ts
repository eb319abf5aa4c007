import type { Network, Tensor } from "@deep-compression/network";
import type { NodeListener } from "./constants";
import { prepare } from "./prepare";
import { arrayOfTensor, tensorOfArray } from "./tensor-arrays";
import { denseWeights } from "./weight-source";

/** Values by name. */
type NamedTensors = ReadonlyMap<string, Tensor>;

/** Runs whole networks, and parts of them, in sessions of {@link prepare}: what calibration calls an executor. */
export interface SessionExecutor {
  readonly name: string;
  /** @throws as {@link prepare}; TypeError for a network without a graph */
  prepare(network: Network): Promise<{
    /** @throws as the session's `run`; Error for one that takes too long */
    run(inputs: NamedTensors): Promise<NamedTensors>;
    close(): Promise<void>;
  }>;
}

export interface SessionExecutorOptions {
  /** Most seconds of a run, which ends with the node that goes beyond. Default: any number. */
  readonly maxSeconds?: number;
  /** Most bytes of memory. Default: 4 GiB, which is all that there can be. */
  readonly maxBytes?: number;
}

export function sessionExecutor({ maxSeconds, maxBytes }: SessionExecutorOptions = {}): SessionExecutor {
  return {
    name: "deep-compression",
    async prepare(network) {
      const { graph } = network;
      if (graph === undefined) throw new TypeError("network.graph: expected a graph, got none");
      const session = prepare({ graph }, denseWeights(network), maxBytes === undefined ? {} : { maxBytes });
      return {
        async run(inputs) {
          const arrays = [...inputs].map(([name, tensor]) => [name, arrayOfTensor(tensor)] as const);
          const options = maxSeconds === undefined ? {} : { onNode: timeKeeper(maxSeconds) };
          const outputs = Object.entries(session.run(Object.fromEntries(arrays), options));
          return new Map(outputs.map(([name, array]) => [name, tensorOfArray(name, array)]));
        },
        async close() {},
      };
    },
  };
}

/** Ends a run that takes longer. */
function timeKeeper(maxSeconds: number): NodeListener {
  const end = performance.now() + 1000 * maxSeconds;
  return () => {
    if (performance.now() > end) throw new Error(`a run of it takes more than ${maxSeconds} seconds`);
  };
}
