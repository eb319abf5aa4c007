import {
  type Answer,
  conditionalHeaders,
  headersOf,
  isSameVersion,
  partAnswer,
  rangeValidator,
  statusError,
  wholeAnswer,
  wholeLength,
} from "./answers";
import { type Connection, type ConnectionOptions, connect, givenConnection } from "./connection";
import type { ModelRecord } from "./model-record";
import { lengthError } from "./refusals";

/** The server that has a file, as far as the loader talks to it. */
export interface FileServer {
  /** Whether it can be asked again: an answer without a URL, as a page makes one itself, comes once. */
  readonly canBeAsked: boolean;
  /** All of the file. @throws LoadError */
  whole(): Promise<Answer>;
  /** All of the file, or "same" if it is still that of a record. @throws LoadError */
  unlessSame(record: ModelRecord): Promise<Answer | "same">;
  /** What is missing of a file that is stored in part; all of it if it became another one, or if there is no part to be had. @throws LoadError */
  rest(record: ModelRecord, from: number): Promise<Answer>;
}

/** @param given an answer of the server that is there already */
export function fileServer(url: string, options: ConnectionOptions, given?: Response): FileServer {
  let first = given;
  let hasRanges = true;

  async function get(headers: Readonly<Record<string, string>> = {}): Promise<Connection> {
    if (first === undefined) return connect(url, { headers }, options);
    const connection = givenConnection(first, url, options);
    first = undefined;
    return connection;
  }
  async function whole(): Promise<Answer> {
    return wholeAnswer(url, await get());
  }
  return {
    canBeAsked: given === undefined || given.url !== "",
    whole,
    async unlessSame(record) {
      if (first === undefined && isOfOtherOrigin(url)) {
        // Conditions would need the other server's leave; HEAD does not.
        const { response, cancel } = await connect(url, { method: "HEAD" }, options);
        cancel();
        return response.ok && isSameVersion(headersOf(response), record) ? "same" : whole();
      }
      const connection = await get(conditionalHeaders(record));
      if (connection.response.status === 304) {
        connection.cancel();
        return "same";
      }
      const answer = wholeAnswer(url, connection);
      if (isSameVersion(answer, record) !== true) return answer;
      connection.cancel();
      return "same";
    },
    async rest(record, from) {
      if (!hasRanges || from === 0 || record.isEncoded || first !== undefined) return whole();
      const validator = isOfOtherOrigin(url) ? undefined : rangeValidator(record);
      const condition: Record<string, string> = validator === undefined ? {} : { "if-range": validator };
      const connection = await get({ range: `bytes=${from}-`, ...condition });
      const { status } = connection.response;
      if (status === 200) return wholeAnswer(url, connection);
      const answer = status === 206 ? partAnswer(connection, { from, ...lengthOf(record) }) : undefined;
      if (answer !== undefined && isSameVersion(answer, record) !== false) return answer;
      connection.cancel();
      if (status !== 206 && status !== 416) throw statusError(url, connection);
      const { byteLength: expected = 0 } = record;
      const length = status === 416 ? wholeLength(connection) : undefined;
      if (length !== undefined && length <= from && from < expected) throw lengthError(url, { length, expected });
      hasRanges = status === 206 && answer !== undefined; // what it says of its parts cannot be relied on
      return whole();
    },
  };
}

function lengthOf({ byteLength }: ModelRecord): { readonly total?: number } {
  return byteLength === undefined ? {} : { total: byteLength };
}

/** Whether a page's request would have to ask the server for leave to send headers of its own. */
function isOfOtherOrigin(url: string): boolean {
  const page = globalThis.location?.origin;
  return page !== undefined && new URL(url).origin !== page;
}
