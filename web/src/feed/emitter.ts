// SPDX-License-Identifier: Apache-2.0

type Listener<T> = (event: T) => void;

/** Listeners that know what they listen to. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls listener on every event of this type. Returns how to stop. */
  on<Type extends keyof Events>(type: Type, listener: Listener<Events[Type]>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener as Listener<never>));
    return () => listeners.delete(listener as Listener<never>);
  }

  protected emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const listener of this.#listeners.get(type) ?? []) {
      (listener as Listener<Events[Type]>)(event);
    }
  }
}
