import { seededRandom } from "@deep-compression/runtime";
import { below, changedBytes, changedNumber, oneOf } from "./byte-changes";
import { containerCase } from "./container-cases";
import type { FuzzCase } from "./fuzz-case";
import { arbitraryFiles, type SeedFile, streamCases, vectorFiles } from "./seeds";
import { addTally, type Tallies } from "./tally";
import { targetNamed } from "./targets";
import { trial } from "./trial";

/** A case that a decoder did not stand, and what happened. */
export interface Failure {
  readonly input: FuzzCase;
  readonly message: string;
}

export interface FuzzOptions {
  /** The same seed gives the same cases. */
  readonly seed: number;
  /** Mutated containers; for every four of them there is one bare stream. */
  readonly runs: number;
  /** Ends sooner after so many seconds; by default it does not. */
  readonly seconds?: number;
  /** Told of each case before it is run. */
  readonly onCase?: (input: FuzzCase) => void;
}

export interface FuzzReport {
  readonly tallies: Tallies;
  /** One of each kind. */
  readonly failures: readonly Failure[];
  /** Kinds of values and errors that were seen. */
  readonly kinds: number;
}

const SEED_FILES = 300;
const SEED_STREAMS = 60;
const RUNS_PER_STREAM = 4;

/** Streams of many thousand symbols take as long as a hundred others. */
const LONG_STREAM_BYTES = 2 ** 12;
const LONG_STREAM_FRACTION = 0.01;

/**
 * Mutates files and streams and decodes them. An input that is refused for a reason, or read as something, not seen
 * before becomes one to start from, so that mutations go on where the first ones got to.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, runs, seconds = Number.POSITIVE_INFINITY, onCase } = options;
  const random = seededRandom(seed);
  const files: SeedFile[] = [...vectorFiles(), ...arbitraryFiles({ seed, count: SEED_FILES })];
  const streams = new Map<string, FuzzCase[]>();
  for (const input of streamCases({ seed, count: SEED_STREAMS })) {
    streams.set(input.target, [...(streams.get(input.target) ?? []), input]);
  }
  const kinds = new Set<string>();
  const tallies: Tallies = {};
  const failures: Failure[] = [];
  const end = performance.now() + 1000 * seconds;

  async function run(input: FuzzCase): Promise<{ readonly isNew: boolean; readonly outcome: string }> {
    onCase?.(input);
    const { outcome, kind, ms, allocated, failure } = await trial(targetNamed(input.target), input);
    addTally(tallies, input.target, { cases: 1, outcomes: { [outcome]: 1 }, slowestMs: ms, maxBytes: allocated });
    const known = kinds.size;
    kinds.add(`${input.target} ${outcome} ${kind}`);
    const isNew = kinds.size > known;
    if (isNew && failure !== undefined) failures.push({ input, message: failure });
    return { isNew, outcome };
  }

  for (let done = 0; done < runs && performance.now() < end; done++) {
    const { input, content } = containerCase(files, random);
    const { isNew, outcome } = await run(input);
    if (isNew) files.push({ bytes: input.bytes, valid: outcome === "read", ...(content && { content }) });
    if (done % RUNS_PER_STREAM > 0) continue;
    const stream = streamCase(streams, random);
    if ((await run(stream)).isNew) streams.get(stream.target)?.push(stream);
  }
  return { tallies, failures, kinds: kinds.size };
}

function streamCase(streams: ReadonlyMap<string, readonly FuzzCase[]>, random: () => number): FuzzCase {
  const target = oneOf(random, [...streams.keys()]);
  const inputs = streams.get(target) ?? [];
  let input = oneOf(random, inputs);
  if (input.bytes.length > LONG_STREAM_BYTES && random() > LONG_STREAM_FRACTION) input = oneOf(random, inputs);
  const donor = oneOf(random, inputs);
  let { numbers } = input;
  if (numbers.length > 0 && random() < 0.2) {
    const at = below(random, numbers.length);
    numbers = numbers.with(at, changedNumber(numbers[at]!, random, targetNamed(target).maxNumbers[at]!));
  }
  const bytes = random() < 0.05 ? input.bytes : changedBytes(input.bytes, random, donor.bytes);
  return { target, numbers, bytes };
}
