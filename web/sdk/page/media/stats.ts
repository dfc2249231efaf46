// SPDX-License-Identifier: Apache-2.0
// What getStats() says, read without trust in what a browser calls things.
import type { MediaPath } from '../../shared/types';
import type { Reached } from './rank';

export type Report = Readonly<Record<string, unknown>>;

export const reportsOf = (stats: RTCStatsReport | null | undefined): Report[] => [...(stats?.values() ?? [])] as Report[];
export const reportsOfType = (stats: RTCStatsReport | null | undefined, type: string): Report[] =>
	reportsOf(stats).filter((one) => one['type'] === type);
export const figure = (from: Report | undefined, name: string): number => Number(from?.[name] ?? 0);

/** The pair of candidates that is in use, and its end at the server. */
function takenOf(all: readonly Report[]): { readonly pair: Report | undefined; readonly remote: Report | undefined } {
	const isTaken = (one: Report): boolean => one['nominated'] === true || one['selected'] === true;
	const selected = all.find((one) => one['type'] === 'transport')?.['selectedCandidatePairId'];
	// After a restart those of before may be called nominated, too.
	const pair = all.find((one) => one['id'] === selected && selected !== undefined)
		?? all.find((one) => one['type'] === 'candidate-pair' && one['state'] === 'succeeded' && isTaken(one));
	return { pair, remote: all.find((one) => one['id'] === pair?.['remoteCandidateId']) };
}

export function pathOf(stats: RTCStatsReport): { readonly path: MediaPath; readonly rttMs: number } {
	const { pair, remote } = takenOf(reportsOf(stats));
	const protocol = remote?.['protocol'];
	const path = protocol === 'tcp' || protocol === 'udp' ? protocol : 'unknown';
	return { path, rttMs: figure(pair, 'currentRoundTripTime') * 1000 };
}

/** How much came by the transport that these stats are of, in packets or, in some browsers, bytes; and from where. */
export function heardOf(stats: RTCStatsReport | null | undefined): { readonly mark: number; readonly reached: Reached | null } {
	const all = reportsOf(stats);
	const { pair, remote } = takenOf(all);
	const transport = all.find((one) => one['type'] === 'transport');
	const address = remote?.['address'];
	return {
		mark: figure(transport, 'packetsReceived') || figure(transport, 'bytesReceived') || figure(pair, 'bytesReceived'),
		reached: typeof address === 'string' ? { address, port: figure(remote, 'port') } : null,
	};
}
