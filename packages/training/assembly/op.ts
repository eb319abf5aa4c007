/**
 * The instructions of a training program, shared by the WebAssembly interpreter (program.ts) and its
 * TypeScript twin (../src/plain-kernels.ts). An instruction is 16 words of 32 bits: the operation and up to
 * 15 arguments, in the order of the function that carries it out. Addresses are in bytes.
 */
export enum Op {
  Barrier,
  Fill,
  GatherBytes,
  GatherFloats,
  GatherLabels,
  Gemm,
  AddRowBias,
  AddChannelBias,
  ColumnSums,
  ChannelSums,
  Relu,
  ReluGradient,
  Dropout,
  Multiply,
  Im2col,
  Col2im,
  MaxPool,
  MaxPoolGradient,
  ChannelsToRows,
  RowsToChannels,
  SoftmaxCrossEntropy,
  CountErrors,
  StoreRows,
  TrackColumns,
  TrackRows,
  Sgd,
  Adam,
  GroupSums,
  Expand,
}

/** Words of a step's row of scalars: learning rate, Adam's rate and epsilon, scale of L1, dropout seed, three spare. */
export const SCALARS = 8;
