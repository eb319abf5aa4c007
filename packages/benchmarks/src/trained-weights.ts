import { bytesSource, toFloat16 } from "@deep-compression/bits";
import { openModel } from "@deep-compression/model-io";
import type { Tensor } from "@deep-compression/network";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS } from "./models";
import { modelFiles } from "./real-model-figures";

/** Models whose weights were trained as float32 and are stored so. */
const TRAINED_MODELS = [
  "PP-OCRv4 det",
  "PP-OCRv4 rec",
  "PP-OCR cls",
  "Silero VAD 5",
  "M-LSD tiny",
  "M-LSD large",
  "speech embedding",
  "ESRGAN slim 2x",
  "ESRGAN slim 8x",
];

/** Types that trained weights are stored in without loss. */
export type FloatType = "float32" | "float16" | "bfloat16";

/** The weights of a model, in one type. */
export interface TrainedWeights {
  readonly model: string;
  readonly tensors: readonly Tensor[];
}

/** All float32 tensors of the models, rounded to the type. @throws Error if a model is not installed */
export async function trainedWeights(type: FloatType): Promise<readonly TrainedWeights[]> {
  return Promise.all(
    TRAINED_MODELS.map(async (name) => {
      const model = REAL_MODELS.find((one) => one.name === name);
      if (!model || !isModelInstalled(model)) throw new Error(`"${name}" is missing: run "npm run bench:models" first`);
      const [main, ...others] = (await modelFiles(model)).map((file) => ({ ...file, source: bytesSource(file.bytes) }));
      const { network } = await openModel(main!.source, {
        name: main!.name,
        folder: async (file) => others.find((other) => other.name === file)?.source,
      });
      const floats = network.tensors.filter((tensor) => tensor.type === "float32");
      const tensors = floats.map(async ({ shape, read }, i): Promise<Tensor> => {
        return { name: String(i), type, shape, bytes: ROUNDED[type](new Uint8Array(await read())) };
      });
      return { model: name, tensors: await Promise.all(tensors) };
    }),
  );
}

/** The bytes of float32 elements rounded to a type, to nearest and ties to even. */
const ROUNDED: Readonly<Record<FloatType, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array>> = {
  float32: (bytes) => bytes,
  float16: ({ buffer }) => new Uint8Array(Uint16Array.from(new Float32Array(buffer), toFloat16).buffer),
  bfloat16: ({ buffer }) => {
    const rounded = Uint16Array.from(new Uint32Array(buffer), (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    return new Uint8Array(rounded.buffer);
  },
};
