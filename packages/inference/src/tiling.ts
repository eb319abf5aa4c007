import type { Size } from "./sparse-matrix";

/** Inputs of a tile: their offsets, in bytes of float32, are of 16 bits. */
const TILE_INPUTS = 16_384;
/** Outputs of a tile: their sums stay in the first-level cache beside the inputs, and threads share the tiles of a layer. */
const TILE_OUTPUTS = 512;

/** The entries between some outputs and some inputs, and where they begin in the arrays of all. */
export interface GroupedTile {
  readonly firstOutput: number;
  /** Its place among outputs that have one of no output behind each row of tiles. */
  readonly spacedOutput: number;
  readonly firstInput: number;
  readonly inputs: number;
  readonly firstRun: number;
  readonly runs: number;
  readonly firstOffset: number;
  readonly firstGroup: number;
}

/** How a matrix is cut into tiles. */
interface Tiling {
  /** Of each tile but the last. */
  readonly tileOutputs: number;
  readonly tileInputs: number;
  /** Tiles across the inputs. */
  readonly across: number;
  readonly down: number;
}

/** Tiles of about one size. */
export function tilingOf({ outputs, inputs }: Size): Tiling {
  const across = Math.max(1, Math.ceil(inputs / TILE_INPUTS));
  const down = Math.max(1, Math.ceil(outputs / TILE_OUTPUTS));
  return { across, down, tileInputs: Math.ceil(inputs / across), tileOutputs: Math.ceil(outputs / down) };
}
