// SPDX-License-Identifier: Apache-2.0
// What the SDK shows to the outside. Plain data only: every value here may cross postMessage.
// States are discriminated unions, ids are branded numbers, times are Unix milliseconds.

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type MemberId = Branded<number, 'member'>;
export type StreamId = Branded<number, 'stream'>;
/** One shared screen as people see it. Outlives reconnects, when its stream id changes. */
export type ScreenKey = Branded<string, 'screen'>;
/** One share of mine. */
export type ShareKey = Branded<number, 'share'>;

// ---- link -----------------------------------------------------------------------------

/** What the address bar said. The secrets themselves never leave the SDK. */
export type Link =
	| { readonly kind: 'none' } // not a /j/ page: the front page
	| { readonly kind: 'number'; readonly number: string } // digits alone
	| { readonly kind: 'attendee'; readonly number: string; readonly keys: KeyMode }
	| { readonly kind: 'organizer'; readonly number: string; readonly keys: KeyMode }
	| { readonly kind: 'broken'; readonly number: string }; // fragment unreadable: say "the link is cut off"

/** Who makes the keys, as the link decides. 'end_to_end' cannot be joined by this version yet. */
export type KeyMode = 'service' | 'end_to_end';

// ---- joining --------------------------------------------------------------------------

export interface JoinRequest {
	/** Nine digits; taken from the link when absent. */
	readonly number?: string;
	readonly name: string;
	readonly password?: string;
	/** Wait in the lobby: digits without a password, or a locked session. */
	readonly knock?: boolean;
}

export type JoinAnswer =
	| { readonly kind: 'admitted'; readonly title: string } // the connection is being made; see Status
	| { readonly kind: 'lobby'; readonly title: string }
	| { readonly kind: 'password_or_knock' }
	| { readonly kind: 'refused' } // wrong password, unknown, ended, wrong link: one answer
	| { readonly kind: 'locked' } // may be repeated with knock
	| { readonly kind: 'ended' }
	| { readonly kind: 'too_many'; readonly retryAfterS: number }
	| { readonly kind: 'offline' } // no answer from the server
	| { readonly kind: 'not_now' } // the server cannot keep it: disk full, restarting
	| { readonly kind: 'unsupported'; readonly missing: readonly MissingFeature[] }
	| { readonly kind: 'newer_link' }; // an end-to-end link: this version must not join it

// ---- status ---------------------------------------------------------------------------

export type Status =
	| { readonly kind: 'idle' }
	| { readonly kind: 'joining' } // POST under way
	| { readonly kind: 'connecting' } // first connection after it
	| { readonly kind: 'waiting'; readonly locked: boolean; readonly title: string }
	| { readonly kind: 'joined'; readonly resumed: boolean }
	/** Link lost; the last picture stays. nextTryAt is 0 while a try is under way. */
	| {
			readonly kind: 'reconnecting';
			readonly attempt: number;
			readonly sinceMs: number;
			readonly nextTryAt: number;
			readonly online: boolean;
		}
	| { readonly kind: 'left' } // by leave()
	| { readonly kind: 'closed'; readonly reason: CloseReason; readonly text: string };

/** Why the server closed for good. useHere() answers 'elsewhere', location.reload() 'reload'. */
export type CloseReason =
	| 'reload' // another protocol version
	| 'refused' // token or ticket no longer accepted: join again
	| 'removed'
	| 'barred'
	| 'denied' // from the lobby
	| 'ended'
	| 'elsewhere' // this member came in by another tab
	| 'protocol' // we broke the protocol: our bug, show a code
	| 'too_much'
	| 'full'
	| 'lobby_timeout'
	| 'gone'; // away too long, the seat was given up

// ---- session --------------------------------------------------------------------------

export type Role = 'waiting' | 'attendee' | 'organizer';
export type ClientKind = 'unknown' | 'browser' | 'native';
export type Path = 'unknown' | 'tls' | 'away';

