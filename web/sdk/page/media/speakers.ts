// SPDX-License-Identifier: Apache-2.0
// Everybody's voice, each in an element of its own that nobody sees. A browser may refuse to play
// before the person has pressed something on this page; then one press plays all of them.

const TONE_HZ = [523, 659] as const;
const TONE_S = 0.3;

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

	/** Two notes by the chosen loudspeaker. False: the browser plays nothing there. */
	async playTone(): Promise<boolean> {
		const context = new AudioContext();
		const to = context.createMediaStreamDestination();
		const voice = document.createElement('audio');
		voice.srcObject = to.stream;
		TONE_HZ.forEach((hz, at) => note(context, to, hz, at * TONE_S));
		try {
			if (this.#device) await this.#send(voice);
			await voice.play();
			await new Promise((done) => setTimeout(done, TONE_HZ.length * TONE_S * 1000 + 200));
			return true;
		} catch {
			return false;
		} finally {
			voice.srcObject = null;
			void context.close();
		}
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

/** Begins and ends softly, or it would click. */
function note(context: AudioContext, to: AudioNode, hz: number, at: number): void {
	const tone = context.createOscillator();
	const loudness = context.createGain();
	const begin = context.currentTime + at;
	tone.frequency.value = hz;
	loudness.gain.setValueAtTime(0, begin);
	loudness.gain.linearRampToValueAtTime(0.2, begin + 0.03);
	loudness.gain.linearRampToValueAtTime(0, begin + TONE_S);
	tone.connect(loudness).connect(to);
	tone.start(begin);
	tone.stop(begin + TONE_S);
}
