import { expose } from "comlink";
import { explorerApi } from "./explorer-api";

expose(explorerApi());
