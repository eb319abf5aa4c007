#!/usr/bin/env node
import { reasonOf } from "./failure";
import { runProgram } from "./program";

/**
 * Writes to a stream until that fails. A reader that has seen enough, such as head, closes the pipe: nothing is left to
 * say, and nothing went wrong. Anything else, such as a full disk, is a failure.
 */
function writerTo(stream: NodeJS.WriteStream): (text: string) => void {
  let isOpen = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (isOpen && error.code !== "EPIPE") {
      process.exitCode = 1;
      if (stream !== process.stderr)
        process.stderr.write(`deep-compression: cannot write the output: ${reasonOf(error)}\n`);
    }
    isOpen = false;
  });
  return (text) => {
    if (isOpen) stream.write(text);
  };
}

const code = await runProgram(
  process.argv.slice(2),
  { out: writerTo(process.stdout), error: writerTo(process.stderr), isScreen: process.stdout.isTTY === true },
  { debug: process.env.DEBUG },
);
// A failed write may have set one, or may still do so.
if (code !== 0) process.exitCode = code;
