// SPDX-License-Identifier: Apache-2.0
// The session as its owner announced it: members, streams and settings by State deltas.
// Bytes in, what changed out; decides nothing.
import { Path, PauseMode, Role, StreamClass } from '../../gen/session_pb';
import type { Barred, Member, Settings, State, Stream } from '../../gen/session_pb';
import type { Counter } from '../counter';
import { actorBits, sessionBits, targetBits } from './policy';
import { cleanName } from './text';

/** Streams and members that are gone are remembered: frames kept by the server may come later. */
const PAST_MAX = 1024;
/** More than a session can have (docs/protocol.md 3.7), so more is a server's trick. */
const MEMBERS_MAX = 2200;
const STREAMS_MAX = 4 * MEMBERS_MAX;

export interface Change {
	readonly full: boolean;
	readonly streamsNew: readonly Stream[];
	readonly streamsChanged: readonly Stream[];
	readonly streamsGone: readonly Stream[];
	readonly membersGone: readonly number[];
}

function remember<T>(past: Map<number, T>, id: number, value: T): void {
	past.delete(id);
	past.set(id, value);
	const [oldest] = past.keys();
	if (past.size > PAST_MAX && oldest !== undefined) past.delete(oldest);
}

export class Replica {
	me = 0;
	seq = 0n;
	/** Deltas that did not follow the one before; a full State repairs it. */
	gaps = 0;
	settings: Settings | null = null;
	barred: readonly Barred[] = [];
	readonly members = new Map<number, Member>();
	readonly streams = new Map<number, Stream>();
	#rtts: ReadonlyMap<number, number> = new Map();
	readonly #pastMembers = new Map<number, Member>();
	readonly #pastStreams = new Map<number, Stream>();

	constructor(private readonly counter: Counter) {}

	apply(state: State): Change {
		const known = new Map(this.streams);
		const gone = new Set(state.membersGone);
		if (state.full) {
			for (const id of this.members.keys()) gone.add(id);
			for (const member of state.members) gone.delete(member.id);
			this.streams.clear();
			this.settings = null;
			this.barred = [];
		} else if (state.stateSeq !== this.seq + 1n && state.stateSeq !== this.seq) this.gaps += 1;
		this.seq = state.stateSeq;
		for (const id of gone) this.#forgetMember(id);
		for (const member of state.members) this.#keep(this.members, member, MEMBERS_MAX);
		for (const id of state.streamsGone) this.streams.delete(id);
		for (const stream of state.streams) this.#keep(this.streams, stream, STREAMS_MAX);
		if (state.settings) {
			this.settings = state.settings;
			this.barred = state.barred;
		}
		return this.#change(state, known, [...gone]);
	}

	/** A stream that is open, or was in this tab's time. */
	findStream(id: number): Stream | null {
		return this.streams.get(id) ?? this.#pastStreams.get(id) ?? null;
	}

	/** A member that is here, or was in this tab's time. */
	findMember(id: number): Member | null {
		return this.members.get(id) ?? this.#pastMembers.get(id) ?? null;
	}

	nameOf(id: number): string {
		return cleanName(this.findMember(id)?.name ?? '');
	}

	/** Round-trip times of all who were present when the server said so. */
	keepPaths(members: readonly number[], rttMs: readonly number[]): void {
		this.#rtts = new Map(members.slice(0, MEMBERS_MAX).map((id, at) => [id, rttMs[at] ?? 0]));
	}

	/** 0: not known. */
	rttOf(id: number): number {
		return this.#rtts.get(id) ?? 0;
	}

	isAway(id: number): boolean {
		return this.members.get(id)?.path === Path.AWAY;
	}

	actorBits(id: number): number {
		const member = this.findMember(id);
		return member ? actorBits(member) : 0;
	}

	/** Shows a screen that is not paused. */
	isSharing(id: number): boolean {
		for (const stream of this.streams.values())
			if (stream.from === id && stream.streamClass === StreamClass.STREAM_SCREEN && stream.paused === PauseMode.PAUSE_NONE)
				return true;
		return false;
	}

	targetBits(id: number, actor: number): number {
		const member = this.findMember(id);
		return member ? targetBits(member, id === actor, this.isAway(id)) : 0;
	}

	sessionBits(): number {
		return this.settings ? sessionBits(this.settings) : 0;
	}

	/** In order of joining; waiters apart. */
	roster(): { readonly inside: readonly Member[]; readonly waiting: readonly Member[] } {
		const all = [...this.members.values()].sort((a, b) => Number(a.joinedMs - b.joinedMs) || a.id - b.id);
		return {
			inside: all.filter((member) => member.role !== Role.WAITING),
			waiting: all.filter((member) => member.role === Role.WAITING),
		};
	}

	clear(): void {
		this.me = 0;
		this.seq = 0n;
		this.settings = null;
		this.barred = [];
		this.#rtts = new Map();
		for (const map of [this.members, this.streams, this.#pastMembers, this.#pastStreams]) map.clear();
	}

	#keep<T extends { readonly id: number }>(all: Map<number, T>, one: T, max: number): void {
		if (all.size < max || all.has(one.id)) all.set(one.id, one);
		else this.counter.add('overflow');
	}

	#forgetMember(id: number): void {
		const member = this.members.get(id);
		this.members.delete(id);
		if (member) remember(this.#pastMembers, id, member);
	}

	#change(state: State, known: ReadonlyMap<number, Stream>, membersGone: readonly number[]): Change {
		const streamsGone = [...known.values()].filter((stream) => !this.streams.has(stream.id));
		for (const stream of streamsGone) remember(this.#pastStreams, stream.id, stream);
		const told = state.streams.filter((stream) => this.streams.get(stream.id) === stream);
		return {
			full: state.full,
			streamsNew: told.filter((stream) => !known.has(stream.id)),
			streamsChanged: told.filter((stream) => known.has(stream.id)),
			streamsGone,
			membersGone,
		};
	}
}
