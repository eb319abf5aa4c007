import { isSameVersion } from "./answers";
import type { FileServer } from "./ask-server";
import { LoadError } from "./load-error";
import type { ModelRecord } from "./model-record";

/**
 * Bytes of a file that the store has lost, from the server. They are looked at when they are read.
 *
 * @param onBytes told how many bytes came
 * @throws LoadError "evicted"
 */
export async function refetched(
  { start, end }: { readonly start: number; readonly end: number },
  from: { readonly url: string; readonly server: FileServer; readonly record: ModelRecord | undefined },
  onBytes: (count: number) => void,
): Promise<Uint8Array> {
  const { url, server, record } = from;
  const lost = (cause?: unknown) => {
    const message = `${url}: the storage dropped bytes ${start} to ${end}, and the server does not give them again: load it again`;
    return new LoadError("evicted", message, { url, offset: start, cause });
  };
  if (record === undefined) throw lost();
  const answer = await server.rest(record, start).catch((cause) => {
    throw lost(cause);
  });
  if (answer.start === 0 && isSameVersion(answer, record) === false) {
    answer.connection.cancel();
    throw lost();
  }
  const bytes = new Uint8Array(end - start);
  let place = answer.start;
  for await (const piece of answer.connection.pieces()) {
    onBytes(piece.length);
    const first = Math.max(0, start - place);
    const wanted = piece.subarray(first, Math.max(first, end - place));
    if (wanted.length > 0) bytes.set(wanted, place + first - start);
    place += piece.length;
    if (place >= end) return bytes;
  }
  throw lost();
}