export interface Member {
	readonly id: MemberId;
	readonly name: string;
	readonly me: boolean;
	readonly role: Role;
	readonly presenter: boolean;
	readonly mayChatPublic: boolean;
	readonly mayChatPrivate: boolean;
	readonly mayShare: boolean;
	readonly mayAudio: boolean;
	readonly mayVideo: boolean;
	/** Place in the queue of hands, 1 = first, 0 = down. */
	readonly hand: number;
	readonly client: ClientKind;
	readonly path: Path;
	readonly joinedMs: number;
	readonly removedBefore: boolean;
	readonly byLink: boolean;
	readonly rttMs: number;
	readonly successor: boolean;
	/** What I may do to this member now. Filled from the policy table, never by the app. */
	readonly actions: readonly Action[];
}

export interface Settings {
	readonly locked: boolean;
	readonly lobby: boolean;
	readonly open: boolean; // everyone may present
	readonly chatPublic: boolean;
	readonly chatPrivate: boolean;
	readonly audio: boolean; // attendees may open a microphone
	readonly video: boolean; // and a camera
	readonly presenter: MemberId; // 0 = nobody
	readonly organizer: MemberId;
}

export interface Barred {
	readonly member: MemberId;
	readonly name: string;
}

/** Everything about the room. A new object at every change (coalesced to one per frame). */
export interface SessionView {
	readonly number: string;
	readonly title: string;
	readonly startedMs: number;
	/** Server clock minus ours, to show times right. */
	readonly clockSkewMs: number;
	readonly me: MemberId;
	/** Admitted, in order of joining. */
	readonly members: readonly Member[];
	/** Waiters: only for those who may admit. */
	readonly waiting: readonly Member[];
	readonly settings: Settings;
	readonly barred: readonly Barred[];
	/** What I may do now, apart from actions on one member. */
	readonly actions: readonly Action[];
	readonly keys: { readonly mode: KeyMode; readonly epoch: number };
}

/** Names of the rows of the policy table (core/session/policy), shared with the server. */
export type Action =
	| 'chat_public'
	| 'chat_private'
	| 'share_screen'
	| 'raise_hand'
	| 'lower_hand'
	| 'take_presenter'
	| 'make_presenter'
	| 'set_locked'
	| 'set_lobby'
	| 'set_open'
	| 'set_chat'
	| 'set_share_right'
	| 'admit'
	| 'deny'
	| 'remove'
	| 'bar'
	| 'to_lobby'
	| 'unbar'
	| 'hand_over'
	| 'end_session'
	| 'lobby_text'
	| 'open_audio'
	| 'open_video'
	| 'mute'
	| 'set_media_right';

// ---- audio and video --------------------------------------------------------------------

/** Why a microphone or a camera is not on although it was asked for. */
export type DeviceProblem =
	| 'refused' // the person, or the system, said no
	| 'revoked' // said yes and later no
	| 'no_device'
	| 'in_use' // another program has it
	| 'unplugged'
	| 'system_muted' // the system gives silence or black
	| 'not_allowed' // the organizer does not let attendees, or this one
	| 'stopped' // by the organizer; the person may start it again
	| 'no_codec' // nothing that browser and server both speak
	| 'unsupported' // the browser cannot encrypt frames, or has no WebRTC
	| 'failed';

export interface Device {
	readonly id: string;
	readonly label: string;
}

/** My microphone or camera. */
export interface OwnDevice {
	readonly state:
		| 'off'
		| 'asking' // the browser asks the person
		| 'preview' // it is on, nobody hears or sees it: not in the room yet
		| 'connecting'
		| 'on'
		| 'muted';
	/** Muted by the organizer, not by me. */
	readonly byOrganizer: boolean;
	readonly problem: DeviceProblem | null;
	/** Id of the device in use; '' when there is none. */
	readonly device: string;
	readonly devices: readonly Device[];
}

export type MediaPath = 'unknown' | 'udp' | 'tcp';

