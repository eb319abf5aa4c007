import { rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { compress } from "@deep-compression/pipeline";
import { afterEach, describe, expect, it } from "vitest";
import { type ExploreServer, exploreServer } from "../src/explore-server";
import { call, smallNetwork, temporaryFolder } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const { bytes } = compress(smallNetwork(), { default: {} });
await writeFile(at("a file.dcz"), bytes);
await writeFile(at("other.dcz"), bytes);
await writeFile(at("empty.dcz"), "");

interface Answered {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Asks as no fetch can: with any Host, and for a path as it is. */
function ask(url: string, path: string, options: { host?: string; method?: string } = {}): Promise<Answered> {
  const { hostname, port, host } = new URL(url);
  const headers = { host: options.host ?? host };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method: options.method ?? "GET", headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on("error", reject).end();
  });
}

describe("the server of explore", () => {
  let server: ExploreServer | undefined;
  const start = async (...names: readonly string[]) => {
    server = await exploreServer(names.map(at), 0);
    return server.url;
  };
  afterEach(() => server?.close());

  it("gives the page, its files and the files that it was given, by the address that it tells", async () => {
    const url = await start("a file.dcz", "other.dcz");
    const { hostname, pathname, search, searchParams } = new URL(url);
    expect([hostname, pathname]).toEqual(["127.0.0.1", "/"]);
    expect((await ask(url, `/${search}`)).body.toString()).toContain("<!doctype html>");
    for (const name of ["explorer.js", "explorer.css", "licences.txt"])
      expect((await ask(url, `/${name}`)).status).toBe(200);
    for (const parameter of ["file", "other"]) {
      const { status, headers, body } = await ask(url, searchParams.get(parameter)!);
      expect([status, body.equals(bytes)]).toEqual([200, true]);
      expect(headers).toMatchObject({ "content-type": "application/octet-stream", "cache-control": "no-store" });
    }
  });

  it("gives nothing else, and takes nothing", async () => {
    const url = await start("a file.dcz");
    const paths = [
      "/other.dcz",
      "/files/0/other.dcz",
      "/files/1/other.dcz",
      "/../package.json",
      "/%2e%2e/package.json",
    ];
    for (const path of [...paths, "/constructor", "//", "/files/0/"]) expect((await ask(url, path)).status).toBe(404);
    for (const method of ["POST", "PUT", "DELETE"]) expect((await ask(url, "/", { method })).status).toBe(405);
    const { status, body, headers } = await ask(url, "/files/0/a%20file.dcz", { method: "HEAD" });
    expect([status, body.length, headers["content-length"]]).toEqual([200, 0, String(bytes.length)]);
  });

  it("answers no name that some site has given to this machine", async () => {
    const url = await start("a file.dcz");
    const { port } = new URL(url);
    for (const host of ["rebound.example", `rebound.example:${port}`, "127.0.0.1", "127.0.0.1:1"])
      expect([host, (await ask(url, "/", { host })).status]).toEqual([host, 421]);
    expect((await ask(url, "/", { host: `localhost:${port}` })).status).toBe(200);
  });

  it("answers 404 for a file that has gone since", async () => {
    await writeFile(at("gone.dcz"), bytes);
    const url = await start("gone.dcz");
    await rm(at("gone.dcz"));
    expect((await ask(url, "/files/0/gone.dcz")).status).toBe(404);
  });
});

describe("explore", () => {
  it("refuses what is no .dcz file before it serves anything", async () => {
    expect(await call(["explore", at("none.dcz")])).toMatchObject({
      code: 1,
      error: `deep-compression: cannot read "${at("none.dcz")}": no such file; check the path\n`,
    });
    expect(await call(["explore", at("a file.dcz"), at("empty.dcz")])).toMatchObject({ code: 1, out: "" });
    expect(await call(["explore", "-"])).toMatchObject({ code: 1, error: expect.stringContaining("by their names") });
    expect(await call(["explore", at("a file.dcz"), "--port", "70000"])).toMatchObject({ code: 2 });
  });

  it("says that a port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    expect(await call(["explore", at("a file.dcz"), "--port", String(port)])).toMatchObject({
      code: 1,
      error: `deep-compression: cannot serve the page at port ${port}: something else is there; take another port\n`,
    });
    taken.close();
  });
});
