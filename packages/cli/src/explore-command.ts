import { once } from "node:events";
import { access } from "node:fs/promises";
import { pageFolder } from "@deep-compression/explorer";
import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { exploreServer } from "./explore-server";
import { doing } from "./failure";
import { STANDARD_STREAM, withSource } from "./input-file";
import { wholeNumber } from "./option-values";
import type { Terminal } from "./terminal";

/** Adds the command `explore`. */
export function addExplore(program: Command, terminal: Terminal): void {
  program
    .command("explore")
    .summary("show a .dcz file, or two side by side, in a browser")
    .description(
      "Serves a page that shows what is in a .dcz file, on this machine alone, until Ctrl-C ends it: bytes by tensor and part, weights and centroids, zeros, errors and the graph.",
    )
    .argument("<file>", "a .dcz file")
    .argument("[other]", "another one, shown beside it")
    .option("--port <number>", "the port to serve it at (default: one that is free)", wholeNumber(1, 65_535))
    .action(async (file: string, other: string | undefined, { port = 0 }: { readonly port?: number }) => {
      const paths = other === undefined ? [file] : [file, other];
      if (paths.includes(STANDARD_STREAM)) throw new Error("explore reads files by their names; give that of a file");
      for (const path of paths) await withSource(path, terminal, open);
      await access(new URL("index.html", pageFolder())).catch((cause) => {
        throw new Error("the page of explore is not built; run npm run build in the checkout", { cause });
      });
      const server = await doing(`serve the page at port ${port}`, () => exploreServer(paths, port));
      terminal.out(`${server.url}\n`);
      terminal.error("open this address in a browser on this machine; Ctrl-C ends it\n");
      await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
      await server.close();
    });
}
