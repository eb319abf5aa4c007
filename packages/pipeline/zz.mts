import { compress, open } from "@deep-compression/pipeline";
import { bytesSource } from "@deep-compression/bits";
import { inspectContainer, writeContainer } from "@deep-compression/container";
import { floatTensor, assertGraph, decodeGraph, encodeGraph } from "@deep-compression/network";
const n = Number(process.argv[2] ?? 10000);
const cpu=()=>{const {user,system}=process.cpuUsage(); return (user+system)/1000};
const t=async(name,f)=>{const s=cpu(); const r=await f(); console.log(name,(cpu()-s).toFixed(0),"ms cpu"); return r};
const rnd=()=>Math.sqrt(-2*Math.log(1-Math.random()))*Math.cos(6.28*Math.random())*0.05;
const tensors = Array.from({length:n},(_, i)=>floatTensor(`layer${i}.weight`,[16,16],Float32Array.from({length:256},rnd)));
const nodes = tensors.map((x,i)=>({op:"MatMul",inputs:[i===0?"x":`v${i-1}`,x.name],outputs:[`v${i}`],attributes:{}}));
const graph = {opset:13,inputs:[{name:"x",type:"float32" as const,shape:[1,16]}],outputs:[{name:`v${n-1}`,type:"float32" as const,shape:[1,16]}],nodes};
for (const g of [undefined, graph]) {
 const {bytes} = await t(`compress raw ${g?"graph":""}`,()=>compress({graph:g,tensors},{default:{share:"none"}}));
 console.log(bytes.length);
 await t("inspectContainer",()=>inspectContainer(bytes));
 const file=await t("open",()=>open(bytesSource(bytes)));
 await t("ledger",()=>file.ledger());
 await t("verify",()=>file.verify());
 await t("network",()=>file.network());
}
