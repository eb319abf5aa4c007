import { floatTensor } from "@deep-compression/network";
import { compress, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

// Compresses one tensor of independent normal weights by the plan that it is given, and prints by how many times the tensor's
// bytes the process grew, the tensor included.
const [plan, count] = [JSON.parse(process.argv[2]!) as Plan, Number(process.argv[3])];
const before = process.resourceUsage().maxRSS;
const random = seededRandom(1);
const values = new Float32Array(count);
for (let i = 0; i < count; i++) values[i] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
compress({ graph: undefined, tensors: [floatTensor("w", [count / 4096, 4096], values)] }, plan);
console.log((1024 * (process.resourceUsage().maxRSS - before)) / values.byteLength);
