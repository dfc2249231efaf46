// SPDX-License-Identifier: Apache-2.0
// A sound server of one's own: with a microphone, which hums, can be muted by the system, and unplugged; or with a loudspeaker that
// nobody hears. Browsers take them for real ones.
import { runProgram, start } from "./process.mjs";
import { tempDir } from "./server.mjs";
import { Skip, until } from "./tap.mjs";

/** {env: for programs that shall use it, pactl()}. */
async function startSoundServer(ctx) {
	const dir = await tempDir(ctx, "tsr-sound-");
	const env = { XDG_RUNTIME_DIR: dir, HOME: dir, PULSE_SERVER: `unix:${dir}/native` };
	const modules = [`module-native-protocol-unix socket=${dir}/native auth-anonymous=1`];
	const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", ...modules.map((module) => `--load=${module}`)];
	const server = start(ctx, "pulseaudio", args, { env, quiet: true });
	const pactl = async (...command) => (await runProgram("pactl", command, { env })).stdout.trim();
	const missing = server.exited.then(({ error }) => error);
	await until(async () => (await Promise.race([missing, pactl("info")])) !== undefined, "the sound server answers");
	if (server.child.pid === undefined) throw new Skip("no PulseAudio here");
	return { env, pactl };
}

/** {env, mute(on), unplug()}. */
export async function startMicrophone(ctx) {
	const { env, pactl } = await startSoundServer(ctx);
	const microphone = await pactl("load-module", "module-sine-source", "source_name=microphone", "frequency=440");
	return {
		env,
		mute: (on) => pactl("set-source-mute", "microphone", on ? "1" : "0"),
		unplug: () => pactl("unload-module", microphone),
	};
}

/** {env}. */
export async function startLoudspeaker(ctx) {
	const { env, pactl } = await startSoundServer(ctx);
	await pactl("load-module", "module-null-sink", "sink_name=loudspeaker");
	return { env };
}
