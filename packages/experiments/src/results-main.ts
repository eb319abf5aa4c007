import { mkdir, writeFile } from "node:fs/promises";
import { addRecord, readRecords } from "./records";
import { resultsDocument } from "./results";

// npm run results [-- FILE.json ...]: records what "reproduce" and the benchmarks wrote, then writes docs/results.md.

const RECORDS = "packages/experiments/results";
const DOCUMENT = "docs/results.md";

await mkdir(RECORDS, { recursive: true });
for (const path of process.argv.slice(2)) console.log(`recorded ${await addRecord(RECORDS, path)}`);
await writeFile(DOCUMENT, resultsDocument(await readRecords(RECORDS)));
console.log(`wrote ${DOCUMENT}`);
