export { pageFolder } from "./page-folder";
