export { initialize } from "./initialize";
export { constant, cosine, cubicSparsity, type Schedule, steps } from "./schedule";
export {
  createTrainer,
  type Distillation,
  type EpochReport,
  type Evaluation,
  type Hook,
  type Samples,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
  type TrainOptions,
} from "./trainer";
