import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

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

/** The folder in which the peers are installed: a command that starts there finds them. */
export function peersFolder(): string {
  return fileURLToPath(new URL("../peers/", import.meta.url));
}

/** The folder of a peer's main file, where its binaries lie. */
export function peerFolder(name: string): string {
  return dirname(peers.resolve(name));
}

/** The installed versions by package name, of the peers that are installed. */
export function peerVersions(): Readonly<Record<string, string>> {
  const contentOf = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
  const { dependencies } = contentOf("../peers/package.json");
  const versionOf = (name: string) => contentOf(`../peers/node_modules/${name}/package.json`).version;
  const installed = Object.keys(dependencies).filter(isInstalled);
  return Object.fromEntries(installed.map((name) => [name, versionOf(name)]));
}
