// SPDX-License-Identifier: Apache-2.0
import type { Feature, MissingFeature } from '../shared/types';

/** The smallest module with a SIMD instruction: (func (result v128) i32.const 0, i8x16.splat, i8x16.popcnt). */
const SIMD_MODULE = new Uint8Array([
	0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

const CHECKS: readonly { feature: Feature; blocks: MissingFeature['blocks']; present(): boolean }[] = [
	{ feature: 'secure_context', blocks: 'everything', present: () => isSecureContext },
	{ feature: 'worker', blocks: 'everything', present: () => typeof Worker === 'function' },
	{ feature: 'websocket', blocks: 'everything', present: () => typeof WebSocket === 'function' },
	{ feature: 'webassembly', blocks: 'everything', present: () => typeof WebAssembly === 'object' },
	{
		feature: 'webassembly_simd',
		blocks: 'everything',
		present: () => typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE),
	},
	{ feature: 'offscreen_canvas', blocks: 'everything', present: hasOffscreenCanvas },
	{ feature: 'web_crypto', blocks: 'everything', present: () => typeof crypto?.subtle === 'object' },
	{
		feature: 'display_capture',
		blocks: 'sharing',
		present: () => typeof navigator.mediaDevices?.getDisplayMedia === 'function',
	},
	{
		feature: 'frame_capture',
		blocks: 'sharing',
		present: () => 'MediaStreamTrackProcessor' in globalThis || 'VideoFrame' in globalThis,
	},
];

function hasOffscreenCanvas(): boolean {
	if (typeof OffscreenCanvas !== 'function' || !('transferControlToOffscreen' in HTMLCanvasElement.prototype)) return false;
	return new OffscreenCanvas(1, 1).getContext('2d') !== null;
}

function missing(feature: Feature, blocks: MissingFeature['blocks']): MissingFeature {
	return { feature, blocks, sentence: `missing.${feature}` };
}

/** What can be seen without a trial run, the blocking ones first. */
export function missingFeatures(): MissingFeature[] {
	return CHECKS.filter((check) => !check.present()).map((check) => missing(check.feature, check.blocks));
}

/** Ed25519 came late to WebCrypto and shows itself only when tried. */
export async function missingEd25519(): Promise<MissingFeature | null> {
	try {
		await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']);
		return null;
	} catch {
		return missing('ed25519', 'everything');
	}
}
