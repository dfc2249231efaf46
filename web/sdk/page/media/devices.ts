// SPDX-License-Identifier: Apache-2.0
import type { Device } from '../../shared/types';

/** The microphones, cameras and loudspeakers of this computer. */
export class Devices {
	#all: readonly MediaDeviceInfo[] = [];

	constructor(private readonly changed: () => void) {
		navigator.mediaDevices?.addEventListener('devicechange', () => void this.list());
		void this.list();
	}

	async list(): Promise<void> {
		this.#all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
		this.changed();
	}

	/** Browsers give no names before the person has said yes to something. */
	named(kind: MediaDeviceKind): readonly Device[] {
		const known = this.#all.filter((device) => device.kind === kind && device.deviceId !== '');
		return known.map(({ deviceId, label }) => ({ id: deviceId, label }));
	}
}
