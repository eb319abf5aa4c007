import { fitToDistortion, mostDistortion, rateSource, fitAtLambda } from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import { pruneWeights } from "@deep-compression/sparse";
const OPTIONS = { centroids: "auto", zeros: "auto" } as const;
const mk=(kind:string,count:number,seed:number,scale:number)=>{const random=seededRandom(seed); const bell=()=>random()+random()+random()-1.5;
  const of:any={gaussian:bell,cubed:()=>bell()**3,clustered:()=>Math.round(2*bell())+1e-4*bell(),outlier:()=>(random()<0.01?1000:bell()),offset:()=>1+1e-3*bell()};
  return Float32Array.from({length:count},()=>scale*of[kind]());};
for(const [kind,count,seed,scale,power] of [["cubed",217,3413,0.001,-3.16],["cubed",296,8862,1,-1.587],["gaussian",31,6166,1,-1.1168]] as any){
  const whole=pruneWeights(mk(kind,count,seed,scale),{positions:"always"})!;
  const source=rateSource(whole,OPTIONS);
  const e=whole.energy;
  console.log(kind,count);
  for(let i=0;i<5;i++){const p=fitToDistortion(source,mostDistortion(10**power*1.02**i,e)); console.log("  e",(10**power*1.02**i).toExponential(3),"found",p&&(p.distortion/e).toExponential(3),p?.bits.toFixed(0),p?.lambda.toExponential(3),p?.fit.centroids.length);}
  const l0=fitToDistortion(source,mostDistortion(10**power,e))!.lambda;
  let prev="";
  for(let k=-40;k<=40;k++){ const p=fitAtLambda(source,l0*2**(k/10)); const s=`${(p.distortion/e).toExponential(4)} bits ${p.bits.toFixed(0)} K ${p.fit.centroids.length} cost ${(p.distortion/p.lambda+p.bits).toFixed(0)}`; if(s.slice(0,30)!==prev)console.log("   ",k/10,s); prev=s.slice(0,30);}
}
