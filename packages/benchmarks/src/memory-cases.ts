import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./child-process";
import { type Case, type CaseContext, type Row, toRow } from "./harness";
import { type LargeModel, tensorBytes, writeLargeOnnx, writeLargeSafetensors } from "./large-models";
import { LOSSLESS_OPTIONS } from "./model-round-trip";

/** 19 tensors of 268 MB, 5.1 GB. */
const LARGE: LargeModel = { tensors: 19, size: 8192 };

const MEGABYTE = 1e6;
/** Memory beside that of the tensors: Node itself takes a third of it. */
const ALLOWANCE = 300 * MEGABYTE;

async function measure(
  name: string,
  write: typeof writeLargeOnnx,
  { effort, progress }: CaseContext,
): Promise<readonly Row[]> {
  const model = { ...LARGE, tensors: Math.max(1, Math.round(LARGE.tensors * effort)) };
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
  const at = (file: string) => join(folder, file);
  try {
    const files = await write(model, folder);
    const [main] = files as readonly [string];
    await mkdir(at("restored"));
    const compress = await runCommand(["compress", at(main), "-o", at("model.dcz"), ...LOSSLESS_OPTIONS], { folder });
    progress(`compressed to ${(await stat(at("model.dcz"))).size} bytes in ${compress.seconds.toFixed(0)} s`);
    const restore = await runCommand(["restore", at("model.dcz"), "-o", join(at("restored"), main)], { folder });
    progress(`restored in ${restore.seconds.toFixed(0)} s`);
    for (const file of files) {
      if ((await sha256(at(file))) !== (await sha256(join(at("restored"), file))))
        throw new Error(`the restored ${file} differs`);
    }
    return [
      memoryRow(`${name}, compress`, model, compress.peakBytes),
      memoryRow(`${name}, restore, SHA-256 equal`, model, restore.peakBytes),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function memoryRow(name: string, model: LargeModel, peakBytes: number): Row {
  return toRow({
    name,
    unit: "MB",
    ours: peakBytes / MEGABYTE,
    peer: "3 x the largest tensor + 300 MB",
    theirs: (3 * tensorBytes(model) + ALLOWANCE) / MEGABYTE,
    bar: 1,
  });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}

/** Files of 5 GB, compressed without loss and restored by the command: the most memory that it held. */
export const MEMORY_CASES: readonly Case[] = [
  {
    name: "5 GB safetensors",
    run: (context) => measure("peak memory, safetensors of 5 GB", writeLargeSafetensors, context),
  },
  {
    name: "5 GB external data",
    run: (context) => measure("peak memory, ONNX with 5 GB of external data", writeLargeOnnx, context),
  },
];
