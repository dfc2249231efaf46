// SPDX-License-Identifier: Apache-2.0
// Does this network let sound and cameras through? Found out before joining, by the connectivity checks of a call
// (RFC 8445) with a peer that is none: the server answers checks under a name and a password that are no secret
// (core/media/precall.h), and nothing comes of it. What it offers is a voice and a camera, put into elements that
// nobody sees: so the browser has started by then what plays them, which takes a slow computer long.
import type { PathTrial } from '../../shared/types';
import { pathOf } from './stats';
import { UNTRIED } from './untried';

const UFRAG = 'precall';
const PASSWORD = 'TesseraPreCallCheckOnly0';
/** What has not come by then does not come. */
const PATIENCE_MS = 5000;
const PRIORITY = 2_000_000_000;

interface Ways {
	readonly addresses: readonly string[];
	readonly ports: readonly number[];
}
type Protocol = 'udp' | 'tcp';

/** Says what is known, and more when there is more. */
export async function tryPaths(say: (trial: PathTrial) => void): Promise<void> {
	say({ ...UNTRIED, state: 'trying' });
	const ways = await askWays().catch(() => null);
	if (!ways || ways.addresses.length === 0) return say(UNTRIED);
	const [udpMs, tcpMs] = await Promise.all([tryOne(ways, 'udp'), tryOne(ways, 'tcp')]);
	say({ state: 'done', udpMs, tcpMs });
}

async function askWays(): Promise<Ways | null> {
	const answer = await fetch('/v1/ways');
	return answer.ok ? ((await answer.json()) as Ways) : null;
}

/** Milliseconds there and back; null when nothing came back. */
async function tryOne(ways: Ways, protocol: Protocol): Promise<number | null> {
	const peer = new RTCPeerConnection();
	const elements: HTMLMediaElement[] = [];
	try {
		const isThrough = new Promise<boolean>((resolve) => {
			setTimeout(() => resolve(false), PATIENCE_MS);
			peer.oniceconnectionstatechange = () => {
				const { iceConnectionState: state } = peer;
				if (state === 'connected' || state === 'completed') resolve(true);
				if (state === 'failed') resolve(false);
			};
		});
		peer.ontrack = ({ track }) => elements.push(playOnce(track));
		await peer.setRemoteDescription({ type: 'offer', sdp: offerOf(ways, protocol) });
		await peer.setLocalDescription();
		return (await isThrough) ? Math.round(pathOf(await peer.getStats()).rttMs) : null;
	} catch {
		return null;
	} finally {
		peer.close();
		for (const element of elements) element.srcObject = null;
	}
}

function playOnce(track: MediaStreamTrack): HTMLMediaElement {
	const element = document.createElement(track.kind === 'audio' ? 'audio' : 'video');
	element.muted = true;
	element.srcObject = new MediaStream([track]);
	return element;
}

/** Nothing is ever sent: nobody there knows of the certificate. */
function offerOf({ addresses, ports }: Ways, protocol: Protocol): string {
	const pairs = addresses.flatMap((address) => ports.map((port) => `${address} ${port}`));
	const type = protocol === 'tcp' ? 'typ host tcptype passive' : 'typ host';
	return [
		'v=0',
		'o=- 1 1 IN IP4 127.0.0.1',
		's=-',
		't=0 0',
		'a=group:BUNDLE 0 1',
		'a=ice-lite',
		...sectionOf(0, 'audio', '111 opus/48000/2'),
		...pairs.map((pair, at) => `a=candidate:${at} 1 ${protocol} ${PRIORITY - at} ${pair} ${type}`),
		'a=end-of-candidates',
		...sectionOf(1, 'video', '96 VP8/90000'),
		'',
	].join('\r\n');
}

const sectionOf = (mid: number, kind: string, codec: string): readonly string[] => [
	`m=${kind} 9 UDP/TLS/RTP/SAVPF ${codec.split(' ')[0]}`,
	'c=IN IP4 0.0.0.0',
	`a=mid:${mid}`,
	`a=rtpmap:${codec}`,
	'a=sendonly',
	'a=rtcp-mux',
	`a=ice-ufrag:${UFRAG}`,
	`a=ice-pwd:${PASSWORD}`,
	`a=fingerprint:sha-256 ${Array(32).fill('00').join(':')}`,
	'a=setup:actpass',
];
