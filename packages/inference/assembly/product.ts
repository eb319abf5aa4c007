// Products of dense matrices of float32.
export { gemm } from "../../kernels/assembly/gemm";
