// SPDX-License-Identifier: Apache-2.0
// What page and worker say to each other. Requests carry an id and are answered once; events
// go from the worker only. Streams and canvases are transferred, never copied.
import type {
	ConsumerSetup, ConsumerWant, Direction, DtlsParameters, IceParameters, MediaKind, MediaOpened, MediaRoom, MediaSetup,
	SealingLoad,
	SentRtp,
} from './media';
import type {
	ClientEvents, CommandResult, Inspection, JoinAnswer, MemberId, PauseMode, ScreenKey, ShareKey, SharePreference, ShareResult,
} from './types';

/** Secrets of the link, base64url-decoded. They go to the worker and nowhere else. */
export interface LinkSecrets {
	readonly number: string;
	readonly kind: 'number' | 'attendee' | 'organizer';
	/** link_secret or the organizer's secret, 32 bytes; empty for digits alone. */
	readonly secret: Uint8Array;
	/** SHA-256("link" || meeting key)[0..16] of an attendee's link; else empty. */
	readonly pin: Uint8Array;
}

/** What a tab must remember to come back as the same member. */
export interface SavedSeat {
	readonly number: string;
	readonly kind: LinkSecrets['kind'];
	readonly name: string;
	readonly ticket: string;
}

export interface StartConfig {
	/** https origin of the page, "https://host:port". */
	readonly origin: string;
	readonly wasmUrl: string;
}

export interface JoinCall {
	readonly link: LinkSecrets;
	readonly name: string;
	readonly password?: string;
	readonly knock?: boolean;
}

export interface SourceCall {
	/** Or, where there is no such stream, a port that answers every message with a Grabbed. */
	readonly frames: ReadableStream<VideoFrame> | MessagePort;
	readonly label: string;
}

/** 'none': there is no frame yet. */
export type Grabbed = VideoFrame | 'none' | 'ended';

export type Command =
	| { readonly kind: 'set_hand'; readonly member: MemberId; readonly up: boolean }
	| { readonly kind: 'take_presenter' }
	| { readonly kind: 'make_presenter'; readonly member: MemberId }
	| { readonly kind: 'set_locked' | 'set_lobby' | 'set_open'; readonly on: boolean }
	| {
			readonly kind: 'set_chat';
			readonly member: MemberId;
			readonly publicAllowed: boolean;
			readonly privateAllowed: boolean;
	  }
	| { readonly kind: 'set_share_right'; readonly member: MemberId; readonly allowed: boolean }
	| { readonly kind: 'mute'; readonly member: MemberId; readonly audio: boolean; readonly video: boolean }
	| {
			readonly kind: 'set_media_right';
			readonly member: MemberId;
			readonly audioAllowed: boolean;
			readonly videoAllowed: boolean;
	  }
	| { readonly kind: 'admit'; readonly member: MemberId }
	| { readonly kind: 'deny'; readonly member: MemberId; readonly text: string }
	| { readonly kind: 'remove'; readonly member: MemberId; readonly bar: boolean; readonly toLobby: boolean }
	| { readonly kind: 'unbar'; readonly member: MemberId }
	| { readonly kind: 'hand_over'; readonly member: MemberId }
	| { readonly kind: 'end_session' }
	| { readonly kind: 'lobby_text'; readonly member: MemberId; readonly text: string };

/** The worker's calls: argument tuple and result. */
export interface WorkerCalls {
	start: { args: [config: StartConfig]; result: void };
	join: { args: [call: JoinCall]; result: JoinAnswer };
	resume: { args: [link: LinkSecrets, seat: SavedSeat]; result: void };
	leave: { args: []; result: void };
	useHere: { args: []; result: void };
	retryNow: { args: []; result: void };
	hint: { args: [hint: { readonly online: boolean; readonly visible: boolean }]; result: void };
	command: { args: [command: Command]; result: CommandResult };
	sendChat: { args: [text: string, to: MemberId]; result: CommandResult };
	askPaths: { args: []; result: void };
	attachCanvas: { args: [screen: ScreenKey, canvas: OffscreenCanvas]; result: void };
	detachCanvas: { args: [screen: ScreenKey]; result: void };
	startShare: { args: [source: SourceCall]; result: ShareResult };
	changeSource: { args: [share: ShareKey, source: SourceCall]; result: CommandResult };
	pauseShare: { args: [share: ShareKey, mode: PauseMode]; result: CommandResult };
	preferShare: { args: [share: ShareKey, preference: SharePreference]; result: CommandResult };
	stopShare: { args: [share: ShareKey]; result: void };
	mediaJoin: { args: []; result: MediaSetup | null };
	mediaConnect: { args: [direction: Direction, dtls: DtlsParameters]; result: boolean };
	/** Nothing comes by the transports any more: the network may be another. */
	mediaSilent: { args: []; result: void };
	mediaRestart: { args: [direction: Direction]; result: IceParameters | null };
	mediaOpen: { args: [kind: MediaKind, token: number, rtp: SentRtp]; result: MediaOpened };
	mediaHeld: { args: [on: boolean]; result: void };
	mediaPause: { args: [stream: number, on: boolean]; result: CommandResult };
	mediaClose: { args: [stream: number]; result: void };
	mediaSubscribe: { args: [stream: number, on: boolean]; result: ConsumerSetup | null };
	mediaLoad: { args: []; result: SealingLoad };
	mediaWant: { args: [wants: readonly ConsumerWant[]]; result: void };
	inspect: { args: []; result: WorkerInspection };
}

export type CallName = keyof WorkerCalls;

export interface Request<N extends CallName = CallName> {
	readonly id: number;
	readonly call: N;
	readonly args: WorkerCalls[N]['args'];
}

/** What the worker alone knows of it. */
export type WorkerInspection = Omit<Inspection, 'media'>;

/** Events of the worker: the public ones and what the page does for it. */
export interface WorkerEvents extends Omit<ClientEvents, 'media'> {
	mediaRoom: MediaRoom;
	/** Transports are no more; there will be others after so long. */
	mediaGone: number;
	/** Keep (or with null forget) the seat in sessionStorage. */
	seat: SavedSeat | null;
	/** Stop the source of this share, which has ended: it is no longer read. */
	sourceReleased: ShareKey;
}

export type FromWorker =
	| { readonly reply: number; readonly value: unknown }
	| { readonly reply: number; readonly error: string }
	| { [E in keyof WorkerEvents]: { readonly event: E; readonly value: WorkerEvents[E] } }[keyof WorkerEvents];
