/**
 * The folder of the page as it was built: `index.html`, `explorer.js` and `explorer.css`, for any server of static files. The page
 * asks for nothing else but the files that its address names in `?file=` and `?other=`.
 */
export function pageFolder(): URL {
  return new URL("../dist/page/", import.meta.url);
}
