#!/usr/bin/env node
import { runProgram } from "./program";

// A reader that has seen enough, such as head, closes the pipe: nothing is left to say, and nothing went wrong.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

process.exitCode = await runProgram(
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    isScreen: process.stdout.isTTY === true,
  },
  { debug: process.env.DEBUG },
);
