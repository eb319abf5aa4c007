// Measures the constants by which sessions choose layouts and threads, on this machine: `npm run costs`. A quiet one is needed.
import { densityConstants, threadConstants } from "./dense-costs";
import { layoutConstants } from "./layout-costs";

const constants = [...layoutConstants(), ...densityConstants(), ...(await threadConstants())];
console.log("constant            in the code   measured here   of");
for (const { name, file, unit, now, measured } of constants)
  console.log(
    `${name.padEnd(20)}${now.toString().padStart(11)}${measured.toPrecision(3).padStart(16)}   ${unit} (src/${file})`,
  );
