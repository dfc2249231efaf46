// SPDX-License-Identifier: Apache-2.0
// My shares: hands the server's words to the right one and shows them to the app.
import { PauseMode as WirePause } from '../../gen/session_pb';
import type { StreamCredit, StreamNeed, StreamStats } from '../../gen/session_pb';
import type { SourceCall } from '../../shared/rpc';
import type {
	CommandResult, Inspection, PauseMode, ScreenKey, Share as ShownShare, ShareEnd, ShareKey, SharePreference,
	ShareResult, StreamId,
} from '../../shared/types';
import type { Codec } from '../codec/codec';
import type { Counter } from '../counter';
import { asMember } from '../state/view';
import { framesOf } from './grab';
import { Share } from './share';
import type { SharePorts } from './share';

export const WIRE_PAUSE: Readonly<Record<PauseMode, WirePause>> = {
	none: WirePause.PAUSE_NONE, frozen: WirePause.PAUSE_FROZEN, blank: WirePause.PAUSE_BLANK,
};

const TICK_MS = 1000;
/** The lag of the return picture is told at most so often. */
const RETURNED_EVERY_MS = 200;

export interface PresenterPorts extends Omit<SharePorts, 'changed' | 'ended' | 'released'> {
	screenKey(stream: number): ScreenKey | null;
	/** May I open a screen now? By the table. */
	mayShare(): boolean;
}

export interface PresenterEvents {
	changed(shares: readonly ShownShare[]): void;
	ended(share: ShareKey, why: ShareEnd): void;
	/** Its source is no longer read and may be stopped. */
	released(share: ShareKey): void;
}

