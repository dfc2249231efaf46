// SPDX-License-Identifier: Apache-2.0
// Janus (Debian's, VideoRoom) as a peer: a process of its own with a configuration of its own on free ports,
// driven over its plain HTTP API, with the few lines of SDP that it takes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../../test/e2e/lib/process.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";

const MODULES = "/usr/lib/x86_64-linux-gnu/janus";
const EXTENSIONS = {
	mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
	twcc: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
	level: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
};
/** What we offer; the load client numbers its extensions alike everywhere. */
export const EXT = { mid: 4, twcc: 3, level: 1 };
const CODECS = { video: { pt: 96, name: "VP8/90000" }, audio: { pt: 111, name: "opus/48000/2" } };

async function freePort() {
	const server = createServer();
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function config(port) {
	return {
		"janus.jcfg": `general: { plugins_folder = "${MODULES}/plugins"; transports_folder = "${MODULES}/transports"; events_folder = "${MODULES}/events"; loggers_folder = "${MODULES}/loggers"; debug_level = 2; debug_colors = false; }
nat: { ice_lite = true; ice_ignore_list = "vmnet"; }
media: { ipv6 = false; }
plugins: { disable = "libjanus_audiobridge.so,libjanus_echotest.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_nosip.so,libjanus_streaming.so,libjanus_videocall.so,libjanus_voicemail.so,libjanus_textroom.so,libjanus_lua.so,libjanus_duktape.so" }
transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
`,
		"janus.transport.http.jcfg": `general: { json = "compact"; base_path = "/janus"; http = true; port = ${port}; ip = "127.0.0.1"; https = false; }
admin: { admin_http = false; }
`,
		"janus.plugin.videoroom.jcfg": "general: { }\n",
	};
}

/** Starts Janus and waits until it answers. */
export async function startJanus(ctx) {
	if (!Object.values(networkInterfaces()).flat().some((a) => a.family === "IPv4" && !a.internal))
		throw new Error("Janus offers no candidate of the loopback interface, and this machine has no other");
	const folder = await mkdtemp(join(tmpdir(), "tessera-janus-"));
	ctx.onEnd(() => rm(folder, { recursive: true, force: true }));
	const port = await freePort();
	for (const [name, text] of Object.entries(config(port))) await writeFile(join(folder, name), text);
	const proc = start(ctx, "janus", ["-F", folder, "-o"]);
	const janus = new Janus(proc, port);
	await until(() => janus.request("GET", "/janus/info").then((info) => info.janus === "server_info", () => false), "Janus answers");
	return janus;
}

const random = () => Math.random().toString(36).slice(2, 14);

class Janus {
	constructor(proc, port) {
		Object.assign(this, { proc, port, pid: proc.pid, events: [], waiting: new Map() });
		this.agent = new http.Agent({ keepAlive: true });
	}

	request(method, path, body) {
		return new Promise((resolve, reject) => {
			const text = body && JSON.stringify(body);
			const headers = text ? { "content-type": "application/json", "content-length": Buffer.byteLength(text) } : {};
			const request = http.request({ host: "127.0.0.1", port: this.port, method, path, headers, agent: this.agent }, (response) => {
				let all = "";
				response.on("data", (data) => (all += data));
				response.on("end", () => {
					try {
						resolve(JSON.parse(all));
					} catch (error) {
						reject(new Error(`Janus said ${all.slice(0, 200)}: ${error.message}`));
					}
				});
			});
			request.on("error", reject);
			request.end(text);
		});
	}

	async post(path, body) {
		const answer = await this.request("POST", path, { transaction: random(), ...body });
		if (answer.janus === "error") throw new Error(`Janus: ${answer.error.reason}`);
		return answer;
	}

	/** The session, whose events are asked for without end. */
	async open() {
		this.session = (await this.post("/janus", { janus: "create" })).data.id;
		const poll = async () => {
			while (this.session) {
				const events = await this.request("GET", `/janus/${this.session}?maxev=100`).catch(() => null);
				for (const event of [events].flat()) this.waiting.get(event?.transaction)?.(event);
				if (!events) return;
			}
		};
		poll();
		return this;
	}

	async attach() {
		return (await this.post(`/janus/${this.session}`, { janus: "attach", plugin: "janus.plugin.videoroom" })).data.id;
	}

	/** A request whose answer comes as an event. */
	async ask(handle, body, jsep) {
		const transaction = random();
		const event = new Promise((resolve, reject) => {
			this.waiting.set(transaction, resolve);
			setTimeout(() => reject(new Error(`Janus did not answer ${body.request}`)), 20_000).unref();
		});
		await this.post(`/janus/${this.session}/${handle}`, { janus: "message", transaction, body, ...(jsep ? { jsep } : {}) });
		const answer = await event;
		this.waiting.delete(transaction);
		if (answer.janus === "error" || answer.plugindata?.data?.error) throw new Error(`Janus: ${JSON.stringify(answer.error ?? answer.plugindata.data)}`);
		return { data: answer.plugindata.data, jsep: answer.jsep };
	}

	/** A room for so many publishers, without a limit of bandwidth that would bite. */
	async createRoom(publishers) {
		const handle = await this.attach();
		const answer = await this.post(`/janus/${this.session}/${handle}`, {
			janus: "message",
			body: { request: "create", publishers, bitrate: 0, fir_freq: 0, audiocodec: "opus", videocodec: "vp8", notify_joining: false, opus_fec: true },
		});
		return answer.plugindata.data.room;
	}

	/** Publishes by the leg of the load client; kind: "video" or "audio". Gives the feed's id and where the leg is to connect. */
	async publish(room, leg, kind, ssrc) {
		const handle = await this.attach();
		const joined = await this.ask(handle, { request: "join", ptype: "publisher", room });
		const { jsep } = await this.ask(handle, { request: "publish" }, { type: "offer", sdp: offer(leg, kind, ssrc) });
		return { handle, feed: joined.data.id, remote: readSdp(jsep.sdp) };
	}

	/** Subscribes to feeds; gives where the leg is to connect. */
	async subscribe(room, leg, feeds) {
		const handle = await this.attach();
		const { jsep } = await this.ask(handle, { request: "join", ptype: "subscriber", room, streams: feeds.map((feed) => ({ feed })) });
		await this.ask(handle, { request: "start" }, { type: "answer", sdp: answerTo(jsep.sdp, leg) });
		return { handle, remote: readSdp(jsep.sdp), offer: jsep.sdp };
	}

	async close() {
		const session = this.session;
		this.session = null;
		await this.post(`/janus/${session}`, { janus: "destroy" }).catch(() => undefined);
		this.agent.destroy();
		await this.proc.stop();
	}
}

// ---- SDP --------------------------------------------------------------------------------

const head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"];
const iceLines = (leg, setup) => [`a=ice-ufrag:${leg.ufrag}`, `a=ice-pwd:${leg.password}`, `a=fingerprint:sha-256 ${leg.fingerprint}`, `a=setup:${setup}`];

function offer(leg, kind, ssrc) {
	const { pt, name } = CODECS[kind];
	const used = kind === "video" ? ["mid", "twcc"] : ["mid", "level"];
	return [
		...head,
		"a=group:BUNDLE 0",
		`m=${kind} 9 UDP/TLS/RTP/SAVPF ${pt}`,
		"c=IN IP4 0.0.0.0",
		"a=mid:0",
		"a=sendonly",
		"a=rtcp-mux",
		...iceLines(leg, "active"),
		`a=rtpmap:${pt} ${name}`,
		...(kind === "video" ? [`a=rtcp-fb:${pt} nack`, `a=rtcp-fb:${pt} nack pli`, `a=rtcp-fb:${pt} transport-cc`] : [`a=fmtp:${pt} useinbandfec=1`]),
		...used.map((ext) => `a=extmap:${EXT[ext]} ${EXTENSIONS[ext]}`),
		"a=msid:load load0",
		`a=ssrc:${ssrc} cname:load`,
		"",
	].join("\r\n");
}

/** Takes everything that was offered. */
function answerTo(sdp, leg) {
	const [session, ...media] = sdp.split(/\r?\n(?=m=)/);
	const group = /^a=group:BUNDLE.*$/m.exec(session)?.[0];
	const parts = media.map((part) => {
		const lines = part.split(/\r?\n/);
		const kept = lines.filter((line) => /^(a=(mid|rtpmap|fmtp|rtcp-fb|extmap):|c=)/.test(line));
		return [lines[0], ...kept, "a=recvonly", "a=rtcp-mux", ...iceLines(leg, "active")].join("\r\n");
	});
	return [...head, ...(group ? [group] : []), ...parts, ""].join("\r\n");
}

/** {host, port, ufrag, password, fingerprint} of the first IPv4 host candidate over UDP. */
export function readSdp(sdp) {
	const one = (pattern) => pattern.exec(sdp)?.[1];
	const candidate = /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/im.exec(sdp);
	if (!candidate) throw new Error(`no candidate in ${sdp}`);
	return {
		host: candidate[1],
		port: Number(candidate[2]),
		ufrag: one(/^a=ice-ufrag:(\S+)/m),
		password: one(/^a=ice-pwd:(\S+)/m),
		fingerprint: one(/^a=fingerprint:sha-256 (\S+)/im),
	};
}

export const janusVersion = async () => /Version: (\S+)/.exec(await readFile("/var/lib/dpkg/status", "utf8").then((all) => all.slice(all.indexOf("\nPackage: janus\n"))))?.[1];
