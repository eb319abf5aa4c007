/** Names of ONNX's operators whose outputs differ from run to run though their inputs do not. */
export const RANDOM_OPERATORS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "Bernoulli",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
]);
