import { alternate, median } from "./harness";
import { SYMBOL_SAMPLES } from "./symbol-samples";
import { type Direction, REPEATS, repeatedContest, zlibContest } from "./zlib-contest";

// Our coder against zlib's, once in a process of its own; prints the median seconds of both for all symbols once as a JSON object.
const [direction, sample, count, rounds] = process.argv.slice(2) as [Direction, string, string, string];
const contest = repeatedContest(zlibContest(direction, SYMBOL_SAMPLES[Number(sample)]!, Number(count)));
const { ours, theirs } = await alternate(contest, { rounds: Number(rounds), warmUps: 4 });
console.log(JSON.stringify({ ours: median(ours) / REPEATS, theirs: median(theirs) / REPEATS }));
