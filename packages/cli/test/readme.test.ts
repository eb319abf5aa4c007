import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { call, idx, randomLenet, temporaryFolder, writeArray, writeModelFile } from "./setting";

it("the README's commands run one after the other", async () => {
  const folder = await temporaryFolder();
  await writeModelFile(join(folder, "model.onnx"), randomLenet());
  await writeArray(join(folder, "x.npy"), [2, 784], new Array(2 * 784).fill(0.25));
  await writeFile(join(folder, "t10k-images.idx"), idx([3, 28, 28], new Uint8Array(3 * 784)));
  await writeFile(join(folder, "t10k-labels.idx"), idx([3], Uint8Array.of(1, 2, 3)));
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [, block = ""] = /```sh\n(.*?)```/s.exec(readme) ?? [];
  const commands = block.trim().split("\n");
  expect(commands).toHaveLength(8);
  for (const command of commands) {
    const [name, ...words] = command.split(" ");
    expect(name).toBe("deep-compression");
    const args = words.map((word) => (/\.\w{3,4}$/.test(word) ? join(folder, word) : word));
    expect(await call(args)).toMatchObject({ code: 0, error: "" });
  }
});
