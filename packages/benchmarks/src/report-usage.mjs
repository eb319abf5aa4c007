// Loaded into a command with `node --import`: writes what the process used to the file that USAGE_FILE names, at exit.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  writeFileSync(process.env.USAGE_FILE, JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
});
