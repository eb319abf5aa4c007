import type { Network, Tensor } from "@deep-compression/network";

/** Values of a network by name. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

/** What runs a network, or a part of one: onnxruntime, or a session of our own. */
export interface Executor {
  /** For reports: "onnxruntime-node 1.22.0". */
  readonly name: string;
  /**
   * Makes a network ready to run. Its graph says what goes in and what comes out; outputs have a name only.
   *
   * @throws Error that says in words what it cannot run
   */
  prepare(network: Network): Promise<PreparedNetwork>;
}

/** A network that is ready to run. */
export interface PreparedNetwork {
  /** The outputs of the graph from all its inputs. */
  run(inputs: NamedTensors): Promise<NamedTensors>;
  /** Lets go of what `prepare` took. */
  close(): Promise<void>;
}
