// SPDX-License-Identifier: Apache-2.0
// Makes the folder that tesserad serves: index.html, hashed scripts and styles, tessera-*.wasm,
// what lies in app/public, and .br and .gz of each.
//	node build/build.mjs --out DIR --wasm tessera.wasm [--stamp FILE] [--depfile FILE] [--dev]
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { generate } from './gen.mjs';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: args } = parseArgs({
	options: {
		out: { type: 'string', default: join(web, 'dist') },
		wasm: { type: 'string' },
		stamp: { type: 'string' },
		depfile: { type: 'string' },
		dev: { type: 'boolean', default: false },
	},
});

/** Bytes after brotli that a page may load before it can be used (ui.md: 150 KB with room to spare). */
const FIRST_LOAD_MAX = 148_000;

const common = {
	absWorkingDir: web,
	bundle: true,
	minify: !args.dev,
	sourcemap: args.dev ? 'inline' : false,
	legalComments: 'none',
	charset: 'utf8',
	target: ['chrome111', 'firefox128', 'safari17'],
	metafile: true,
	logLevel: 'warning',
};

/** Sources that went in, for Ninja's depfile. */
const inputs = new Set();

function note(result) {
	for (const file of Object.keys(result.metafile.inputs)) inputs.add(resolve(web, file));
}

function writeHashed(name, ext, bytes) {
	const hash = createHash('sha256').update(bytes).digest('base64url').replace(/[-_]/g, '').slice(0, 10);
	const file = `${name}-${hash}${ext}`;
	writeFileSync(join(args.out, file), bytes);
	return `/${file}`;
}

async function buildWorker() {
	const result = await build({
		...common, entryPoints: ['sdk/worker/main.ts'], format: 'iife', write: false, outdir: 'unused',
	});
	note(result);
	return writeHashed('sdk-worker', '.js', result.outputFiles[0].contents);
}

/** The wasm is embedded by name and hash: worker and codec of one build always match. */
function copyWasm() {
	if (!args.wasm) throw new Error('build.mjs: --wasm FILE is needed');
	return writeHashed('tessera', '.wasm', readFileSync(args.wasm));
}

async function buildApp(worker, wasm) {
	const result = await build({
		...common,
		entryPoints: { app: 'app/main.tsx' },
		format: 'esm',
		splitting: true,
		outdir: args.out,
		entryNames: '[name]-[hash]',
		chunkNames: 'chunk-[hash]',
		assetNames: '[name]-[hash]',
		publicPath: '/',
		jsx: 'automatic',
		jsxImportSource: 'preact',
		loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file' },
		define: { __WORKER_URL__: JSON.stringify(worker), __WASM_URL__: JSON.stringify(wasm) },
	});
	note(result);
	const { outputs } = result.metafile;
	const [script, { cssBundle }] = Object.entries(outputs).find(([, output]) => output.entryPoint === 'app/main.tsx');
	const parts = [...statically(outputs, script)].map((path) => `/${basename(path)}`);
	return { script: `/${basename(script)}`, style: cssBundle ? `/${basename(cssBundle)}` : null, parts };
}

/** What a script needs before it runs, itself apart. */
function statically(outputs, script, found = new Set()) {
	for (const { path, kind } of outputs[script].imports) {
		if (kind !== 'import-statement' || found.has(path)) continue;
		found.add(path);
		statically(outputs, path, found);
	}
	return found;
}

/** app/index.html names {{script}}, {{style}}, {{worker}}, {{wasm}} and {{preload}}. */
function writeIndex(names) {
	inputs.add(join(web, 'app', 'index.html'));
	const html = readFileSync(join(web, 'app', 'index.html'), 'utf8');
	writeFileSync(join(args.out, 'index.html'), html.replace(/\{\{(\w+)\}\}/g, (whole, name) => {
		if (!names[name]) throw new Error(`app/index.html: nothing is known as ${whole}`);
		return names[name];
	}));
}

function copyPublic() {
	const folder = join(web, 'app', 'public');
	if (!existsSync(folder)) return;
	for (const file of readdirSync(folder)) {
		copyFileSync(join(folder, file), join(args.out, file));
		inputs.add(join(folder, file));
	}
}

function compressAll() {
	const sizes = new Map();
	for (const file of readdirSync(args.out)) {
		const bytes = readFileSync(join(args.out, file));
		const br = brotliCompressSync(bytes, {
			params: {
				[constants.BROTLI_PARAM_QUALITY]: args.dev ? 4 : 11,
				[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
			},
		});
		writeFileSync(join(args.out, `${file}.br`), br);
		writeFileSync(join(args.out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
		sizes.set(`/${file}`, br.length);
	}
	return sizes;
}

generate();
rmSync(args.out, { recursive: true, force: true });
mkdirSync(args.out, { recursive: true });
const worker = await buildWorker();
const wasm = copyWasm();
const app = await buildApp(worker, wasm);
const preload = app.parts.map((part) => `<link rel="modulepreload" href="${part}">`).join('') || '<!-- -->';
writeIndex({ ...app, worker, wasm, preload });
copyPublic();
const sizes = compressAll();
const first = ['/index.html', app.script, ...app.parts, app.style, worker, wasm].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
if (!args.dev && first > FIRST_LOAD_MAX) throw new Error(`first load is ${first} bytes, more than ${FIRST_LOAD_MAX}`);
if (args.stamp) writeFileSync(args.stamp, `${[...sizes].map(([name, size]) => `${name} ${size}`).join('\n')}\n`);
if (args.depfile) {
	const names = [...inputs].map((file) => file.replaceAll(' ', '\\ ')).sort();
	writeFileSync(args.depfile, `${args.stamp}: ${names.join(' ')}\n`);
}
