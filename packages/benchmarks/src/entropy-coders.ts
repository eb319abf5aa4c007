import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { loadPeer, peerVersions } from "./peers";

/** Another entropy coder of the same symbols. */
export interface EntropyCoder {
  readonly name: string;
  compress(symbols: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** Node's zlib with nothing but Huffman coding: no matches are sought. Its other options are as they come. */
export const ZLIB_HUFFMAN: EntropyCoder = {
  name: `Node ${process.versions.node} zlib, Huffman only`,
  compress: (symbols) => deflateRawSync(symbols, { strategy: constants.Z_HUFFMAN_ONLY }),
  decompress: (bytes) => inflateRawSync(bytes),
};

/** fflate inflates what zlib deflated, into memory that is there. */
export function fflate(count: number): EntropyCoder {
  type Inflate = (bytes: Uint8Array, options: { readonly out: Uint8Array }) => Uint8Array;
  const { inflateSync } = loadPeer<{ readonly inflateSync: Inflate }>("fflate");
  const out = new Uint8Array(count);
  return {
    name: `fflate ${peerVersions().fflate}`,
    compress: ZLIB_HUFFMAN.compress,
    decompress: (bytes) => inflateSync(bytes, { out }),
  };
}

interface ZstdWasm {
  init(): Promise<void>;
  compress(bytes: Uint8Array, level: number): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** zstd compiled to WebAssembly. At level 1, independent symbols have no matches worth the name, so it decodes Huffman literals. */
export async function zstdWasm(level = 1): Promise<EntropyCoder> {
  const zstd = await zstdModule();
  return {
    name: `zstd ${level === 1 ? "" : `-${level} `}in WebAssembly (@bokuweb/zstd-wasm ${peerVersions()["@bokuweb/zstd-wasm"]})`,
    compress: (bytes) => zstd.compress(bytes, level),
    decompress: (bytes) => zstd.decompress(bytes),
  };
}

const zstdModule = once(async (): Promise<ZstdWasm> => {
  const zstd = loadPeer<ZstdWasm>("@bokuweb/zstd-wasm");
  await zstd.init();
  return zstd;
});

/** A second `init` would put a fresh memory under the first one's data. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
