import { open, readFile, rename, rm } from "node:fs/promises";
import { FormatError, float32s } from "@deep-compression/bits";
import { bytesSource, openContainer, writeContainer } from "@deep-compression/container";

/** Where a run stands: `epoch` epochs of stage `stage` are done. */
export interface Position {
  readonly stage: number;
  readonly epoch: number;
}

/** A run that can go on: position, seconds so far, and arrays by name. */
export interface Checkpoint {
  readonly position: Position;
  readonly seconds: number;
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

const FLOAT32 = 1;
const RAW_SECTION = 0;

/** Writes a checkpoint as a container of raw tensors, whole or not at all. `key` tells the run that it belongs to. */
export async function writeCheckpoint(path: string, key: string, checkpoint: Checkpoint): Promise<void> {
  const { position, seconds, arrays } = checkpoint;
  const bytes = writeContainer({
    metadata: { key, stage: String(position.stage), epoch: String(position.epoch), seconds: String(seconds) },
    tensors: [...arrays].map(([name, values]) => ({
      name,
      type: FLOAT32,
      shape: [values.length],
      sections: [{ kind: RAW_SECTION, bytes: float32s().encode(values) }],
    })),
  });
  await writeAtomically(path, bytes);
}

/** The checkpoint at `path`, or undefined if there is none, it is damaged, or it belongs to another run. */
export async function readCheckpoint(path: string, key: string): Promise<Checkpoint | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (!bytes) return undefined;
  try {
    const file = await openContainer(bytesSource(bytes));
    if (file.metadata.key !== key) return undefined;
    const arrays = new Map<string, Float32Array>();
    for (const { name } of file.tensors) {
      const [section] = (await file.read(name)).sections;
      arrays.set(name, float32s().decode(section!.bytes));
    }
    const { stage, epoch, seconds } = file.metadata;
    return { position: { stage: Number(stage), epoch: Number(epoch) }, seconds: Number(seconds), arrays };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Writes a file whole or not at all: beside it first, on the disk, then under its name. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const part = `${path}.part`;
  try {
    const file = await open(part, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
