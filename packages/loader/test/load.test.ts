import { bytesSource } from "@deep-compression/bits";
import { load } from "@deep-compression/loader";
import { open } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { misbehavingServer } from "./misbehaving-server";
import { exampleFile } from "./model-file";

test("smoke", async () => {
  const { bytes } = exampleFile();
  console.log(bytes.length);
  const server = await misbehavingServer(() => ({ bytes, etag: '"a"' }));
  const stages: unknown[] = [];
  const model = await load(`${server.origin}/model.dcz`, { onProgress: (p) => stages.push(p) });
  console.log(model.metadata, model.byteLength);
  const expected = await (await open(bytesSource(bytes))).network();
  let i = 0;
  for await (const t of model.tensors()) expect(t).toEqual(expected.tensors[i++]);
  await model.complete();
  expect(await model.network()).toEqual(expected);
  const w = await model.weights();
  const w2 = await (await open(bytesSource(bytes))).weights();
  for (const n of w2.names) expect(w.weight(n)).toEqual(w2.weight(n));
  console.log(stages, model.warnings);
  await server.close();
});