/** What this network lets through to the server, found out before anybody speaks. */
export interface PathTrial {
	readonly state: 'untried' | 'trying' | 'done';
	/** Milliseconds there and back; null: nothing came back. */
	readonly udpMs: number | null;
	readonly tcpMs: number | null;
}

/** My way to the media process. */
export type MediaState =
	| 'off' // nothing to hear or to send
	| 'connecting'
	| 'connected'
	| 'reconnecting' // it was there and comes back by itself
	| 'blocked' // neither UDP nor TCP gets through
	| 'unavailable' // the server has no media just now
	| 'unsupported';

export type QualityGrade = 'unknown' | 'good' | 'fair' | 'poor' | 'lost';
export type QualityReason =
	| 'none' | 'loss_up' | 'loss_down' | 'delay' | 'bandwidth_up' | 'bandwidth_down' | 'tcp' | 'silent';

export interface MediaQuality {
	readonly grade: QualityGrade;
	readonly reason: QualityReason;
	readonly path: MediaPath;
	readonly rttMs: number;
	/** Per cent. */
	readonly lossUp: number;
	readonly lossDown: number;
	readonly kbitUp: number;
	readonly kbitDown: number;
}

/** What comes to me of a member's camera. */
export interface MediaLayer {
	readonly member: MemberId;
	/** False: nothing, since it is not shown here, or the line does not carry it. */
	readonly on: boolean;
	/** Which of its sizes, 0 the smallest. */
	readonly spatial: number;
	readonly kbit: number;
}

/** Who speaks, and how good everybody's line is: as the server says. */
export interface MediaPeople {
	readonly active: MemberId;
	/** The loudest first; level in -dBov, 0 is the loudest. */
	readonly speaking: readonly { readonly member: MemberId; readonly level: number }[];
	readonly qualities: readonly (MediaQuality & { readonly member: MemberId })[];
	readonly layers: readonly MediaLayer[];
}

/** What one member sends. */
export interface MediaMember {
	readonly member: MemberId;
	readonly audio: 'none' | 'on' | 'muted';
	readonly video: 'none' | 'on' | 'paused';
	/** False: what he sends cannot be played here (no common codec). */
	readonly playable: boolean;
}

/** Percent of frames that waited for longer than is noticed; null: there were none, or it is not known. */
export interface SealingView {
	readonly latePercent: number | null;
	readonly worstMs: number;
	readonly leftOut: number;
	/** It falls behind for so long that it has to be said. */
	readonly isBehind: boolean;
}

export interface MediaView {
	readonly state: MediaState;
	readonly path: MediaPath;
	readonly trial: PathTrial;
	readonly microphone: OwnDevice;
	readonly camera: OwnDevice;
	readonly speakers: readonly Device[];
	readonly speaker: string;
	/** Members who have a microphone or a camera open, me included. */
	readonly members: readonly MediaMember[];
	/** The browser plays no sound before the person presses something: playSound(). */
	readonly soundBlocked: boolean;
	/** The computer is too slow for what it sends. */
	readonly overloaded: boolean;
	/** How encryption got on in the last seconds of a call. */
	readonly sealing: SealingView;
}

// ---- screens --------------------------------------------------------------------------

export type PauseMode = 'none' | 'frozen' | 'blank';
/** What a share gives up first on a thin line; text: nothing but time, it is never lossy. */
export type SharePreference = 'automatic' | 'text' | 'motion';

/** A shared screen, mine included (its canvas then shows what comes back from the server). */
export interface Screen {
	readonly key: ScreenKey;
	readonly from: MemberId;
	readonly fromName: string;
	readonly mine: boolean;
	readonly label: string;
	readonly width: number;
	readonly height: number;
	readonly paused: PauseMode;
	readonly state:
		| 'opening' // no picture yet
		| 'live'
		| 'unreadable' // what comes cannot be read; it was asked for once
		| 'catching_up' // pictures are lost, a newer one is being fetched; the old one is shown
		| 'interrupted'; // my link or the presenter's is lost; the last picture stays, dim it
	/** Time of the newest picture drawn, 0 before the first; told with the next change of the rest. */
	readonly pictureAt: number;
}

