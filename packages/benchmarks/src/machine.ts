import { cpus, totalmem } from "node:os";
import { peerVersions } from "./peers";

/** What a figure depends on besides the code: stated beside every table. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly peers: Readonly<Record<string, string>>;
}

/** The machine that this runs on. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown processor",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    peers: peerVersions(),
  };
}

/** One line of text for the head of a report. */
export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGiB, platform, node, peers } = machine;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}`, `Node ${node}`, ...versions].join("; ");
}
