import { shortened } from "@deep-compression/runtime";

/** Why a file could not be loaded, or was loaded otherwise than asked for (docs/loading.md, "Errors"). */
export type LoadErrorCode =
  /** The server answered, with a status that is no success. */
  | "http-status"
  /** The connection could not be made, or broke off and went on breaking off. */
  | "network"
  /** The same where the browser says that it is offline. */
  | "offline"
  /** Nothing came for `idleTimeout` milliseconds, time after time. */
  | "timeout"
  /** By the caller: `signal` or `cancel()`. */
  | "aborted"
  /** What came is no `.dcz` file: most often a page that says so. */
  | "not-a-model"
  /** What came begins as a `.dcz` file, and its header or directory is not valid; `cause` is the FormatError. */
  | "format"
  /** The file is shorter or longer than its directory says. */
  | "length"
  /** The file on the server became another one while it was loaded. */
  | "changed"
  /** Bytes do not match their checksum, also not when they are fetched again. */
  | "checksum"
  /** The file does not have the SHA-256 that it should have. */
  | "hash"
  /** There is no hash beside the file, or what is there is none. */
  | "no-hash"
  /** The storage dropped bytes that the server does not give again. */
  | "evicted"
  /** There is nothing to patch: the file is not stored, or not whole. */
  | "not-cached"
  /** What was given as a patch is none, or is for another file. */
  | "patch"
  /** There is too little room in the storage. */
  | "quota"
  /** The storage cannot be used. */
  | "storage"
  /** The browser did not promise to keep what is stored. */
  | "not-persisted"
  /** Workers cannot be started. */
  | "no-workers";

/** What is known besides the message. */
export interface LoadErrorDetails {
  readonly url?: string;
  /** Of the server's answer. */
  readonly status?: number;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfter?: number;
  /** In bytes from the start of the file. */
  readonly offset?: number;
  /** Bytes that the storage needs. */
  readonly needed?: number;
  /** Bytes that the storage has. */
  readonly free?: number;
  readonly cause?: unknown;
}

/** Of a message: URLs can be longer than what is said of them. */
const MOST_CHARACTERS = 500;

/** A file that cannot be loaded, or, among the warnings of a model, what did not go as asked for. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  declare readonly url?: string;
  declare readonly status?: number;
  declare readonly retryAfter?: number;
  declare readonly offset?: number;
  declare readonly needed?: number;
  declare readonly free?: number;

  constructor(
    readonly code: LoadErrorCode,
    message: string,
    details: LoadErrorDetails = {},
  ) {
    super(shortened(message, MOST_CHARACTERS), details);
    Object.assign(this, details);
  }
}

/** The text of what was thrown, for a message. */
export function reasonText(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
