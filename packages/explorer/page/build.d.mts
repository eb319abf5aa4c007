/** Builds the page into a folder: index.html, explorer.js, explorer.css, licences.txt. */
export function buildPage(folder: string): Promise<void>;
