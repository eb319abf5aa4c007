/**
 * What a worker of {@link decodePool} runs, as text, so that a bundler has nothing to find. It is told the WebAssembly
 * module of the kernels first, and then tasks: chunks that lie one behind the other (docs/format.md, "Chunks"). It answers
 * each with the symbols, or with nothing if they are not valid.
 */
export const WORKER_SOURCE = `
const port = globalThis.postMessage ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort;
let kernels, at, memory;

function open(module) {
  kernels = new WebAssembly.Instance(module).exports;
  at = Object.fromEntries(Object.entries(kernels).map(([name, { value }]) => [name, value]));
  memory = new Uint8Array(kernels.memory.buffer);
}

function decode({ tables, codeOf, lengths, input, symbolBytes, count, output }) {
  const tableLength = (at.CODED - at.TABLE) / 4;
  const target = output ?? new Uint8Array(count * symbolBytes);
  let code;
  for (let chunk = 0, from = 0, to = 0; chunk < lengths.length; from += lengths[chunk++]) {
    const sizes = [0, 2, 4].map((place) => input[from + place] | (input[from + place + 1] << 8));
    const coded = lengths[chunk] - 6;
    const last = coded - sizes[0] - sizes[1] - sizes[2];
    if (last < 0 || coded > at.CODED_BYTES) return undefined;
    if (codeOf[chunk] !== code) {
      code = codeOf[chunk];
      const table = tables.subarray(code * tableLength, (code + 1) * tableLength);
      new Int32Array(memory.buffer, at.TABLE, tableLength).set(table);
    }
    // Shared memory is copied five times as fast if words align: the symbols' place is free until there are any.
    const skipped = (input.byteOffset + from + 6) % 8;
    memory.set(new Uint8Array(input.buffer, input.byteOffset + from + 6 - skipped, skipped + coded), at.SYMBOLS);
    memory.copyWithin(at.CODED, at.SYMBOLS + skipped, at.SYMBOLS + skipped + coded);
    const symbols = Math.min(65536, count - to / symbolBytes);
    if (kernels.decodeChunk(symbolBytes, symbols, ...sizes, last) < 0) return undefined;
    target.set(memory.subarray(at.SYMBOLS, at.SYMBOLS + symbols * symbolBytes), to);
    to += symbols * symbolBytes;
  }
  return target;
}

function receive(message) {
  if (message.module) return open(message.module);
  const symbols = decode(message);
  const own = symbols && !message.output;
  port.postMessage({ id: message.id, valid: symbols !== undefined, symbols: own ? symbols : undefined }, own ? [symbols.buffer] : []);
}

if (port.on) port.on("message", receive);
else port.onmessage = ({ data }) => receive(data);
`;
