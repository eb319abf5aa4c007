import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../src/checkpoint";

const saved = {
  position: { stage: 1, epoch: 7 },
  seconds: 12.5,
  arrays: new Map([
    ["a", Float32Array.of(1, -0, 3e-39)],
    ["b", new Float32Array()],
  ]),
};

async function freshPath(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "deep-compression-")), "checkpoint");
}

describe("checkpoints", () => {
  it("come back as they were written", async () => {
    const path = await freshPath();
    await writeCheckpoint(path, "key", saved);
    expect(await readCheckpoint(path, "key")).toEqual(saved);
  });

  it("of another run, or damaged in any byte, count as none", async () => {
    const path = await freshPath();
    expect(await readCheckpoint(path, "key")).toBeUndefined();
    await writeCheckpoint(path, "key", saved);
    expect(await readCheckpoint(path, "other")).toBeUndefined();
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] ^= 0x10;
      await writeFile(path, damaged);
      expect(await readCheckpoint(path, "key")).toBeUndefined();
    }
  });
});
