// SPDX-License-Identifier: Apache-2.0
// What a viewer costs the edge, by how many there are: the same part of office.sh is shared to 10, 200
// and 2,000 viewers in turn, and the edge's processor time divided by viewers and seconds.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { CELLS, startReplay } from "./office.mjs";
import { recording } from "./screen.mjs";
import { median, pin, rest, startLoad } from "./tools.mjs";

/** With the presenter 2,000 members, which is as many as a session takes. */
const LEVELS = [10, 200, 1999];

async function measure(ctx, file, viewers, ms, say) {
	const server = await startServer(ctx, { args: ["--threads", "1"] });
	const session = await server.createSession();
	const { edge } = await server.children();
	await pin(edge, 0);
	const load = await startLoad(ctx, ["relay", "--viewers", "2", "--more", `${viewers - 2}`, "--cells", `${CELLS}`, "--pid", `${edge}`, session.attendee]);
	const presenter = await startReplay(ctx, server, session.organizer, file);
	await pin(presenter.pid, 1);
	await load.run(viewers * 10, `join ${viewers - 2}`); // until each has the first picture
	await rest(2000);
	const [shared, run] = await Promise.all([presenter.play(ms), load.run(ms, "watch")]);
	await Promise.all([load.end(), presenter.end()]);
	await server.proc.stop();
	const each = run.bytes / viewers;
	say(
		`relay-viewers: ${viewers} viewers: ${((1e6 * run.cpu) / viewers / run.seconds).toFixed(1)} us/s each, ` +
			`${(each / 1e6).toFixed(2)} MB each of ${(shared.bytes / 1e6).toFixed(2)} MB shared in ${shared.pictures} pictures, edge ${((100 * run.cpu) / run.seconds).toFixed(0)} % of a core`,
	);
	return { cost: (1e6 * run.cpu) / viewers / run.seconds, bytes: each };
}

export async function bench(ctx, { quick, emit, say }) {
	const { file } = await recording(ctx, "office", { seconds: quick ? 15 : 66, reuse: true, say });
	const runs = LEVELS.map(() => []);
	for (let i = 0; i < (quick ? 1 : 3); i++)
		for (const [n, viewers] of LEVELS.entries()) runs[n].push(await measure(ctx, file, viewers, quick ? 8_000 : 40_000, say));
	// Who is sent less costs less: on a machine that is too busy for the load this is no measurement.
	const fewest = Math.min(...runs.flat().map((run) => run.bytes));
	const most = Math.max(...runs.flat().map((run) => run.bytes));
	if (fewest < 0.8 * most) throw new Error(`some viewers got ${(fewest / 1e6).toFixed(2)} MB each, others ${(most / 1e6).toFixed(2)}: the load did not keep up`);
	const costs = runs.map((level) => median(level.map((run) => run.cost)));
	["10", "200", "2000"].forEach((viewers, n) => emit(`cpu_per_viewer_${viewers}`, costs[n], "us/s"));
	const ratio = median(runs[2].map((run, i) => run.cost / runs[1][i].cost));
	emit("cpu_per_viewer", costs[2], "us/s", "200 viewers", ratio);
	say(`relay-viewers: bound: 2,000 over 200 <= 1.15, ${ratio <= 1.15 ? "held" : "MISSED"}`);
}
