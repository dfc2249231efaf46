// SPDX-License-Identifier: Apache-2.0
// What this browser can send and receive. Two peer connections are made to ask it, which costs a slow
// computer a tenth of a second, so it is asked once per page and ahead of time.
import { detectDevice } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { Chrome111 } from 'mediasoup-client/handlers/Chrome111';
import { Chrome74 } from 'mediasoup-client/handlers/Chrome74';
import { Firefox120 } from 'mediasoup-client/handlers/Firefox120';
import { Safari12 } from 'mediasoup-client/handlers/Safari12';

type Factory = types.HandlerFactory;
type Capabilities = ReturnType<Factory['getNativeRtpCapabilities']>;

const HANDLERS = { Chrome111, Chrome74, Firefox120, Safari12 } as const;
const DIRECTIONS = ['recvonly', 'sendonly'] as const;

let known: Factory | null = null;

/** Throws where there is no WebRTC that is known here. */
export function handlerFactory(): Factory {
	if (known) return known;
	const name = detectDevice() as keyof typeof HANDLERS | undefined;
	const handler = name && HANDLERS[name];
	if (!handler) throw new Error('no WebRTC');
	const native = handler.createFactory();
	const asked = new Map<string, Capabilities>();
	known = {
		...native,
		getNativeRtpCapabilities: (options) => {
			const answer = asked.get(options.direction) ?? native.getNativeRtpCapabilities(options);
			asked.set(options.direction, answer);
			answer.catch(() => asked.delete(options.direction));
			return answer;
		},
	};
	return known;
}

/** Asks ahead. */
export async function askCapabilities(): Promise<void> {
	for (const direction of DIRECTIONS) await handlerFactory().getNativeRtpCapabilities({ direction });
}
