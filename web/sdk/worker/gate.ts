// SPDX-License-Identifier: Apache-2.0
// What comes in from others: opened only when it is authentic and its sender may send it, by the
// same table as the server's. Everything else is counted and comes to nothing.
import { PauseMode, StreamClass } from '../gen/session_pb';
import type { Stream } from '../gen/session_pb';
import type { Bytes } from '../shared/bytes';
import type { Counter } from './counter';
import type { Keyring, ReplayMode, SealedObject } from './keys/keyring';
import type { StreamInstance } from './keys/schedule';
import { kindOfStream } from './media/media';
import { Act, ActorBit, OWN_STREAM, TargetBit } from './state/policy';
import type { ActNumber, Policy } from './state/policy';
import type { Replica } from './state/replica';
import type { DataFrame } from './wire/message';

export class Gate {
	constructor(
		private readonly replica: Replica,
		private readonly policy: Policy,
		private readonly keys: Keyring,
		private readonly counter: Counter,
	) {}

	openScreen(frame: DataFrame, stream: Stream): Promise<Bytes | null> {
		const target = OWN_STREAM | TargetBit.SCREEN | TargetBit.ALL;
		return this.#open(frame, stream, 'stateful', Act.SEND_SCREEN, target);
	}

	async openChat(frame: DataFrame): Promise<Bytes | null> {
		const { stream: id, to, from } = frame.header;
		const stream = this.replica.findStream(id);
		if (!stream) return this.#drop('unknown_stream');
		if (stream.streamClass !== StreamClass.STREAM_CHAT) return this.#drop('wrong_class');
		if (to !== 0 && to !== this.replica.me) return this.#drop('not_for_me');
		const act = to === 0 ? Act.SEND_CHAT_PUBLIC : Act.SEND_CHAT_PRIVATE;
		const target = OWN_STREAM | (to === 0 ? TargetBit.ALL : this.replica.targetBits(to, from));
		return this.#open(frame, stream, 'ordered', act, target);
	}

	async openPointer(frame: DataFrame): Promise<Bytes | null> {
		const stream = this.replica.findStream(frame.header.stream);
		if (!stream) return this.#drop('unknown_stream');
		if (stream.streamClass !== StreamClass.STREAM_POINTER) return this.#drop('wrong_class');
		return this.#open(frame, stream, 'ordered', Act.SEND_POINTER, OWN_STREAM | TargetBit.ALL);
	}

	/** A frame of a microphone or camera: while it is open, not paused, and its owner may. */
	async openMedia(id: number, object: SealedObject): Promise<Bytes | null> {
		const stream = this.replica.streams.get(id);
		const kind = stream && kindOfStream(stream);
		if (!stream || !kind) return this.#drop('unknown_stream');
		const what = kind === 'audio' ? TargetBit.AUDIO : TargetBit.VIDEO;
		const paused = stream.paused === PauseMode.PAUSE_NONE ? 0 : TargetBit.PAUSED;
		const act = kind === 'audio' ? Act.SEND_AUDIO : Act.SEND_VIDEO;
		return this.#judge(object, stream, 'windowed', act, OWN_STREAM | what | paused);
	}

	/** Rights are those of the moment in which it came; only then is anything awaited. */
	async #open(
		frame: DataFrame, stream: Stream, mode: ReplayMode, act: ActNumber, target: number,
	): Promise<Bytes | null> {
		if (frame.header.from !== stream.from) return this.#drop('wrong_sender');
		return this.#judge(frame, stream, mode, act, target);
	}

	async #judge(
		object: SealedObject, stream: Stream, mode: ReplayMode, act: ActNumber, target: number,
	): Promise<Bytes | null> {
		const instance = this.#instanceOf(stream);
		if (!instance) return this.#drop('wrong_sender');
		const isSharing = act === Act.SEND_POINTER && this.replica.isSharing(stream.from);
		const actor = this.replica.actorBits(stream.from) | (isSharing ? ActorBit.SHARING : 0);
		if (!this.policy.allows(act, actor, target, this.replica.sessionBits())) return this.#drop('not_allowed');
		return this.keys.open(object, instance, mode);
	}

	#instanceOf(stream: Stream): StreamInstance | null {
		const member = this.replica.findMember(stream.from);
		if (!member) return null;
		const [deviceKey, nonce] = [new Uint8Array(member.deviceKey), new Uint8Array(stream.nonce)];
		return { from: stream.from, deviceKey, stream: stream.id, nonce };
	}

	#drop(why: Parameters<Counter['add']>[0]): null {
		this.counter.add(why);
		return null;
	}
}
