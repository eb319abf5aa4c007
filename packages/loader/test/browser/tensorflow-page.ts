// TensorFlow.js runs a layers model that is a `.dcz` file.
import { load } from "@deep-compression/loader";
import { tensorflowHandler } from "@deep-compression/loader/tensorflow";
import * as tf from "@tensorflow/tfjs";

/** The outputs for an input of ones. */
async function run(url: string): Promise<number[]> {
  await tf.setBackend("cpu");
  const model = await tf.loadLayersModel(tensorflowHandler(await load(url)));
  return Array.from(await (model.predict(tf.ones([1, 64])) as tf.Tensor).data());
}

Object.assign(window, { run, isReady: true });
