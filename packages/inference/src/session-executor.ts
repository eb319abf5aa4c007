import { floatTensor, floatValues, type Network, type Tensor } from "@deep-compression/network";
import { prepare } from "./session";
import { denseWeights } from "./weight-source";

/** Values by name. */
type NamedTensors = ReadonlyMap<string, Tensor>;

/** Runs whole networks, and parts of them, in sessions of {@link prepare}: what calibration calls an executor. */
export interface SessionExecutor {
  readonly name: string;
  /** @throws as {@link prepare}; TypeError for a network without a graph */
  prepare(network: Network): Promise<{
    /** Float32 values, the batch in front. @throws TypeError for values of other types, and as the session's `run` */
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
          const arrays = [...inputs].map(([name, tensor]) => {
            const { shape } = tensor;
            return [name, { shape, data: floatValues(tensor) }] as const;
          });
          const outputs = Object.entries(session.run(Object.fromEntries(arrays)));
          return new Map(outputs.map(([name, { shape, data }]) => [name, floatTensor(name, shape, data)]));
        },
        async close() {},
      };
    },
  };
}
