import { bench } from "./bench";
import { staleBuild } from "./measured-packages";
import { SUITES } from "./suite";

const stale = await staleBuild();
if (stale !== undefined) {
  console.error(`packages/${stale} was changed after it was built: run "npm run build" first`);
  process.exitCode = 2;
} else
  process.exitCode = await bench(process.argv.slice(2), {
    suites: SUITES,
    out: (text) => console.log(text),
    log: (text) => console.error(text),
  });
