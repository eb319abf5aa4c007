import { denseWeights, OPERATORS, prepareWith } from "@deep-compression/inference";

const C = 64,
  H = 56,
  W = 56,
  N = C * H * W,
  K = 20;
function time(op: string, attributes: any, shapes: number[][], type = "float32", opset = 18) {
  const inputs = shapes.map((shape, i) => ({ name: "i" + i, type: type as any, shape }));
  const nodes = Array.from({ length: K }, (_, k) => ({
    op,
    inputs: inputs.map((i) => i.name),
    outputs: ["y" + k],
    attributes,
  }));
  const graph = { opset, inputs, outputs: nodes.map((n) => ({ name: n.outputs[0] })), nodes };
  const s = prepareWith({ graph } as any, denseWeights({ graph, tensors: [] } as any) as any, {
    operators: OPERATORS,
    outputs: ["y" + (K - 1)],
  });
  const A: any = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };
  const given: any = {};
  shapes.forEach((shape, i) => {
    const n = shape.reduce((a, b) => a * b, 1);
    const d = new A[type](n);
    for (let k = 0; k < n; k++) d[k] = type === "int64" ? BigInt((k % 7) + 1) : Math.sin(k * 1.3 + i) * 3;
    given["i" + i] = { type, shape, data: d };
  });
  const T: number[] = [];
  for (let r = 0; r < 8; r++) {
    const t = performance.now();
    s.run(given);
    T.push(performance.now() - t);
  }
  const n = K * Math.max(...shapes.map((s) => s.reduce((a, b) => a * b, 1)));
  console.log(
    op.padEnd(14),
    type,
    JSON.stringify(shapes.map((s) => s.join("x"))),
    "first",
    ((T[0] * 1e6) / n).toFixed(2),
    "best",
    ((Math.min(...T) * 1e6) / n).toFixed(2),
    "ns/el",
  );
}
const S = [1, C, H, W];
const poly = process.argv[2] === "poly";
if (poly)
  for (const t of ["int64", "int32"])
    for (const op of ["Add", "Mul", "Relu"])
      time(
        op,
        {},
        op === "Relu"
          ? [[100, 100]]
          : [
              [100, 100],
              [100, 100],
            ],
        t,
      );
for (const op of ["Add", "Mul", "Sub", "Div"]) {
  time(op, {}, [S, S]);
}
time("Add", {}, [S, []]);
time("Mul", {}, [S, [1, C, 1, 1]]);
time("Add", {}, [[1, N / 512, 512], [512]]);
time("Mul", {}, [[1, N / 8, 8], [8]]);
for (const op of [
  "Relu",
  "HardSwish",
  "HardSigmoid",
  "Sigmoid",
  "Tanh",
  "Exp",
  "Sqrt",
  "Erf",
  "Gelu",
  "Swish",
  "Softplus",
  "LeakyRelu",
  "Elu",
])
  time(op, {}, [S], "float32", 24);
time("Clip", {}, [S, [], []]);
if (!poly) {
  time("Softmax", {}, [[64 * 49, 64]]);
  time("Softmax", { axis: 1 }, [S]);
  time("ReduceMean", { axes: [2, 3] }, [S], "float32", 13);
  time("ReduceMean", { axes: [-1] }, [[N / 512, 512]], "float32", 13);
  time("ReduceSum", {}, [S]);
  time("ReduceMax", { axes: [1] }, [S], "float32", 13);
  time("Pow", {}, [S, []]);
}
