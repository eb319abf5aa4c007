import type { LoadError } from "./load-error";
import type { ReadableFile } from "./reader";

/** A file that is there, or on its way: what `openWith` of pipeline/read gives, whose calls wait for the bytes that they need. */
export interface LoadedModel extends ReadableFile {
  /** The name of the store that keeps the file: "cache-api", "opfs", that of a store of one's own; or "memory". */
  readonly cached: string;
  /** What did not go as asked for, so far: each has a code and says what happens instead. */
  readonly warnings: readonly LoadError[];
  /** Waits until all bytes are there and checked, and stored if they are to be. @throws LoadError */
  complete(): Promise<void>;
  /** Ends the download; what is stored stays. */
  cancel(): void;
}
