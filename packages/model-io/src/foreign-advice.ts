/** What to do about formats that more than one sign tells. */

export const FROM_PYTORCH = "export it as ONNX (torch.onnx.export) or save its weights as safetensors";
export const FROM_KERAS = "convert it with tensorflowjs_converter, or to ONNX with tf2onnx";
export const FROM_TENSORFLOW = "convert it to ONNX with tf2onnx, or with tensorflowjs_converter";
export const FROM_TFLITE = "convert it to ONNX with tf2onnx --tflite";
export const FROM_ORIGINAL = "give the ONNX or safetensors model that it was made from";
