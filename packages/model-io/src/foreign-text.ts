import { quoted } from "@deep-compression/runtime";
import { FROM_KERAS, FROM_ORIGINAL } from "./foreign-advice";
import { beginsJson, isObject, type JsonObject } from "./json-text";

/** What a text is by its beginning, once white space is taken away. */
const BEGINNINGS: readonly { readonly begins: RegExp; readonly what: string }[] = [
  {
    begins: /^<(!doctype|html|head|body|script)\b/i,
    what: "a web page (HTML), not the model: download the file itself, not its page",
  },
  { begins: /^<\?xml[^>]*>\s*<net\b|^<net\b/i, what: `a topology of OpenVINO (.xml): ${FROM_ORIGINAL}` },
  {
    begins: /^<(\?xml[^>]*>\s*<)?Error\b/,
    what: "an error message of a file store (XML), not the model: check the address",
  },
  { begins: /^<(\?xml|\w+[\s>])/, what: "XML, not a model: check the path" },
  { begins: /^<\s*ir_version/, what: "an ONNX model as text: write it as a binary .onnx file (onnx.parser)" },
  { begins: /^7767517\s/, what: `a topology of ncnn (.param): ${FROM_ORIGINAL}` },
  { begins: /^(name|layer|input)\s*[:{]/, what: "a topology of Caffe (.prototxt): convert the model to ONNX" },
  { begins: /^\[(net|network)\]/, what: "a topology of Darknet (.cfg): convert the model to ONNX" },
  {
    begins: /^(node|ir_version|graph|graph_def|library)\s*[:{]/,
    what: "protobuf as text: write the model as a binary file",
  },
];

/** Characters of a text that say what it is. */
const SHOWN_TEXT = 60;

/** What a text is; undefined for what is none, and for what begins as JSON: {@link describeJson} tells that. */
export function describeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return "text in UTF-16: if it is a model.json, save it as UTF-8";
  }
  const text = textOf(bytes)?.trim();
  if (text === undefined || beginsJson(text)) return undefined;
  if (text === "") return "white space only: get the file again";
  const known = BEGINNINGS.find(({ begins }) => begins.test(text));
  return known?.what ?? `text, not a model: it begins ${quoted(text.slice(0, SHOWN_TEXT))}`;
}

/** The bytes as a text, if they are UTF-8 (but for a character cut at the end) without control characters. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells bytes from text
    return /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Keys of JSON files that stand beside models, and what the files are. */
const JSON_KEYS: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: ["class_name", "config"], what: `the architecture of a Keras model without its weights: ${FROM_KERAS}` },
  { keys: ["model_type"], what: "the configuration of a model: give its weights (model.safetensors, model.onnx)" },
  { keys: ["architectures"], what: "the configuration of a model: give its weights (model.safetensors, model.onnx)" },
  { keys: ["peft_type"], what: "the configuration of an adapter: give its weights (adapter_model.safetensors)" },
  { keys: ["_class_name"], what: "the configuration of a pipeline: give the weights of one of its models" },
  { keys: ["added_tokens", "model"], what: "a tokenizer, not a model: give model.safetensors or model.onnx" },
  { keys: ["tokenizer_class"], what: "the configuration of a tokenizer: give model.safetensors or model.onnx" },
  { keys: ["irVersion"], what: "an ONNX model as JSON: write it as a binary .onnx file" },
  { keys: ["learner"], what: "a model of XGBoost, which has trees, not tensors" },
  { keys: ["weightSpecs"], what: `the weights of TensorFlow.js in a form of its own: ${FROM_KERAS}` },
];

/** What a JSON file is that is no model of a known format. */
export function describeJson(value: unknown): string {
  if (!isObject(value))
    return "JSON, not a model: expected the model.json of TensorFlow.js or the index of safetensors";
  const text = [value.error, value.message, value.detail].find((member) => typeof member === "string");
  if (typeof text === "string") return `an error message in JSON, not the model: ${quoted(text.slice(0, SHOWN_TEXT))}`;
  const known = JSON_KEYS.find(({ keys }) => keys.every((key) => hasKey(value, key)));
  if (known) return known.what;
  const keys = Object.keys(value).slice(0, 3).map(quoted).join(", ");
  return `JSON, not a model: it has ${keys || "nothing in it"}, neither weightsManifest nor weight_map`;
}

function hasKey(value: JsonObject, key: string): boolean {
  return Object.hasOwn(value, key) && value[key] !== undefined;
}
