import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ExplorerApi, explorerApi, type OpenedOutline } from "../src/worker/explorer-api";
import { certifiedFile, manyTensors, opened, smallFile, smallNetwork } from "./networks";

const vectors = fileURLToPath(new URL("../../../test-vectors/container/", import.meta.url));
const filesOf = (folder: string) => readdirSync(vectors + folder).filter((name) => name.endsWith(".dcz"));
const blobOf = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]);
const vector = (name: string) => blobOf(new Uint8Array(readFileSync(vectors + name)));

async function allRows(api: ExplorerApi, { ticket }: OpenedOutline) {
  const rows = [];
  for (let isDone = false; !isDone; ) {
    const batch = await api.nextRows(0, ticket);
    rows.push(...batch.rows);
    isDone = batch.isDone;
  }
  return rows;
}

describe("the explorer's worker", () => {
  test("tells the outline at once, as data that can be sent, and the rows of the ledger batch by batch", async () => {
    const bytes = smallFile();
    const api = explorerApi();
    const outline = await api.open(0, "small.dcz", blobOf(bytes));
    expect(structuredClone(outline)).toEqual(outline);
    expect(outline).toMatchObject({ name: "small.dcz", sizes: { fileBytes: bytes.length }, modelFiles: [] });
    expect(outline.graph?.nodes).toHaveLength(4);
    const { rows } = await (await opened(bytes)).ledger();
    expect(await allRows(api, outline)).toEqual(rows);
    expect((await api.view(0, "conv.weight")).kernels?.kernel).toEqual({ rows: 3, columns: 3 });
    expect((await api.drawing(0, 0)).nodes).toHaveLength(4);
  });

  test("compares a tensor of two files", async () => {
    const api = explorerApi();
    await api.open(0, "a.dcz", blobOf(smallFile(smallNetwork(), { default: {} })));
    await api.open(1, "b.dcz", blobOf(smallFile()));
    const { differing, elements, relative } = await api.difference("fc.weight");
    expect(elements).toBe(1280);
    expect(differing).toBeGreaterThan(900);
    expect(relative).toBeGreaterThan(0.1);
    expect(await api.difference("fc.bias")).toMatchObject({ differing: 0 });
  });

  test("reads the certificate, and says why one is none", async () => {
    const api = explorerApi();
    const { certificate } = await api.open(0, "c.dcz", blobOf(certifiedFile()));
    expect(certificate?.tensorErrors).toEqual({ "conv.weight": 0.25, "fc.weight": 0.125 });
    const bytes = smallFile({ ...smallNetwork(), metadata: { certificate: "{}" } });
    expect((await api.open(0, "d.dcz", blobOf(bytes))).certificateProblem).toContain("certificate");
  });

  test("gives all of a file of many tensors", async () => {
    const api = explorerApi();
    const outline = await api.open(0, "many.dcz", blobOf(manyTensors(2000)));
    expect(await allRows(api, outline)).toHaveLength(2000);
  });

  test("gives rows of the file that was asked for, and none once another is open", async () => {
    const api = explorerApi();
    const first = await api.open(0, "first.dcz", blobOf(manyTensors(10)));
    const second = await api.open(0, "second.dcz", blobOf(smallFile()));
    expect(await api.nextRows(0, first.ticket)).toEqual({ rows: [], isDone: true });
    expect(await allRows(api, second)).toHaveLength(3);
  });

  test.each(filesOf("valid"))("shows %s, every tensor of it", async (name) => {
    const api = explorerApi();
    const outline = await api.open(0, name, vector(`valid/${name}`));
    const { sizes } = outline;
    const rows = await allRows(api, outline);
    expect(rows.map(({ tensor }) => tensor)).toEqual(sizes.tensors.map(({ tensor }) => tensor));
    for (const { tensor, weights } of sizes.tensors) {
      const view = await api.view(0, tensor).catch((error: Error) => error);
      if (view instanceof Error) expect(view.message).toMatch(/float8|float4|complex/);
      else expect(view.values.counts.reduce((a, b) => a + b, view.values.zeros + view.values.notFinite)).toBe(weights);
    }
  });

  test.each(filesOf("invalid"))("says what is wrong with %s", async (name) => {
    const api = explorerApi();
    const attempt = async () => {
      await allRows(api, await api.open(0, name, vector(`invalid/${name}`)));
    };
    const problem = await attempt().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(problem).toMatch(/^(This is no|The file)[^(]+\. \(.+\)$/s);
  });

  test("says that what is no file of ours is none", async () => {
    const page = new Blob(["<!doctype html><title>404</title>"]);
    await expect(explorerApi().open(0, "x.dcz", page)).rejects.toThrow("This is no .dcz file");
    await expect(explorerApi().open(0, "x.dcz", new Blob([]))).rejects.toThrow(/file/);
    await expect(explorerApi().view(0, "w")).rejects.toThrow("no file is open");
  });
});
