import { LOADING_PAGE_CASE } from "./loading-page-cases";
import { LOADING_WIRE_CASE } from "./loading-wire-case";

export const LOADING_CASES = [LOADING_WIRE_CASE, LOADING_PAGE_CASE];
