import { type LoadError, type LoadErrorCode, type LoadedModel, type LoadOptions, load } from "@deep-compression/loader";
import { expect } from "vitest";
import { type Behaviour, type MisbehavingServer, misbehavingServer, type SeenRequest } from "./misbehaving-server";
import type { ModelFile } from "./model-file";

/** No waiting between tries, and no workers to start: for tests of something else. */
export const quick: LoadOptions = { retryDelay: () => 0, threads: 0 };

/** Runs `run` with the address of a model on a server that answers as it is told. */
export async function withServer<T>(
  behave: Behaviour | ((request: SeenRequest, number: number) => Behaviour | undefined),
  run: (url: string, server: MisbehavingServer) => Promise<T>,
): Promise<T> {
  const server = await misbehavingServer(typeof behave === "function" ? behave : () => behave);
  try {
    return await run(`${server.origin}/model.dcz`, server);
  } finally {
    await server.close();
  }
}

/** Waits for all of a model and holds its tensors against those that the file has. */
export async function expectModel(model: LoadedModel, { tensors }: ModelFile): Promise<void> {
  const found = [];
  for await (const tensor of model.tensors()) found.push(tensor);
  expect(found).toEqual(tensors);
  await model.complete();
}

/** The error with which a load ends, be it at once or when all of it is wanted. */
export async function errorOf(source: Parameters<typeof load>[0], options: LoadOptions = {}): Promise<LoadError> {
  const outcome = await load(source, { ...quick, ...options })
    .then((model) => model.complete())
    .catch((error) => error);
  expect(outcome).toMatchObject({ name: "LoadError", message: expect.not.stringContaining("\n") });
  return outcome;
}

/** The code of that error. */
export async function codeOf(source: Parameters<typeof load>[0], options: LoadOptions = {}): Promise<LoadErrorCode> {
  return (await errorOf(source, options)).code;
}
