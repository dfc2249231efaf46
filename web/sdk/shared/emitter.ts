// SPDX-License-Identifier: Apache-2.0

/** Typed events. A listener that throws stops nobody else. */
export class Emitter<Events extends object> {
	readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

	/** Calls fn at every event until the returned function, or the signal, ends it. */
	on<E extends keyof Events>(event: E, fn: (value: Events[E]) => void, signal?: AbortSignal): () => void {
		let set = this.#listeners.get(event);
		if (!set) this.#listeners.set(event, (set = new Set()));
		set.add(fn);
		const off = (): void => void this.#listeners.get(event)?.delete(fn);
		signal?.addEventListener('abort', off, { once: true });
		return off;
	}

	emit<E extends keyof Events>(event: E, value: Events[E]): void {
		for (const fn of [...(this.#listeners.get(event) ?? [])]) {
			try {
				(fn as (value: Events[E]) => void)(value);
			} catch (error) {
				queueMicrotask(() => {
					throw error;
				});
			}
		}
	}
}
