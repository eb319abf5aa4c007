import type { HeapValue } from "./value";

/** What a name stands for: what a run computes, a tensor of the network, or what was computed of such. */
export type Binding = { readonly slot: number } | { readonly tensor: string } | { readonly constant: HeapValue };

/** The names of one graph. Those that it does not know are of the graph around it, or tensors of the network. */
export class Names {
  readonly captures: { readonly outer: number; readonly slot: number }[] = [];
  readonly #bindings = new Map<string, Binding>();
  readonly #outer: Names | undefined;
  #slots = 0;

  constructor({ tensors = {} }: { readonly tensors?: Readonly<Record<string, string>> }, outer: Names | undefined) {
    this.#outer = outer;
    for (const [name, tensor] of Object.entries(tensors)) this.#bindings.set(name, { tensor });
  }

  get slots(): number {
    return this.#slots;
  }

  newSlot(name: string): number {
    const slot = this.#slots++;
    this.#bindings.set(name, { slot });
    return slot;
  }

  bind(name: string, binding: Binding): void {
    this.#bindings.set(name, binding);
  }

  resolve(name: string): Binding {
    const own = this.#bindings.get(name);
    if (own !== undefined) return own;
    if (this.#outer === undefined) return { tensor: name };
    const outer = this.#outer.resolve(name);
    if (!("slot" in outer)) return outer;
    const slot = this.newSlot(name);
    this.captures.push({ outer: outer.slot, slot });
    return { slot };
  }
}
