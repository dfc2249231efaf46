// SPDX-License-Identifier: Apache-2.0
import type { TransformOptions } from '../shared/media';
import type { CallName, FromWorker, WorkerCalls, WorkerEvents } from '../shared/rpc';

type Deliver = <E extends keyof WorkerEvents>(event: E, value: WorkerEvents[E]) => void;

interface Waiter {
	resolve(value: unknown): void;
	reject(error: Error): void;
}

interface ScriptPolicy {
	createScriptURL(url: string): string;
}
interface PolicyFactory {
	createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
}

/** Under Trusted Types a worker's address must come from a policy: ours lets one address pass. */
function trustedUrl(url: string): string {
	const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
	if (!factory) return url;
	const policy = factory.createPolicy('tessera', {
		createScriptURL(wanted) {
			if (wanted !== url) throw new TypeError('only the worker of Tessera may be loaded');
			return wanted;
		},
	});
	return policy.createScriptURL(url);
}

/** Calls over postMessage, answered by id, and the worker's events. */
export class WorkerPort {
	readonly #worker: Worker;
	readonly #waiting = new Map<number, Waiter>();
	#lastId = 0;
	#hasSpoken = false;
	#isClosed = false;

	/** failed: the worker could not be loaded; nothing will be answered. */
	constructor(url: string, deliver: Deliver, failed: () => void) {
		this.#worker = new Worker(trustedUrl(url), { name: 'tessera-sdk' });
		this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
			this.#hasSpoken = true;
			if ('event' in data) deliver(data.event, data.value as never);
			else this.#answer(data);
		};
		this.#worker.onerror = () => {
			if (this.#hasSpoken) return; // an error inside; what was asked is answered all the same
			for (const { reject } of this.#waiting.values()) reject(new Error('the worker is gone'));
			this.#waiting.clear();
			failed();
		};
	}

	call<N extends CallName>(
		call: N,
		args: WorkerCalls[N]['args'],
		transfer: Transferable[] = [],
	): Promise<WorkerCalls[N]['result']> {
		const id = ++this.#lastId;
		return new Promise((resolve, reject) => {
			if (this.#isClosed) return; // nobody waits for answers any more
			this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
			this.#worker.postMessage({ id, call, args }, transfer);
		});
	}

	/** A pipe through the worker for the frames of one sender or receiver. */
	transform(options: TransformOptions): RTCRtpScriptTransform {
		return new RTCRtpScriptTransform(this.#worker, options);
	}

	/** Ends the worker, and with it everything it held. */
	close(): void {
		this.#isClosed = true;
		this.#worker.terminate();
		this.#waiting.clear();
	}

	#answer(data: Exclude<FromWorker, { event: unknown }>): void {
		const waiter = this.#waiting.get(data.reply);
		this.#waiting.delete(data.reply);
		if ('error' in data) waiter?.reject(new Error(data.error));
		else waiter?.resolve(data.value);
	}
}
