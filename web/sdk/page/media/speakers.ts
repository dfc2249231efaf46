// SPDX-License-Identifier: Apache-2.0
// Everybody's voice, each in an element of its own that nobody sees. A browser may refuse to play
// before the person has pressed something on this page; then one press plays all of them.

interface Sinkable {
	setSinkId?(device: string): Promise<void>;
}

export class Speakers {
	readonly #voices = new Map<number, HTMLAudioElement>();
	#device = '';
	#isBlocked = false;

	constructor(private readonly changed: () => void) {}

	get isBlocked(): boolean {
		return this.#isBlocked;
	}
	get device(): string {
		return this.#device;
	}

	add(stream: number, track: MediaStreamTrack): void {
		this.remove(stream);
		const voice = document.createElement('audio');
		voice.srcObject = new MediaStream([track]);
		this.#voices.set(stream, voice);
		if (this.#device) void this.#send(voice);
		this.#play(voice);
	}

	remove(stream: number): void {
		const voice = this.#voices.get(stream);
		if (!voice) return;
		voice.srcObject = null;
		this.#voices.delete(stream);
		if (this.#voices.size === 0) this.#block(false);
	}

	choose(device: string): void {
		this.#device = device;
		for (const voice of this.#voices.values()) void this.#send(voice);
		this.changed();
	}

	/** Call it inside a click. */
	play(): void {
		this.#block(false);
		for (const voice of this.#voices.values()) this.#play(voice);
	}

	#play(voice: HTMLAudioElement): void {
		voice.play().catch((error: unknown) => {
			if (error instanceof DOMException && error.name === 'NotAllowedError') this.#block(true);
		});
	}

	#block(isBlocked: boolean): void {
		if (this.#isBlocked === isBlocked) return;
		this.#isBlocked = isBlocked;
		this.changed();
	}

	/** A device that is gone gives the default one back by itself. */
	async #send(voice: HTMLAudioElement): Promise<void> {
		await (voice as Sinkable).setSinkId?.(this.#device).catch(() => undefined);
	}
}
