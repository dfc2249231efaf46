// SPDX-License-Identifier: Apache-2.0
// What getStats() says, read without trust in what a browser calls things.
import type { MediaPath } from '../../shared/types';

export type Report = Readonly<Record<string, unknown>>;

export const reportsOf = (stats: RTCStatsReport | null | undefined): Report[] => [...(stats?.values() ?? [])] as Report[];
export const reportsOfType = (stats: RTCStatsReport | null | undefined, type: string): Report[] =>
	reportsOf(stats).filter((one) => one['type'] === type);
export const figure = (from: Report | undefined, name: string): number => Number(from?.[name] ?? 0);

/** The pair of candidates that is in use, and how it goes. */
export function pathOf(stats: RTCStatsReport): { readonly path: MediaPath; readonly rttMs: number } {
	const all = reportsOf(stats);
	const isTaken = (one: Report): boolean => one['nominated'] === true || one['selected'] === true;
	const pair = all.find((one) => one['type'] === 'candidate-pair' && one['state'] === 'succeeded' && isTaken(one));
	const protocol = all.find((one) => one['id'] === pair?.['remoteCandidateId'])?.['protocol'];
	const path = protocol === 'tcp' || protocol === 'udp' ? protocol : 'unknown';
	return { path, rttMs: figure(pair, 'currentRoundTripTime') * 1000 };
}
