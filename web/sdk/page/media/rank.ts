// SPDX-License-Identifier: Apache-2.0
// Which path a browser takes after a restart of ICE, and how soon. It compares what works now with what worked before by the
// candidates' priorities, and believes in the old until nothing came for 3.5 s: so long the dead path wins if its priority
// is higher. The server's priorities are lower than any of the browser's own, so they are the ones that count
// (RFC 8445 6.1.2.3), and here each restart ranks above all before it. And since a browser checks one pair each 50 ms,
// the first restart offers what worked, by UDP and by TCP, and not every address and port there is.

/** More than lies between any two candidates of a server: priority_of() in server/media/pack.c. */
const STEP = 1024 * 256;
/** What comes out stays below the browser's own, of which those of TCP are the lowest: 90 << 24. */
const RESTARTS_MAX = 1000;

/** Where the server is reached now. */
export interface Reached {
	readonly address: string;
	readonly port: number;
}
export interface Restarts {
	readonly count: number;
	/** What worked last; null: all that is offered. */
	readonly only: Reached | null;
}

/** What is needed of an RTCPeerConnection. */
interface Description {
	readonly type: 'answer' | 'offer' | 'pranswer' | 'rollback';
	readonly sdp?: string;
}
interface Peer {
	setRemoteDescription(said: Description): Promise<void>;
}

const isOfSix = (address: string): boolean => address.includes(':');

/** At the same port; another address only of the other family, which may be the only one of the next network. */
function isLike(only: Reached, address: string, port: number): boolean {
	return port === only.port && (address === only.address || isOfSix(address) !== isOfSix(only.address));
}

/** The server's description, with the candidates of these restarts. */
export function ranked(sdp: string, { count, only }: Restarts): string {
	const more = STEP * Math.min(count, RESTARTS_MAX);
	const lines = sdp.split('\r\n').flatMap((line) => {
		const [, head, priority, address = '', port, rest] = /^(a=candidate:\S+ \d+ \S+ )(\d+) (\S+) (\d+)(.*)$/.exec(line) ?? [];
		if (!head) return [line];
		if (only && !isLike(only, address, Number(port))) return [];
		return [`${head}${Number(priority) + more} ${address} ${port}${rest}`];
	});
	return lines.join('\r\n');
}

/** mediasoup-client says the candidates of the first day for ever: what it tells the browser is mended on its way. */
export function rankRestarts(pc: Peer, restarts: () => Restarts): void {
	const native = pc.setRemoteDescription.bind(pc);
	pc.setRemoteDescription = ({ type, sdp = '' }) => native({ type, sdp: ranked(sdp, restarts()) });
}
