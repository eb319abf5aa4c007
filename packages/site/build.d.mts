/** Builds the site into a folder, with the API documentation of another folder if one is given. */
export function buildSite(folder: string, docs?: string): Promise<void>;
