// SPDX-License-Identifier: Apache-2.0
// 500 people join within 10 s while office.sh is shared: how long each takes from the moment when he
// was due until he is in sync with the newest picture that anybody has, and what it costs the presenter in bytes.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { CELLS, startReplay } from "./office.mjs";
import { recording } from "./screen.mjs";
import { median, rest, startLoad } from "./tools.mjs";

const JOINS = 500;
const WITHIN_MS = 10_000;

/** One share of the same part of office.sh, with the storm or without. */
async function share(ctx, file, ms, storms) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const { edge } = await server.children();
	const load = await startLoad(ctx, ["relay", "--viewers", "2", "--more", `${JOINS}`, "--cells", `${CELLS}`, "--pid", `${edge}`, session.attendee], { onProcessor: null });
	const presenter = await startReplay(ctx, server, session.organizer, file);
	await rest(1000);
	const [shared, joined] = await Promise.all([presenter.play(ms), storms ? load.run(WITHIN_MS, `join ${JOINS}`) : load.run(ms, "watch")]);
	await Promise.all([load.end(), presenter.end()]);
	await server.proc.stop();
	return { uplink: shared.bytes, joined };
}

export async function bench(ctx, { quick, emit, say }) {
	const ms = 12_000;
	const { file } = await recording(ctx, "office", { seconds: quick ? 15 : 66, reuse: true, say });
	const runs = [];
	for (let i = 0; i < (quick ? 1 : 3); i++) {
		const calm = await share(ctx, file, ms, false);
		const storm = await share(ctx, file, ms, true);
		const { p50, p95, max, cpu, load_cpu, seconds } = storm.joined;
		say(
			`relay-storm: ${JOINS} joins in ${seconds.toFixed(1)} s: median ${(1000 * p50).toFixed(0)}, 95 % ${(1000 * p95).toFixed(0)}, worst ${(1000 * max).toFixed(0)} ms; ` +
				`edge ${cpu.toFixed(2)} s of processor time, the load itself ${load_cpu.toFixed(2)} s; uplink ${(storm.uplink / 1e6).toFixed(2)} MB, without ${(calm.uplink / 1e6).toFixed(2)} MB`,
		);
		runs.push({ p95, uplink: storm.uplink, ratio: storm.uplink / calm.uplink });
	}
	const [p95, uplink, ratio] = ["p95", "uplink", "ratio"].map((what) => median(runs.map((run) => run[what])));
	emit("join_p95", p95, "s");
	emit("uplink", uplink / 1e6, "MB", "no joins", ratio);
	say(`relay-storm: bounds: join_p95 < 1 ${p95 < 1 ? "held" : "MISSED"}, uplink <= 1.2 ${ratio <= 1.2 ? "held" : "MISSED"}`);
}
