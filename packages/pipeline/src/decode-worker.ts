import type { TensorInfo } from "@deep-compression/container";
import type { Tensor } from "@deep-compression/network";
import { decodeTensor, expandTensor } from "./stored-tensor";
import type { WeightShare } from "../../tensor-codec/src/stored-weight";

/** What a worker is asked: the tensor of these sections, or a share of it. */
export interface DecodeRequest {
  readonly id: number;
  readonly info: TensorInfo;
  readonly sections: readonly { readonly bytes: Uint8Array }[];
  readonly share?: WeightShare;
}

/** What it answers; no tensor where the sections are not valid. */
export interface DecodeAnswer {
  readonly id: number;
  readonly tensor: Tensor | undefined;
}

/** The end of a channel that messages come from and go to: a worker's own, in Node and in browsers. */
export interface Port {
  postMessage(message: DecodeAnswer, transfer: ArrayBuffer[]): void;
  on?(event: "message", listener: (request: DecodeRequest) => void): void;
  onmessage?: ((event: { readonly data: DecodeRequest }) => void) | null;
}

/** Serves requests until the worker is ended. worker/bundle.mjs makes one text of this and all it imports. */
export function serve(port: Port): void {
  function answer(request: DecodeRequest): void {
    const { id } = request;
    const tensor = decodedOrNothing(request);
    const own = tensor?.bytes.buffer;
    port.postMessage({ id, tensor }, own instanceof ArrayBuffer ? [own] : []);
  }
  if (port.on) port.on("message", answer);
  else port.onmessage = ({ data }) => answer(data);
}

/** Errors do not survive the way between threads whole: whoever asked decodes again and sees for itself. */
function decodedOrNothing({ info, sections, share }: DecodeRequest): Tensor | undefined {
  try {
    return expandTensor(decodeTensor(info, sections), share);
  } catch {
    return undefined;
  }
}
