import { runModule } from "./run-module";

addEventListener("message", async ({ data }) => {
  const result = await runModule(data);
  postMessage(result);
});
