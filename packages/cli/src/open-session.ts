import { ALL_PASSES, OPERATORS } from "@deep-compression/inference";
import { prepareOnThreads, type ThreadSession } from "@deep-compression/inference/threads";
import { ARCHITECTURES, type Graph } from "@deep-compression/network";
import { open, type StoredWeights } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { Option } from "commander";
import { doing } from "./failure";
import { withSource } from "./input-file";
import { wholeNumber } from "./option-values";
import type { Terminal } from "./terminal";

/** What the options of commands that run a network have. */
export interface SessionOptions {
  readonly threads: number;
}

/** The option of commands that run a network. */
export function threadsOption(): Option {
  return new Option("--threads <threads>", "threads that share the work of large layers")
    .argParser(wholeNumber(1, 64))
    .default(1);
}

/** Does `work` with a session that runs a .dcz file from its weights as stored. */
export async function withSession<T>(
  file: string,
  terminal: Terminal,
  { threads }: SessionOptions,
  work: (session: ThreadSession) => Promise<T>,
): Promise<T> {
  const session = await openSession(file, terminal, threads);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function openSession(file: string, terminal: Terminal, threads: number): Promise<ThreadSession> {
  const { graph, weights } = await withSource(file, terminal, async (source) => {
    const opened = await open(source);
    return { graph: opened.graph, weights: await opened.weights() };
  });
  return doing(`run ${quoted(file)}`, () =>
    prepareOnThreads({ graph: graph ?? architectureOf(weights) }, weights, {
      operators: OPERATORS,
      passes: ALL_PASSES,
      threads,
    }),
  );
}

/** The graph of the paper's network whose parameters the weights are. */
function architectureOf({ names, weight }: StoredWeights): Graph {
  const known = ARCHITECTURES.find(
    ({ parameters }) =>
      parameters.length === names.length &&
      parameters.every(({ name, shape }) => names.includes(name) && `${weight(name).shape}` === `${shape}`),
  );
  if (known) return known.graph;
  throw new Error("it holds weights only, no graph; compress an .onnx model instead");
}
