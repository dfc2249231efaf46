// SPDX-License-Identifier: Apache-2.0
// A sound server with one microphone, which hums, can be muted by the system, and unplugged. Browsers take it for a real one.
import { runProgram, start } from "./process.mjs";
import { tempDir } from "./server.mjs";
import { Skip, until } from "./tap.mjs";

/** {env: for programs that shall hear it, mute(on), unplug()}. */
export async function startMicrophone(ctx) {
	const dir = await tempDir(ctx, "tsr-sound-");
	const env = { XDG_RUNTIME_DIR: dir, HOME: dir, PULSE_SERVER: `unix:${dir}/native` };
	const modules = [`module-native-protocol-unix socket=${dir}/native auth-anonymous=1`];
	const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", ...modules.map((module) => `--load=${module}`)];
	const server = start(ctx, "pulseaudio", args, { env, quiet: true });
	const pactl = async (...command) => (await runProgram("pactl", command, { env })).stdout.trim();
	const missing = server.exited.then(({ error }) => error);
	await until(async () => (await Promise.race([missing, pactl("info")])) !== undefined, "the sound server answers");
	if (server.child.pid === undefined) throw new Skip("no PulseAudio here");
	const microphone = await pactl("load-module", "module-sine-source", "source_name=microphone", "frequency=440");
	return {
		env,
		mute: (on) => pactl("set-source-mute", "microphone", on ? "1" : "0"),
		unplug: () => pactl("unload-module", microphone),
	};
}
