import { fuzzCommand } from "./command";

process.exitCode = await fuzzCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
});
