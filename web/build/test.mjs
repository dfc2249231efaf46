// SPDX-License-Identifier: Apache-2.0
// Bundles every *.test.ts below sdk (and app) and runs them with node's own test runner.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { generate } from './gen.mjs';

const web = dirname(dirname(fileURLToPath(import.meta.url)));

function tests(folder) {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return tests(path);
		return /\.test\.tsx?$/.test(entry.name) ? [path] : [];
	});
}

generate();
const cache = join(web, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const out = mkdtempSync(join(cache, 'test-'));
try {
	const entryPoints = ['sdk', 'app'].flatMap((folder) => tests(join(web, folder)));
	await build({
		entryPoints: Object.fromEntries(entryPoints.map((path) => [relative(web, path).replace(/\.tsx?$/, ''), path])),
		outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', platform: 'node', target: 'node18',
		sourcemap: 'inline', jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning',
		define: { __ROOT__: JSON.stringify(dirname(web)) },
		// Asks node for things while it is loaded, which a bundle cannot do.
		external: ['mediasoup-client'],
	});
	const files = entryPoints.map((path) => join(out, relative(web, path).replace(/\.tsx?$/, '.mjs')));
	const reporter = process.argv.includes('--tap') ? ['--test-reporter=tap'] : [];
	// Node 18 has WebCrypto, but not as the global that browsers have.
	const global = globalThis.crypto ? [] : ['--experimental-global-webcrypto'];
	const run = spawnSync(process.execPath, [...global, '--enable-source-maps', '--test', ...reporter, ...files], { stdio: 'inherit' });
	process.exitCode = run.status ?? 1;
} finally {
	rmSync(out, { recursive: true, force: true });
}
