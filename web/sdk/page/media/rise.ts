// SPDX-License-Identifier: Apache-2.0
// A browser learns what its line carries by sending much for a moment. Where that fails at the beginning, since the computer was
// busy just then, Chromium feels its way up by a few per cent a second: the whole picture comes after 20 s. It tries again when
// its encodings are allowed another rate, up to twice what it believes; so they are, by a hair more or less, while the line holds
// something back. That it does is told the server, which can only see that less comes.
import { figure, reportsOf } from './stats';
import { Tries } from './tries';

const LOOK_MS = 1000;
const HAIR = 10_000;

export class Rise {
	readonly #tries = new Tries();
	readonly #timer = setInterval(() => void this.#look().catch(() => undefined), LOOK_MS);
	#hair = HAIR;
	#told = false;
	#isOver = false;

	constructor(
		private readonly sender: RTCRtpSender,
		private readonly tell: (isHeld: boolean) => Promise<void>,
	) {}

	stop(): void {
		clearInterval(this.#timer);
		this.#isOver = true;
		void this.#say(false).catch(() => undefined);
	}

	async #say(isHeld: boolean): Promise<void> {
		if (isHeld === this.#told) return;
		this.#told = isHeld;
		await this.tell(isHeld);
	}

	async #look(): Promise<void> {
		const reports = reportsOf(await this.sender.getStats());
		if (this.#isOver) return;
		const isHeld = reports.some((one) => one['qualityLimitationReason'] === 'bandwidth');
		const carries = Math.max(0, ...reports.map((one) => figure(one, 'availableOutgoingBitrate')));
		if (this.#tries.look(isHeld, carries, performance.now())) await this.#ask();
		await this.#say(isHeld);
	}

	async #ask(): Promise<void> {
		const parameters = this.sender.getParameters();
		const largest = parameters.encodings.at(-1);
		if (largest?.maxBitrate === undefined) return;
		largest.maxBitrate += this.#hair;
		this.#hair = -this.#hair;
		await this.sender.setParameters(parameters);
	}
}
