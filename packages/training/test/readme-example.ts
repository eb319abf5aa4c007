import { lenet300100 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { constant, createTrainer, gradualPruning, initialize, shareWeights } from "@deep-compression/training";

const labels = Uint8Array.from({ length: 200 }, (_, n) => n % 10);
const inputs = Uint8Array.from({ length: 200 * 784 }, (_, i) => ((i % 784) % 10 === ((i / 784) | 0) % 10 ? 255 : 0));
const trainer = await createTrainer(initialize(lenet300100, { random: seededRandom(1) }), { seed: 1, batch: 20 });
const hook = gradualPruning({ sparsity: 0.9, score: "magnitude", every: 10 });
await trainer.train({ inputs, labels }, { epochs: 10, learningRate: constant(1e-3), hook });
shareWeights(trainer, { sizes: { "ip1.weight": 15 } }); // further training moves the 15 centroids
console.log(trainer.evaluate({ inputs, labels }).errors, new Set(trainer.weights("ip1.weight")).size); // 0 16
