import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

// The peers live in a folder of their own, which `npm run bench:peers` fills, outside the workspaces.
const peers = createRequire(new URL("../peers/package.json", import.meta.url));

/** Loads a peer package. `Module` states the part of its interface that is used. @throws Error if it is not installed */
export function loadPeer<Module>(name: string): Module {
  if (!isInstalled(name)) throw new Error(`${name} is not installed: run "npm run bench:peers" first`);
  return peers(name);
}

/** Whether a peer package is there. */
export function isInstalled(name: string): boolean {
  try {
    peers.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The folder of a peer's main file, where its binaries lie. */
export function peerFolder(name: string): string {
  return dirname(peers.resolve(name));
}

/** The installed versions by package name, of the peers that are installed. */
export function peerVersions(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(new URL("../peers/package.json", import.meta.url), "utf8"));
  return Object.fromEntries(
    Object.keys(dependencies)
      .filter(isInstalled)
      .map((name) => [name, installedVersion(name)]),
  );
}

function installedVersion(name: string): string {
  const manifest = new URL(`../peers/node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}
