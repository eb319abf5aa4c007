import { bench } from "./bench";
import { suites } from "./suite";

process.exitCode = await bench(process.argv.slice(2), {
  suites,
  out: (text) => console.log(text),
  log: (text) => console.error(text),
});
