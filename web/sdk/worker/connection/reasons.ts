// SPDX-License-Identifier: Apache-2.0
// What each CloseReason and Refusal of the wire means for us.
import { CloseReason as Wire, Refusal } from '../../gen/session_pb';
import type { CloseReason, CommandResult, RefusalReason } from '../../shared/types';
import type { RequestResult } from './connection';

export type CloseMeaning =
	| { readonly kind: 'come_back'; readonly waitMs: number }
	| { readonly kind: 'over'; readonly reason: CloseReason };

const over = (reason: CloseReason): CloseMeaning => ({ kind: 'over', reason });

const MEANING: Readonly<Record<Wire, CloseMeaning>> = {
	[Wire.CLOSE_NONE]: { kind: 'come_back', waitMs: 0 },
	[Wire.CLOSE_RELOAD]: over('reload'),
	[Wire.CLOSE_REFUSED]: over('refused'),
	[Wire.CLOSE_REMOVED]: over('removed'),
	[Wire.CLOSE_BARRED]: over('barred'),
	[Wire.CLOSE_DENIED]: over('denied'),
	[Wire.CLOSE_ENDED]: over('ended'),
	[Wire.CLOSE_ELSEWHERE]: over('elsewhere'),
	[Wire.CLOSE_PROTOCOL]: over('protocol'),
	[Wire.CLOSE_TOO_MUCH]: over('too_much'),
	[Wire.CLOSE_RESTART]: { kind: 'come_back', waitMs: 300 },
	[Wire.CLOSE_LEFT]: over('gone'),
	[Wire.CLOSE_TO_LOBBY]: { kind: 'come_back', waitMs: 0 },
	[Wire.CLOSE_FULL]: over('full'),
	[Wire.CLOSE_LOBBY_TIMEOUT]: over('lobby_timeout'),
};

/** A reason from a newer server is as good as "refused". */
export function closeMeaning(reason: Wire): CloseMeaning {
	return MEANING[reason] ?? over('refused');
}

const REFUSALS: Readonly<Record<Refusal, RefusalReason | null>> = {
	[Refusal.NONE]: null,
	[Refusal.DENIED]: 'denied',
	[Refusal.STALE]: 'stale',
	[Refusal.INVALID]: 'invalid',
	[Refusal.BUSY]: 'busy',
	[Refusal.NOT_NOW]: 'not_now',
	[Refusal.TOO_MANY]: 'too_many',
	[Refusal.LOCKED]: 'locked',
	[Refusal.UNKNOWN_MEMBER]: 'unknown_member',
	[Refusal.OUTRACED]: 'outraced',
};

/** Null when it was done. */
export function refusalOf(result: RequestResult): RefusalReason | null {
	if (result.kind === 'lost') return 'offline';
	const reason: RefusalReason | null | undefined = REFUSALS[result.refusal];
	return reason === undefined ? 'invalid' : reason;
}

export function commandResult(result: RequestResult): CommandResult {
	const reason = refusalOf(result);
	return reason === null ? { ok: true } : { ok: false, reason };
}
