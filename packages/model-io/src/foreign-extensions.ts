import { FROM_KERAS, FROM_ORIGINAL, FROM_PYTORCH, FROM_TENSORFLOW, FROM_TFLITE } from "./foreign-advice";

/** What the extension of a name tells of a file whose bytes tell nothing. */
export const EXTENSIONS: readonly { readonly extensions: readonly string[]; readonly what: string }[] = [
  {
    extensions: [".onnx_data", ".onnx.data", ".onnx.data.bin"],
    what: "the external data of an ONNX model: give the .onnx file",
  },
  { extensions: [".pt", ".pth", ".ckpt", ".pt2", ".ptl"], what: `a PyTorch checkpoint by its name: ${FROM_PYTORCH}` },
  { extensions: [".pkl", ".pickle", ".joblib"], what: `a Python pickle by its name: ${FROM_PYTORCH}` },
  { extensions: [".h5", ".hdf5", ".keras"], what: `a Keras model by its name: ${FROM_KERAS}` },
  { extensions: [".tflite", ".lite"], what: `a TensorFlow Lite model by its name: ${FROM_TFLITE}` },
  { extensions: [".pb", ".pbtxt", ".meta"], what: `a TensorFlow graph by its name: ${FROM_TENSORFLOW}` },
  { extensions: [".mlmodel", ".mlpackage", ".mlmodelc"], what: `a Core ML model by its name: ${FROM_ORIGINAL}` },
  { extensions: [".gguf", ".ggml"], what: `a GGUF or GGML model by its name: ${FROM_ORIGINAL}` },
  { extensions: [".ort"], what: "an ONNX Runtime model by its name: give the .onnx file that it was made from" },
  { extensions: [".caffemodel", ".prototxt"], what: "a Caffe model by its name: convert it to ONNX" },
  {
    extensions: [".pdmodel", ".pdiparams", ".pdparams"],
    what: "a PaddlePaddle model by its name: convert it with paddle2onnx",
  },
  {
    extensions: [".param", ".ncnn.bin", ".mnn", ".rknn"],
    what: `a model for a mobile runtime by its name: ${FROM_ORIGINAL}`,
  },
  { extensions: [".engine", ".plan", ".trt"], what: `a TensorRT engine by its name: ${FROM_ORIGINAL}` },
  { extensions: [".msgpack"], what: "a Flax checkpoint by its name: save its weights as safetensors" },
  { extensions: [".params"], what: "an MXNet model by its name: export it as ONNX" },
  { extensions: [".dnn", ".cntk"], what: "a CNTK model by its name: save it as ONNX" },
  { extensions: [".weights"], what: "a Darknet model by its name: convert it to ONNX" },
  {
    extensions: [".bin"],
    what: "weights by its name, but without what describes them: give the file that does (model.json, .onnx, .safetensors)",
  },
];
