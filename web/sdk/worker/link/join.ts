// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/join: every answer typed, none trusted to have the right shape.
import { toBase64url } from '../../shared/bytes';
import type { JoinCall } from '../../shared/rpc';
import type { JoinAnswer } from '../../shared/types';
import { loadDevice } from './device';
import { joinTokens } from './secrets';

export interface Seat {
	readonly token: string;
	readonly resume: string;
}

export interface Joined {
	readonly answer: JoinAnswer;
	/** Only with 'admitted' and 'lobby'. */
	readonly seat?: Seat;
}

const TIMEOUT_MS = 20_000;
const JSON_TYPE = { 'content-type': 'application/json' };

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a status and body mean. Anything unknown is 'not_now': the person may try again. */
export function readAnswer(status: number, body: unknown): Joined {
	const fields = fieldsOf(body);
	switch (status) {
		case 200: {
			const seat = { token: textOf(fields['token']), resume: textOf(fields['resume']) };
			if (!seat.token || !seat.resume) return { answer: { kind: 'not_now' } };
			const title = textOf(fields['title']);
			return { answer: { kind: fields['lobby'] === true ? 'lobby' : 'admitted', title }, seat };
		}
		case 401:
			return { answer: { kind: 'password_or_knock' } };
		case 403:
			return { answer: { kind: 'refused' } };
		case 410:
			return { answer: { kind: 'ended' } };
		case 423:
			return { answer: { kind: 'locked' } };
		case 429: {
			const wait = Number(fields['retry_after']);
			return { answer: { kind: 'too_many', retryAfterS: wait > 0 && wait < 3600 ? Math.ceil(wait) : 5 } };
		}
		default:
			return { answer: { kind: 'not_now' } };
	}
}

export async function postJoin(origin: string, call: JoinCall): Promise<Joined> {
	const [tokens, device] = await Promise.all([joinTokens(call.link), loadDevice(call.link)]);
	const body = {
		number: call.link.number,
		name: call.name,
		device_key: toBase64url(device.publicKey),
		...(tokens.joinToken ? { join_token: toBase64url(tokens.joinToken) } : {}),
		...(tokens.organizerToken ? { organizer_token: toBase64url(tokens.organizerToken) } : {}),
		...(call.password === undefined ? {} : { password: call.password }),
		...(call.knock ? { knock: true } : {}),
	};
	try {
		const response = await fetch(`${origin}/api/v1/join`, {
			method: 'POST',
			headers: JSON_TYPE,
			body: JSON.stringify(body),
			cache: 'no-store',
			credentials: 'omit',
			redirect: 'error',
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		return readAnswer(response.status, await response.json().catch(() => null));
	} catch {
		return { answer: { kind: 'offline' } };
	}
}
