// SPDX-License-Identifier: Apache-2.0
// The program prints its figures itself, in our format.
import { runProgram } from "../../test/e2e/lib/process.mjs";
import { benchScreenCodec } from "./tools.mjs";

export async function bench(_, { emit }) {
	const { stdout } = await runProgram(benchScreenCodec, [], { timeoutMs: 120_000 });
	for (const line of stdout.trim().split("\n")) {
		const [name, metric, value, unit, peer, ratio] = line.split("\t");
		emit(metric, value, unit, peer, ratio, name);
	}
}