/** The presenter's pointer, which no picture contains. */
export interface Pointer {
	/** Null: it is on none of them. */
	readonly screen: ScreenKey | null;
	/** Its hot spot, in pixels of the screen's picture. */
	readonly x: number;
	readonly y: number;
	/** Changes when the image does; 0 and without an image: draw an arrow. */
	readonly shape: number;
	readonly image: PointerImage | null;
}
export interface PointerImage {
	readonly width: number;
	readonly height: number;
	readonly hotX: number;
	readonly hotY: number;
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** My own share, for the presenter's panel. */
export interface Share {
	readonly key: ShareKey;
	readonly screen: ScreenKey;
	readonly label: string;
	readonly state:
		| 'opening'
		| 'live'
		| 'paused'
		| 'interrupted'; // link lost: reopens by itself
	readonly paused: PauseMode;
	readonly width: number;
	readonly height: number;
	readonly fps: number;
	/** Capture to acknowledged by the relay. */
	readonly lagMs: number;
	/**
	 * Age of what the viewers see: how long the newest picture took from capture to the server and back, or
	 * for how long a newer one has been awaited. Null while the return picture is not looked at.
	 */
	readonly returnLagMs: number | null;
	readonly kbitS: number;
	readonly viewers: number;
	readonly viewersInSync: number;
	/** How many lag, named in behind or not. */
	readonly late: number;
	/** The worst of them, the worst first. */
	readonly behind: readonly Lagging[];
	/** Captures that were never sent, because a newer one came or the line was full. */
	readonly superseded: number;
	/** Cells of the picture that viewers see as a lossy preview just now; 0: all of it is exact. */
	readonly held: number;
	/** Content that was found moved, and copied instead of being sent. */
	readonly copies: number;
	readonly preference: SharePreference;
	/** What the server has counted since this stream was opened; null before it said so. */
	readonly totals: ShareTotals | null;
}
export interface ShareTotals {
	readonly pictures: number;
	readonly bytes: number;
	readonly bytesOut: number;
	/** Frames: whole cells, changes, lossy previews; those that were not taken. */
	readonly keys: number;
	readonly deltas: number;
	readonly previews: number;
	readonly dropped: number;
	/** Requests for cells to me; of viewers; and of these because they could not read what came. */
	readonly needs: number;
	readonly refreshes: number;
	readonly unreadable: number;
}
export interface Lagging {
	readonly member: MemberId;
	readonly lagMs: number;
	readonly inSync: boolean;
	readonly kbitS: number;
}

export type ShareEnd =
	| 'stopped' // by stopShare()
	| 'source_ended' // the browser's own "Stop sharing"
	| 'not_presenter' // the right or the presenter's place was taken or passed on
	| 'session_over'
	| 'failed'; // capture or coding broke

export type PickResult =
	| { readonly kind: 'picked'; readonly source: CaptureSource }
	| { readonly kind: 'cancelled' } // the person said no in the browser's dialog
	| { readonly kind: 'failed'; readonly code: string } // NotReadableError and the like
	| { readonly kind: 'unsupported'; readonly missing: readonly MissingFeature[] };

/** What pickScreen() returned; give it to startShare() or changeSource() once. */
export interface CaptureSource {
	readonly label: 'monitor' | 'window' | 'browser' | 'unknown';
	/** Ends the capture unused. */
	cancel(): void;
}

export type ShareResult =
	| { readonly kind: 'sharing'; readonly share: ShareKey }
	| { readonly kind: 'refused'; readonly reason: RefusalReason };

// ---- chat and lobby -------------------------------------------------------------------

export interface ChatMessage {
	/** Unique and stable in this tab. */
	readonly id: string;
	readonly from: MemberId;
	/** Kept with the message: the sender may have gone. */
	readonly fromName: string;
	readonly mine: boolean;
	/** 0 = to all; else private, readable by the server as the lock says. */
	readonly to: MemberId;
	readonly toName: string;
	readonly text: string;
	readonly at: number;
	readonly state: 'sending' | 'sent' | 'failed' | 'received';
}

export interface LobbyMessage {
	readonly id: string;
	/** The waiter this talk is with (0 when I am the waiter). */
	readonly waiter: MemberId;
	readonly mine: boolean;
	readonly text: string;
	readonly at: number;
}

// ---- commands -------------------------------------------------------------------------

export type RefusalReason =
	| 'denied' // you may not do that
	| 'stale' // the thing it was about is gone
	| 'invalid'
	| 'busy'
	| 'not_now' // the store cannot keep it (disk full, read only, control away)
	| 'too_many'
	| 'locked'
	| 'unknown_member'
	| 'outraced' // somebody else was first
	| 'offline' // no connection: not sent, or its answer was lost
	| 'too_long';

export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly reason: RefusalReason };

