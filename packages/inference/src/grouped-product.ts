import type { LayoutKind } from "./sparse-layout";
import { type GroupedTile, tilingOf } from "./tiling";

/**
 * A sparse matrix grouped by code: entries of one output and one code are a group, which costs one product. Groups are sorted by
 * length, and four of one length stand side by side. Its arrays, behind the centroids:
 *
 * - pairs of a length, in entries, and how many times four groups of it there are;
 * - of each four groups entry by entry, those of the four in turn: the bytes from the tile's first input (u16);
 * - of each group, its output in the tile and, 16 bits up, its code.
 */
export const GROUPED: LayoutKind = {
  name: "grouped by code",
  lanesOfFew: 4,
  scratch(size) {
    const { down, tileOutputs } = tilingOf(size);
    return { length: size.outputs + down, between: tileOutputs };
  },
  add({ kernels, team }, { parts, tiles }, { room, outputs, inputs, x, y, lanes }) {
    const at = (part: number) => room + parts[part]!.at;
    const arraysAt = ({ firstRun, runs, firstOffset, firstGroup }: GroupedTile) =>
      [at(1) + 8 * firstRun, runs, at(2) + 2 * firstOffset, at(3) + 4 * firstGroup, at(0)] as const;
    const { across, down } = tilingOf({ outputs, inputs });
    const job = { count: down, cost: parts[2]!.length * lanes };
    if (lanes > 1) {
      team.share(job, (shared, first, end) => {
        const multiply = lanes === 4 ? shared.groupedProduct4 : shared.groupedProduct8;
        for (const tile of tiles.slice(first * across, end * across))
          multiply(...arraysAt(tile), x + 4 * lanes * tile.firstInput, y + 4 * lanes * tile.spacedOutput);
      });
      return;
    }
    for (let column = 0; column < across; column++) {
      const { firstInput, inputs: width } = tiles[column]!;
      const tileX = x + 4 * firstInput;
      // What multiplies an item reads the inputs from a place of its own: they are put there once for all tiles below one another.
      kernels.groupedProduct(at(1), 0, at(2), at(3), at(0), tileX, width, y);
      team.share({ ...job, cost: job.cost / across }, (shared, first, end) => {
        for (let row = first; row < end; row++) {
          const tile = tiles[row * across + column]!;
          shared.groupedProduct(...arraysAt(tile), tileX, 0, y + 4 * tile.spacedOutput);
        }
      });
    }
  },
};
