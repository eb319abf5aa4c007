import { elementCount } from "@deep-compression/bits";
import {
  ARCHITECTURES,
  alexnet,
  architectureNamed,
  assertGraph,
  lenet5,
  lenet300100,
  vgg16,
} from "@deep-compression/network";
import { expect, test } from "vitest";

test("the architectures have the parameter counts of the paper", () => {
  expect(lenet300100.parameterCount).toBe(266_610);
  expect(lenet5.parameterCount).toBe(431_080);
  expect(alexnet.parameterCount).toBe(60_965_224);
  expect(vgg16.parameterCount).toBe(138_357_544);
});

test("the tensors of the LeNets have the names and shapes the results are reported under", () => {
  const shapes = (architecture: typeof lenet5) =>
    architecture.parameters.map(({ name, shape }) => `${name} ${shape.join("x")}`);
  expect(shapes(lenet300100)).toEqual([
    "ip1.weight 300x784",
    "ip1.bias 300",
    "ip2.weight 100x300",
    "ip2.bias 100",
    "ip3.weight 10x100",
    "ip3.bias 10",
  ]);
  expect(shapes(lenet5)).toEqual([
    "conv1.weight 20x1x5x5",
    "conv1.bias 20",
    "conv2.weight 50x20x5x5",
    "conv2.bias 50",
    "ip1.weight 500x800",
    "ip1.bias 500",
    "ip2.weight 10x500",
    "ip2.bias 10",
  ]);
});

test("AlexNet splits conv2, conv4 and conv5 into two groups", () => {
  const grouped = alexnet.graph.nodes.filter((node) => node.attributes.group === 2).map((node) => node.inputs[1]);
  expect(grouped).toEqual(["conv2.weight", "conv4.weight", "conv5.weight"]);
});

test("every architecture is a whole graph that uses each of its parameters once", () => {
  for (const { graph, parameters, parameterCount } of ARCHITECTURES) {
    assertGraph(
      graph,
      parameters.map(({ name }) => name),
    );
    const used = graph.nodes.flatMap((node) => node.inputs.slice(1));
    expect(used).toEqual(parameters.map(({ name }) => name));
    expect(parameterCount).toBe(parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  }
});

test("an architecture is found by its name, and an unknown name lists the known ones", () => {
  expect(architectureNamed("lenet-5")).toBe(lenet5);
  expect(() => architectureNamed("resnet")).toThrow(
    /"lenet-300-100" or "lenet-5" or "alexnet" or "vgg-16", got "resnet"/,
  );
});