// ---- features -------------------------------------------------------------------------

export type Feature =
	| 'secure_context'
	| 'webassembly'
	| 'webassembly_simd'
	| 'worker'
	| 'offscreen_canvas'
	| 'websocket'
	| 'web_crypto'
	| 'ed25519'
	| 'display_capture' // getDisplayMedia
	| 'frame_capture'; // MediaStreamTrackProcessor or VideoFrame: sharing only

export interface MissingFeature {
	readonly feature: Feature;
	/** 'everything': cannot join. 'sharing': viewing works. */
	readonly blocks: 'everything' | 'sharing';
	/** Key of one sentence in the catalogue, "missing.<feature>". */
	readonly sentence: `missing.${Feature}`;
}

export interface MediaInspection {
	readonly state: MediaState;
	readonly path: MediaPath;
	readonly receiving: readonly {
		readonly member: MemberId;
		readonly kind: 'audio' | 'video';
		readonly packets: number;
		readonly lost: number;
		/** Of what was heard so far: grows with sound, not with silence. */
		readonly energy: number;
		readonly framesDecoded: number;
		readonly width: number;
		readonly height: number;
	}[];
	readonly sending: readonly { readonly kind: 'audio' | 'video'; readonly packets: number; readonly layers: number }[];
}

// ---- inspection (tests and the "details" page; hashes and counts only) -----------------

export interface Inspection {
	/** Audio and video: what the browser's own statistics say, and what was sealed and opened. */
	readonly media: MediaInspection;
	/** Dropped things by reason, since the page was loaded. */
	readonly dropped: Readonly<Record<string, number>>;
	/** One line per sending key: SHA-256 of it in hex and the counters used, never the key. */
	readonly keysUsed: readonly { readonly keyHash: string; readonly first: number; readonly last: number }[];
	readonly screens: readonly {
		readonly screen: ScreenKey;
		readonly stream: StreamId;
		readonly picture: number;
		/** tsr_picture_digest() of the picture shown, 16 hex digits. */
		readonly digest: string;
		readonly bytes: number;
	}[];
	readonly shares: readonly {
		readonly share: ShareKey;
		readonly stream: StreamId;
		/**
		 * Newest pictures sent with the same digest of what was captured, oldest first; kept from
		 * the first inspect() on.
		 */
		readonly pictures: readonly { readonly picture: number; readonly digest: string }[];
		readonly bytes: number;
	}[];
}

// ---- events ---------------------------------------------------------------------------

export interface ClientEvents {
	media: MediaView;
	people: MediaPeople;
	status: Status;
	session: SessionView;
	screens: readonly Screen[];
	pointer: Pointer;
	shares: readonly Share[];
	shareEnded: { readonly share: ShareKey; readonly why: ShareEnd };
	/** A new message, or a known one (same id) whose state changed. */
	chat: ChatMessage;
	lobbyText: LobbyMessage;
	/** Client.missing grew: an API failed its trial run. */
	missing: readonly MissingFeature[];
}
