type Module = { run(read: (path: string) => Promise<Uint8Array>): Promise<unknown> };

async function read(path: string): Promise<Uint8Array> {
  const response = await fetch(`/vectors/${path}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** What a module gives, run in the page, or in the worker, that calls. */
export async function runModule(url: string): Promise<unknown> {
  const module: Module = await import(url);
  return module.run(read);
}

/** The same in a worker. */
export function runInWorker(url: string): Promise<unknown> {
  const worker = new Worker("./worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(url);
  });
}
