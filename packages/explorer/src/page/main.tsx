import { render } from "preact";
import { App } from "./app";
import { startExplorer } from "./start-worker";

render(<App explorer={startExplorer()} />, document.querySelector("#app")!);
