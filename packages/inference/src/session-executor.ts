import type { Network, Tensor } from "@deep-compression/network";
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
    /** @throws as the session's `run` */
    run(inputs: NamedTensors): Promise<NamedTensors>;
    close(): Promise<void>;
  }>;
}

export function sessionExecutor(): SessionExecutor {
  return {
    name: "deep-compression",
    async prepare(network) {
      const { graph } = network;
      if (graph === undefined) throw new TypeError("network.graph: expected a graph, got none");
      const session = prepare({ graph }, denseWeights(network));
      return {
        async run(inputs) {
          const arrays = [...inputs].map(([name, tensor]) => [name, arrayOfTensor(tensor)] as const);
          const outputs = Object.entries(session.run(Object.fromEntries(arrays)));
          return new Map(outputs.map(([name, array]) => [name, tensorOfArray(name, array)]));
        },
        async close() {},
      };
    },
  };
}
