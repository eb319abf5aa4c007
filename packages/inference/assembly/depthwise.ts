// Convolutions of float32 in which each output reads one channel.
export { depthwise } from "../../kernels/assembly/planes";
