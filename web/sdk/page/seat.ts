// SPDX-License-Identifier: Apache-2.0
// What a tab remembers of its seat. sessionStorage: gone with the tab, kept over reload and
// back; a duplicated tab gets a copy and takes the seat over (CLOSE_ELSEWHERE for the first).
import type { LinkSecrets, SavedSeat } from '../shared/rpc';

const KEY = 'tessera.seat';

export function saveSeat(storage: Pick<Storage, 'setItem'>, seat: SavedSeat): void {
	storage.setItem(KEY, JSON.stringify(seat));
}

export function forgetSeat(storage: Pick<Storage, 'removeItem'>): void {
	storage.removeItem(KEY);
}

/** The seat of this tab in the session of this link, or null. */
export function readSeat(storage: Pick<Storage, 'getItem'>, link: LinkSecrets): SavedSeat | null {
	try {
		const seat: unknown = JSON.parse(storage.getItem(KEY) ?? 'null');
		if (!isSeat(seat)) return null;
		return seat.number === link.number && seat.kind === link.kind ? seat : null;
	} catch {
		return null;
	}
}

function isSeat(value: unknown): value is SavedSeat {
	if (typeof value !== 'object' || value === null) return false;
	const seat = value as Partial<Record<keyof SavedSeat, unknown>>;
	return [seat.number, seat.kind, seat.name, seat.ticket].every((field) => typeof field === 'string');
}