export class Presenter {
	readonly #shares = new Map<ShareKey, Share>();
	readonly #screens = new Map<ShareKey, ScreenKey>();
	#lastKey = 0;
	#timer: ReturnType<typeof setInterval> | undefined;
	#wantsDigests = false;
	#soon: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly codec: Codec,
		private readonly ports: PresenterPorts,
		private readonly counter: Counter,
		private readonly events: PresenterEvents,
	) {}

	start(source: SourceCall): ShareResult {
		const key = ++this.#lastKey as ShareKey;
		const frames = this.#framesOf(key, source);
		if (!this.ports.mayShare()) {
			void frames.cancel();
			return { kind: 'refused', reason: 'denied' };
		}
		const share = new Share(key, frames, source.label, this.codec, {
			...this.ports,
			changed: () => this.#emit(),
			ended: (why) => this.#ended(key, why),
			released: () => this.events.released(key),
		}, this.counter);
		share.wantsDigests = this.#wantsDigests;
		this.#shares.set(key, share);
		this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
		this.#emit();
		return { kind: 'sharing', share: key };
	}

	/** Resolves when the source before may be stopped. */
	async changeSource(key: ShareKey, source: SourceCall): Promise<CommandResult> {
		const share = this.#shares.get(key);
		const frames = this.#framesOf(key, source);
		if (!share) {
			void frames.cancel();
			return { ok: false, reason: 'stale' };
		}
		const released = share.changeSource(frames, source.label);
		this.#emit();
		await released;
		return { ok: true };
	}

	#framesOf(key: ShareKey, { frames }: SourceCall): ReadableStream<VideoFrame> {
		return framesOf(frames, () => this.#shares.get(key)?.stillMs ?? 0);
	}

	async pause(key: ShareKey, mode: PauseMode): Promise<CommandResult> {
		return this.#shares.get(key)?.pause(mode) ?? { ok: false, reason: 'stale' };
	}

	prefer(key: ShareKey, preference: SharePreference): CommandResult {
		const share = this.#shares.get(key);
		share?.prefer(preference);
		return share ? { ok: true } : { ok: false, reason: 'stale' };
	}

	stop(key: ShareKey): void {
		this.#shares.get(key)?.end('stopped');
	}

	endAll(why: ShareEnd): void {
		for (const share of [...this.#shares.values()]) share.end(why);
	}

	// ---- what the connection says ------------------------------------------------------

	handleDown(): void {
		for (const share of this.#shares.values()) share.handleDown();
		this.#emit();
	}

	/** Pictures may be lost with it, so each share goes on with a new stream when it is back. */
	handleBulkLost(): void {
		for (const share of this.#shares.values()) {
			const { stream } = share;
			share.handleDown();
			if (stream !== 0) this.ports.close(stream);
		}
		this.#emit();
	}

	/** Both connections stand and the state is known: shares that wait open their streams. */
	handleReady(): void {
		if (this.#shares.size > 0 && !this.ports.mayShare()) return this.endAll('not_presenter');
		for (const share of this.#shares.values()) void share.open();
	}

	handleEpoch(): void {
		for (const share of this.#shares.values()) void share.handleEpoch();
	}

	handleStreamGone(stream: number): void {
		for (const share of [...this.#shares.values()]) share.handleStreamGone(stream);
	}

	handleCredit({ stream, bytes, picture }: StreamCredit): void {
		this.#find(stream)?.handleCredit(Number(bytes), picture);
	}

	handleNeed({ stream, cells }: StreamNeed): void {
		this.#find(stream)?.handleNeed(cells);
	}

	handleStats(stats: StreamStats): void {
		const share = this.#find(stats.stream);
		if (!share) return;
		share.viewers = stats.viewers;
		share.viewersInSync = stats.inSync;
		share.late = Math.max(stats.late, stats.behind.length);
		const { pictures, keys, deltas, previews, dropped, needs, refreshes, unreadable } = stats;
		const [bytes, bytesOut] = [Number(stats.bytes), Number(stats.bytesOut)];
		share.totals = { pictures, bytes, bytesOut, keys, deltas, previews, dropped, needs, refreshes, unreadable };
		share.behind = stats.behind.map(({ member, lagMs, inSync, kbitS }) => {
			return { member: asMember(member), lagMs, inSync, kbitS };
		});
		this.#emit();
	}

	handleReturning(stream: number, on: boolean): void {
		this.#find(stream)?.handleReturning(on);
		this.#emit();
	}

	handleReturned(stream: number, picture: number): void {
		this.#find(stream)?.handleReturned(picture);
		if (this.#soon !== undefined) return;
		this.#soon = setTimeout(() => {
			this.#soon = undefined;
			this.#emit();
		}, RETURNED_EVERY_MS);
	}

	inspect(): Inspection['shares'] {
		this.#wantsDigests = true;
		return [...this.#shares.values()].map((share) => {
			share.wantsDigests = true;
			const stream = share.stream as StreamId;
			return { share: share.key, stream, pictures: [...share.digests], bytes: share.bytesSent };
		});
	}

	#find(stream: number): Share | null {
		for (const share of this.#shares.values()) if (share.stream === stream && stream !== 0) return share;
		return null;
	}

	#tick(): void {
		for (const share of this.#shares.values()) share.tick();
		this.#emit();
	}

	#ended(key: ShareKey, why: ShareEnd): void {
		this.#shares.delete(key);
		this.#screens.delete(key);
		if (this.#shares.size === 0) {
			clearInterval(this.#timer);
			this.#timer = undefined;
		}
		this.events.ended(key, why);
		this.#emit();
	}

	#emit(): void {
		this.events.changed([...this.#shares.values()].map((share) => this.#shown(share)));
	}

	#shown(share: Share): ShownShare {
		const known = this.ports.screenKey(share.stream);
		if (known) this.#screens.set(share.key, known);
		const shape = share.shape;
		return {
			key: share.key,
			screen: this.#screens.get(share.key) ?? ('' as ScreenKey),
			label: share.label,
			state: share.state === 'live' && share.paused !== 'none' ? 'paused' : share.state,
			paused: share.paused,
			width: shape?.width ?? 0,
			height: shape?.height ?? 0,
			fps: share.fps,
			lagMs: share.lagMs,
			returnLagMs: share.returnLagMs,
			kbitS: share.kbitS,
			viewers: share.viewers,
			viewersInSync: share.viewersInSync,
			late: share.late,
			behind: share.behind,
			superseded: share.superseded,
			held: share.held,
			copies: share.copies,
			preference: share.preference,
			totals: share.totals,
		};
	}
}
