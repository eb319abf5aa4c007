// Loaded into a command with `node --import`: writes what the process used to the file that USAGE_FILE names, at exit.
import { readFileSync, writeFileSync } from "node:fs";

/** The most memory that the process held at once. Linux's `maxRSS` counts that of the process which started it, too. */
function peakBytes() {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return 1024 * Number(kilobytes ?? process.resourceUsage().maxRSS);
}

process.on("exit", () => {
  writeFileSync(process.env.USAGE_FILE, JSON.stringify({ peakBytes: peakBytes() }));
});
