import { open, readCertificate } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { inputArraySets } from "./calibration-arrays";
import { availableExecutor } from "./executors";
import { doing } from "./failure";
import { withSource } from "./input-file";
import { itemsOfSets } from "./item-batches";
import { differencesOf, outputsOf } from "./network-outputs";
import { withModel } from "./open-model-file";
import type { OutputDifference } from "./output-difference";
import type { PictureOptions } from "./pictures";
import { percentOf, type Terminal } from "./terminal";
import { inputsOfGraph, sha256Of, wholeNetwork } from "./whole-network";

/** What a certificate is held against. */
export interface Against extends PictureOptions {
  readonly model: string;
  readonly inputs: readonly string[];
}

/** What an output was found to be off by, and what its certificate says. */
export interface OutputFinding {
  readonly relativeError: number;
  readonly stated: number;
  readonly top1?: number;
  readonly statedTop1?: number;
}

/** Other inputs than those it was measured on give other errors: so much more, as a fraction, is none. */
const MARGIN = 0.1;

/** Agreement that may be lost likewise, or one row, where that is more. */
const TOP1_MARGIN = 0.01;

/**
 * Runs a file beside the model that it was made of and holds its certificate to what is found.
 *
 * @throws Error for a file without a certificate, another model, or outputs that are further off than it says
 */
export async function verifyAgainst(
  file: string,
  { model, inputs: texts, ...options }: Against,
  terminal: Pick<Terminal, "input">,
): Promise<Readonly<Record<string, OutputFinding>>> {
  const { network: ours, certificate } = await withSource(file, terminal, async (source) => {
    const opened = await open(source);
    const found = readCertificate(opened.metadata);
    if (found === undefined) {
      throw new Error("it has no certificate: only files of compress --calibrate do; take compare for others");
    }
    return { network: await opened.network(), certificate: found };
  });
  return withModel(model, terminal, async (opened) => {
    const network = await doing(`read ${quoted(model)}`, () => wholeNetwork(opened));
    const sha256 = await sha256Of(opened);
    if (sha256 !== certificate.modelSha256) {
      throw new Error(`${quoted(model)} is not the model that ${quoted(file)} was made of: its SHA-256 is another`);
    }
    const { graph } = ours;
    if (!graph) throw new Error(`${quoted(file)} holds no graph that can be run`);
    const declared = inputsOfGraph(network);
    const items = itemsOfSets(await inputArraySets(declared, texts, options), declared);
    const batches = items.batches(Array.from({ length: items.count }, (_, item) => item));
    const executor = await availableExecutor();
    const dense = await doing(`run ${quoted(model)}`, () => outputsOf(network, batches, executor));
    const compressed = await doing(`run ${quoted(file)}`, () => outputsOf(ours, batches, executor));
    const found = differencesOf(network.graph.outputs, { dense, compressed });
    return Object.fromEntries(
      Object.entries(certificate.outputs).map(([name, { relativeError: stated, top1: statedTop1 }]) => {
        const difference = found[name];
        if (difference === undefined)
          throw new Error(`the model has no output ${quoted(name)}, of which the certificate tells`);
        const finding = findingOf(difference, { stated, statedTop1 });
        checkFinding(finding, { name, file, rows: difference.top1?.rows ?? 0 });
        return [name, finding];
      }),
    );
  });
}

function findingOf(
  { relativeError, top1 }: OutputDifference,
  { stated, statedTop1 }: { readonly stated: number; readonly statedTop1: number | undefined },
): OutputFinding {
  return {
    relativeError,
    stated,
    ...(top1 && { top1: top1.same / top1.rows }),
    ...(statedTop1 !== undefined && { statedTop1 }),
  };
}

/** @throws Error if an output is further off than its certificate says. @param output.rows rows that have a largest score */
export function checkFinding(
  { relativeError, stated, top1, statedTop1 }: OutputFinding,
  { name, file, rows }: { readonly name: string; readonly file: string; readonly rows: number },
): void {
  // Not with >, so that a NaN fails.
  if (!(relativeError <= (1 + MARGIN) * stated)) {
    const found = `${percentOf(relativeError)} on these inputs, where its certificate says ${percentOf(stated)}`;
    throw new Error(`output ${quoted(name)} of ${quoted(file)} is off by ${found}`);
  }
  if (top1 === undefined || statedTop1 === undefined) return;
  const least = statedTop1 - Math.max(TOP1_MARGIN, 1 / rows);
  if (top1 < least - ROUNDING) {
    const found = `${percentOf(top1)} of rows on these inputs, where its certificate says ${percentOf(statedTop1)}`;
    throw new Error(`output ${quoted(name)} of ${quoted(file)} has the same largest score in ${found}`);
  }
}

/** Of quotients of rows. */
const ROUNDING = 1e-9;
