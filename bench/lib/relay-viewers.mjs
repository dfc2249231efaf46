// SPDX-License-Identifier: Apache-2.0
// What a viewer costs the edge, by how many there are: the same part of office.sh is shared to 10, 200
// and 2,000 viewers in turn, and the edge's processor time divided by viewers and seconds.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { startReplay } from "./office.mjs";
import { recording } from "./screen.mjs";
import { median, pin, rest, startLoad } from "./tools.mjs";

const LEVELS = [10, 200, 2000];

async function measure(ctx, file, viewers, ms, say) {
	const server = await startServer(ctx, { args: ["--threads", "1"] });
	const session = await server.createSession();
	const { edge } = await server.children();
	await pin(edge, 0);
	const load = await startLoad(ctx, ["relay", "--viewers", `${viewers}`, "--pid", `${edge}`, session.attendee]);
	const presenter = await startReplay(ctx, server, session.organizer, file);
	await pin(presenter.pid, 1);
	await rest(2000); // every viewer has the first picture
	const [shared, run] = await Promise.all([presenter.play(ms), load.run(ms, "watch")]);
	await Promise.all([load.end(), presenter.end()]);
	await server.proc.stop();
	const each = run.bytes / viewers;
	say(
		`relay-viewers: ${viewers} viewers: ${((1e6 * run.cpu) / viewers / run.seconds).toFixed(1)} us/s each, ` +
			`${(each / 1e6).toFixed(2)} MB each of ${(shared.bytes / 1e6).toFixed(2)} MB shared in ${shared.pictures} pictures, edge ${((100 * run.cpu) / run.seconds).toFixed(0)} % of a core`,
	);
	return (1e6 * run.cpu) / viewers / run.seconds;
}

export async function bench(ctx, { quick, emit, say }) {
	const { file } = await recording(ctx, "office", { seconds: quick ? 15 : 66, reuse: true, say });
	const runs = LEVELS.map(() => []);
	for (let i = 0; i < (quick ? 1 : 3); i++)
		for (const [n, viewers] of LEVELS.entries()) runs[n].push(await measure(ctx, file, viewers, quick ? 8_000 : 40_000, say));
	const costs = runs.map(median);
	LEVELS.forEach((viewers, n) => emit(`cpu_per_viewer_${viewers}`, costs[n], "us/s"));
	const ratio = median(runs[2].map((cost, i) => cost / runs[1][i]));
	emit("cpu_per_viewer", costs[2], "us/s", "200 viewers", ratio);
	say(`relay-viewers: bound: 2,000 over 200 <= 1.15, ${ratio <= 1.15 ? "held" : "MISSED"}`);
}
