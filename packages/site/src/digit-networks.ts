import { bytesSource } from "@deep-compression/bits";
import { denseWeights, floatData, prepareWith, type Session } from "@deep-compression/inference";
import { Gemm, Relu } from "@deep-compression/inference/operators";
import { writeOnnx } from "@deep-compression/model-io";
import { open } from "@deep-compression/pipeline";
import { EDGE } from "./mnist-image";

/** A network that is ready to run, and what it takes. */
export interface DigitNetwork {
  readonly session: Session;
  /** Of the file that it comes in. */
  readonly fileBytes: number;
}

/** The same network twice: as it is stored, and with all its weights in plain arrays. */
export interface DigitNetworks {
  readonly stored: DigitNetwork;
  readonly dense: DigitNetwork;
}

/** The operators of LeNet-300-100: the others are not in the page. */
const OPERATORS = { Gemm, Relu };

/** Makes both networks of the bytes of one `.dcz` file. @throws FormatError; Error for a file without a graph */
export async function digitNetworks(bytes: Uint8Array): Promise<DigitNetworks> {
  const file = await open(bytesSource(bytes));
  const { graph } = file;
  if (graph === undefined) throw new Error("the file holds weights without a graph");
  const network = await file.network();
  const prepared = { operators: OPERATORS };
  return {
    stored: { session: prepareWith({ graph }, await file.weights(), prepared), fileBytes: bytes.length },
    dense: {
      session: prepareWith({ graph }, denseWeights(network), prepared),
      fileBytes: writeOnnx({ ...network, graph }).length,
    },
  };
}

/** What a network says of an image. */
export interface Reading {
  readonly digit: number;
  /** Of each digit, from 0 to 1: the softmax of the scores. */
  readonly probabilities: readonly number[];
}

/** Reads an image of MNIST's size. */
export function readDigit(network: DigitNetwork, image: Float32Array): Reading {
  const scores = run(network, image);
  const most = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return { digit: scores.indexOf(most), probabilities: powers.map((power) => power / sum) };
}

function run({ session }: DigitNetwork, image: Float32Array): Float32Array {
  const [input, output] = [session.inputs[0]!.name, session.outputs[0]!.name];
  return floatData(session.run({ [input]: { shape: [1, EDGE * EDGE], data: image } })[output]!);
}

/** Milliseconds of a run of each network. */
export interface Times {
  readonly stored: number;
  readonly dense: number;
}

/** Clocks of browsers tell tenths of milliseconds at best, so that many runs are timed at once. */
const RUNS_AT_ONCE = 40;

/** Rounds, in each of which both networks run; in the first ones the browser is still compiling. */
const [FIRST_ROUNDS, ROUNDS] = [15, 15];

/**
 * Times runs of both networks in turns, the median of the later rounds; the page is answered between rounds.
 *
 * @param isWanted asked between rounds: undefined comes of it once it says no
 */
export async function timesOf(
  networks: DigitNetworks,
  image: Float32Array,
  isWanted: () => boolean = () => true,
): Promise<Times | undefined> {
  const [stored, dense]: [number[], number[]] = [[], []];
  for (let round = 0; round < FIRST_ROUNDS + ROUNDS; round++) {
    await new Promise((next) => setTimeout(next, 0));
    if (!isWanted()) return undefined;
    stored.push(millisecondsOf(networks.stored, image));
    dense.push(millisecondsOf(networks.dense, image));
  }
  return { stored: median(stored.slice(FIRST_ROUNDS)), dense: median(dense.slice(FIRST_ROUNDS)) };
}

function millisecondsOf(network: DigitNetwork, image: Float32Array): number {
  const start = performance.now();
  for (let i = 0; i < RUNS_AT_ONCE; i++) run(network, image);
  return (performance.now() - start) / RUNS_AT_ONCE;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
