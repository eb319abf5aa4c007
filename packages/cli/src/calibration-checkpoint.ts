import { appendFileSync, mkdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { DoneLayer } from "@deep-compression/network-calibration";

/** The layers that were done before an interrupt, trial by trial. */
export interface CalibrationCheckpoint {
  /** Those of a trial, in their order; none of a trial that was not begun. */
  done(trial: TrialName): Promise<readonly DoneLayer[]>;
  /** Writes down one more. */
  add(trial: TrialName, layer: DoneLayer): void;
  /** Deletes all. */
  remove(): Promise<void>;
}

/** What tells trials of the same model and inputs apart. */
export interface TrialName {
  readonly lambda: number;
  /** Of the inputs. */
  readonly fraction: number;
}

/** Bytes of the length in front of each layer. */
const LENGTH_BYTES = 4;

/**
 * Keeps what is done in a folder, which is made with the first layer.
 *
 * @param key of the model, the inputs and what runs it: what was done by another is not taken
 */
export function calibrationCheckpoint(folder: string, key: string): CalibrationCheckpoint {
  const fileOf = ({ lambda, fraction }: TrialName) => join(folder, `${key}-${lambda}-${fraction}`);
  return {
    async done(trial) {
      const bytes = await readFile(fileOf(trial)).catch(() => Buffer.alloc(0));
      const layers: DoneLayer[] = [];
      for (let at = 0; at + LENGTH_BYTES <= bytes.length; ) {
        const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
        if (end > bytes.length) break; // the interrupt came while it was written
        layers.push(deserialize(bytes.subarray(at + LENGTH_BYTES, end)));
        at = end;
      }
      return layers;
    },
    add(trial, layer) {
      mkdirSync(folder, { recursive: true });
      const bytes = serialize(layer);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(bytes.length);
      appendFileSync(fileOf(trial), Buffer.concat([length, bytes]));
    },
    async remove() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
