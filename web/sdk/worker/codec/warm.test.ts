// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Codec } from './codec';
import { warmUp } from './warm';
import { codecOf } from './wasm';

const wasm = process.env['TESSERA_WASM'];
const options = { skip: wasm ? false : 'TESSERA_WASM names no module', timeout: 20_000 };

test('warming up shows every sample exactly, and leaves nothing behind', options, async () => {
	const codec = codecOf(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm ?? '')), {}));
	const seen: string[] = [];
	let open = 0;
	const watched: Codec = {
		...codec,
		createShare: (...how) => {
			const share = codec.createShare(...how);
			const destroy = share?.destroy.bind(share);
			open += 1;
			return share && Object.assign(share, { destroy: () => (destroy?.(), (open -= 1)) });
		},
		createView: (...how) => {
			const view = codec.createView(...how);
			const destroy = view?.destroy.bind(view);
			open += 1;
			return view && Object.assign(view, { destroy: () => (seen.push(view.digest()), destroy?.(), (open -= 1)) });
		},
	};
	await warmUp(watched, new AbortController().signal);
	assert.equal(open, 0);
	assert.equal(new Set(seen).size, 12, 'each round has its own pictures');
	await warmUp(watched, AbortSignal.abort());
	assert.equal(seen.length, 12, 'aborted, nothing more is done');
});
