// SPDX-License-Identifier: Apache-2.0
// The worker: answers the page's calls by id. Calls wait until the codec is loaded.
import type {
	CallName, FromWorker, JoinCall, LinkSecrets, Request, StartConfig, WorkerCalls, WorkerEvents,
} from '../shared/rpc';
import { warmUp } from './codec/warm';
import { loadCodec } from './codec/wasm';
import { loadDevice } from './link/device';
import type { Transformer } from './media/transforms';
import { Room } from './room';

const scope = self as unknown as {
	postMessage(message: FromWorker): void;
	onmessage: ((event: MessageEvent<Request>) => void) | null;
	onrtctransform: ((event: { readonly transformer: Transformer }) => void) | null;
};

function emit<E extends keyof WorkerEvents>(event: E, value: WorkerEvents[E]): void {
	scope.postMessage({ event, value } as FromWorker);
}

type Handlers = {
	[N in Exclude<CallName, 'start'>]: (
		room: Room,
		...args: WorkerCalls[N]['args']
	) => WorkerCalls[N]['result'] | Promise<WorkerCalls[N]['result']>;
};

const HANDLERS: Handlers = {
	join: (room, call) => room.join(call),
	resume: (room, link, seat) => room.resume(link, seat),
	leave: (room) => room.leave(),
	useHere: (room) => room.useHere(),
	retryNow: (room) => room.retryNow(),
	hint: (room, { online }) => room.hint(online),
	command: (room, command) => room.command(command),
	sendChat: (room, text, to) => room.sendChat(text, to),
	askPaths: (room) => room.askPaths(),
	attachCanvas: (room, screen, canvas) => room.attachCanvas(screen, canvas),
	detachCanvas: (room, screen) => room.detachCanvas(screen),
	startShare: (room, source) => room.startShare(source),
	changeSource: (room, share, source) => room.changeSource(share, source),
	preferShare: (room, share, preference) => room.preferShare(share, preference),
	pauseShare: (room, share, mode) => room.pauseShare(share, mode),
	stopShare: (room, share) => room.stopShare(share),
	mediaJoin: (room) => room.media.join(),
	mediaConnect: (room, direction, dtls) => room.media.connect(direction, dtls),
	mediaSilent: async (room) => room.raceConnection(),
	mediaRestart: (room, direction) => room.media.restart(direction),
	mediaOpen: (room, kind, token, rtp) => room.media.open(kind, token, rtp),
	mediaHeld: (room, on) => room.media.hold(on),
	mediaPause: (room, stream, on) => room.media.pause(stream, on),
	mediaClose: (room, stream) => room.media.close(stream),
	mediaSubscribe: (room, stream, on) => room.media.subscribe(stream, on),
	mediaLoad: (room) => room.transforms.load(),
	mediaWant: (room, wants) => room.media.want(wants),
	inspect: (room) => room.inspect(),
};

let room: Promise<Room> | null = null;
/** Aborted when somebody joins: then there is better to do. */
const warmingUp = new AbortController();

/** What joining waits for and needs no codec for goes on while that is loaded. */
function prepareFor(link: LinkSecrets): void {
	warmingUp.abort();
	loadDevice(link).catch(() => undefined);
}

async function createRoom({ origin, wasmUrl }: StartConfig): Promise<Room> {
	const codec = await loadCodec(wasmUrl);
	void warmUp(codec, warmingUp.signal);
	return new Room(origin, codec, emit);
}

async function answer({ call, args }: Request): Promise<unknown> {
	if (call === 'start') {
		room = createRoom(args[0] as StartConfig);
		await room;
		return undefined;
	}
	if (!room) throw new Error('start first');
	if (call === 'join' || call === 'resume') prepareFor(call === 'join' ? (args[0] as JoinCall).link : (args[0] as LinkSecrets));
	const handler = HANDLERS[call] as (room: Room, ...args: readonly unknown[]) => unknown;
	return handler(await room, ...args);
}

scope.onmessage = ({ data }) => {
	answer(data).then(
		(value) => scope.postMessage({ reply: data.id, value }),
		(error: unknown) => scope.postMessage({ reply: data.id, error: error instanceof Error ? error.message : String(error) }),
	);
};

/** Frames of a sender or receiver in the page go through here. */
scope.onrtctransform = ({ transformer }) => {
	void room?.then((room) => room.transforms.run(transformer));
};
