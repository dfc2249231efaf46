// SPDX-License-Identifier: Apache-2.0
// My microphone and camera, and what is known of everybody's voice. Only a click or a key leads to a
// device being asked for.
import type { DeviceProblem, MediaMember, MediaQuality, MemberId, PathTrial } from '../../sdk/index';
import { strings } from '../strings';
import { rate } from './format';
import type { Store } from './store';

/** Off → on; on → muted; muted → on. */
export async function pressMicrophone(store: Store): Promise<void> {
	const { state } = store.media.value.microphone;
	if (state === 'off' || state === 'asking') await store.client.turnMicrophone(state === 'off');
	else await store.client.muteMicrophone(state !== 'muted');
}

export async function pressCamera(store: Store): Promise<void> {
	await store.client.turnCamera(store.media.value.camera.state === 'off');
}

/** Holds down what a muted microphone lets through: returns false when there is nothing to hold. */
export function talk(store: Store, on: boolean): boolean {
	const { state } = store.media.value.microphone;
	if (on ? state !== 'muted' : state === 'off') return false;
	void store.client.muteMicrophone(!on);
	return true;
}

export function sentMedia(store: Store, member: MemberId): MediaMember | null {
	return store.media.value.members.find((other) => other.member === member) ?? null;
}

export function isSpeaking(store: Store, member: MemberId): boolean {
	return store.voices.value.speaking.some((voice) => voice.member === member);
}

export function qualityOf(store: Store, member: MemberId): MediaQuality | null {
	return store.voices.value.qualities.find((quality) => quality.member === member) ?? null;
}

const percent = (loss: number): string => loss.toFixed(1).replace('.', strings.value.decimals);

/** "Poor line: part of what this person sends gets lost" */
export function gradeText({ grade, reason }: MediaQuality): string {
	const t = strings.value.media.quality;
	if (grade === 'unknown') return '';
	const why = t.reason[reason];
	return `${t.grade[grade]}${why === '' ? '' : `: ${why}`}`;
}

/** "Poor line: part of what this person sends gets lost. UDP · 34 ms · loss 4.2 % up, 0 % down" */
export function qualityText(quality: MediaQuality): string {
	const t = strings.value.media.quality;
	if (quality.grade === 'unknown') return '';
	const figures = [
		quality.path === 'unknown' ? '' : t[quality.path],
		quality.rttMs > 0 ? strings.value.presenter.ms(quality.rttMs) : '',
		t.loss(percent(quality.lossUp), percent(quality.lossDown)),
	].filter((figure) => figure !== '');
	return `${gradeText(quality)}. ${figures.join(' · ')}`;
}

/** Everything that is known of a person's line, as label and value. */
export function lineFigures(store: Store, quality: MediaQuality & { readonly member: MemberId }): [string, string][] {
	const t = strings.value.connection.figures;
	const layer = store.voices.value.layers.find((one) => one.member === quality.member);
	const figures: ([string, string] | false)[] = [
		quality.path !== 'unknown' && [t.path, strings.value.media.quality[quality.path]],
		quality.rttMs > 0 && [t.rtt, strings.value.presenter.ms(quality.rttMs)],
		[t.loss, t.upDown(`${percent(quality.lossUp)} %`, `${percent(quality.lossDown)} %`)],
		[t.rate, t.upDown(rate(quality.kbitUp), rate(quality.kbitDown))],
		layer !== undefined && [t.layer, layer.on ? t.layerOn(layer.spatial + 1, rate(layer.kbit)) : t.layerOff],
	];
	return figures.filter((figure) => figure !== false);
}

export interface Way {
	readonly works: boolean;
	readonly text: string;
}

/** As it was found out before anybody spoke. */
function triedWay({ state, udpMs, tcpMs }: PathTrial): Way {
	const t = strings.value.connection;
	if (state !== 'done') return { works: true, text: state === 'trying' ? t.trying : t.untried };
	if (udpMs !== null) return { works: true, text: t.udpIn(Math.max(1, udpMs)) };
	return { works: false, text: tcpMs === null ? t.neither : t.tcpIn(Math.max(1, tcpMs)) };
}

/** Before joining: the page itself has come, so its way works. */
export function triedWays(store: Store, port: string): Way[] {
	const { trial } = store.media.value;
	if (trial.state === 'untried') return [];
	return [{ works: true, text: strings.value.connection.page(port) }, triedWay(trial)];
}

/** The worker is on the way of every frame, too. */
function sealingWay(store: Store): Way[] {
	const t = strings.value.connection;
	const { latePercent, worstMs, leftOut } = store.media.value.sealing;
	if (latePercent === null) return [];
	if (latePercent === 0) return [{ works: true, text: t.sealed(worstMs) }];
	return [{ works: false, text: t.sealedLate(latePercent, worstMs, leftOut) }];
}

/** What this network lets through, as far as it was tried, and this computer. */
export function waysOf(store: Store, port: string): Way[] {
	const t = strings.value.connection;
	const { state, path, trial } = store.media.value;
	const isUp = store.connected.value;
	const page: Way = { works: isUp, text: isUp ? t.page(port) : t.pageLost };
	if (state === 'off') return [page, triedWay(trial)];
	if (state === 'connecting') return [page, { works: true, text: t.trying }];
	if (state !== 'connected') return [page, { works: false, text: strings.value.media.state[state] }];
	const sealing = sealingWay(store);
	if (path === 'unknown') return [page, { works: true, text: t.connected }, ...sealing];
	return [page, { works: path === 'udp', text: path === 'udp' ? t.udp : strings.value.media.tcp }, ...sealing];
}

export interface MediaNote {
	readonly id: string;
	readonly text: string;
	readonly act?: { readonly label: string; readonly run: () => void };
}

function problemNote(which: 'microphone' | 'camera', problem: DeviceProblem | null): MediaNote | null {
	return problem && { id: `${which}-${problem}`, text: strings.value.media.problem[which][problem] };
}

/** What has to be said about sound and cameras now, the most urgent first. */
export function mediaNotes(store: Store): MediaNote[] {
	const t = strings.value.media;
	const media = store.media.value;
	const { state } = media;
	const silenced = media.members.find((other) => !other.playable);
	const name = silenced && store.memberOf(silenced.member)?.name;
	const notes: (MediaNote | null | false | undefined)[] = [
		media.soundBlocked && {
			id: 'sound', text: t.soundBlocked, act: { label: t.playSound, run: () => store.client.playSound() },
		},
		(state === 'reconnecting' || state === 'blocked' || state === 'unavailable') && { id: state, text: t.state[state] },
		state === 'unsupported' && media.members.length > 0 && { id: state, text: t.state[state] },
		problemNote('microphone', media.microphone.problem),
		problemNote('camera', media.camera.problem),
		media.microphone.byOrganizer && {
			id: 'muted', text: t.mutedByOrganizer, act: { label: t.unmuteMe, run: () => void store.client.muteMicrophone(false) },
		},
		media.sealing.isBehind && { id: 'behind', text: t.behind },
		media.overloaded && { id: 'slow', text: t.overloaded },
		name !== undefined && name !== null && { id: 'codec', text: t.notPlayable(name) },
		media.path === 'tcp' && state === 'connected' && { id: 'tcp', text: t.tcp },
	];
	return notes.filter((note): note is MediaNote => Boolean(note));
}
