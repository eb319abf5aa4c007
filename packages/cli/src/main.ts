#!/usr/bin/env node
import { reasonOf } from "./failure";
import { runProgram } from "./program";

/**
 * Writes to a stream until that fails. A reader that has seen enough, such as head, closes the pipe: nothing is left to
 * say, and nothing went wrong. Anything else, such as a full disk, is a failure.
 */
function writerTo(stream: NodeJS.WriteStream): (content: string | Uint8Array) => void {
  let isOpen = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (isOpen && error.code !== "EPIPE") {
      process.exitCode = 1;
      if (stream !== process.stderr)
        process.stderr.write(`deep-compression: cannot write the output: ${reasonOf(error)}\n`);
    }
    isOpen = false;
  });
  return (content) => {
    if (isOpen) stream.write(content);
  };
}

const out = writerTo(process.stdout);
const code = await runProgram(
  process.argv.slice(2),
  {
    out,
    outBytes: out,
    error: writerTo(process.stderr),
    input: process.stdin,
    isScreen: process.stdout.isTTY === true,
  },
  { debug: process.env.DEBUG },
);
// A failed write may have set one, or may still do so.
if (code !== 0) process.exitCode = code;
