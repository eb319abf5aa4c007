import { bench } from "./bench";
import { SUITES } from "./suite";

process.exitCode = await bench(process.argv.slice(2), {
  suites: SUITES,
  out: (text) => console.log(text),
  log: (text) => console.error(text),
});
