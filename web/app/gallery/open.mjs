// SPDX-License-Identifier: Apache-2.0
// Builds the gallery, serves it under the product's CSP and opens it in a real browser.
// playwright-core and axe-core come from test/node_modules, the browser from CHROMIUM or /usr/bin/chromium.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(dirname(here));
const fromWeb = createRequire(join(web, 'package.json'));
const fromTest = createRequire(join(dirname(web), 'test', 'package.json'));

const CSP = [
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'",
	"form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
const flags = [
	'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
];

export const axeSource = () => readFileSync(fromTest.resolve('axe-core/axe.min.js'), 'utf8');

async function serve(folder) {
	const server = createServer((request, response) => {
		const path = new URL(request.url ?? '/', 'http://localhost').pathname;
		if (path === '/favicon.ico') return response.writeHead(204).end();
		const file = path === '/' ? join(here, 'index.html') : join(folder, path.slice(1));
		if (!existsSync(file)) return response.writeHead(404).end();
		const type = types[/\.\w+$/.exec(file)?.[0] ?? ''] ?? 'application/octet-stream';
		return response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(readFileSync(file));
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return server;
}

/** { base, browser, open(scene), close() } */
export async function openGallery() {
	const folder = mkdtempSync(join(tmpdir(), 'tessera-gallery-'));
	await fromWeb('esbuild').build({
		absWorkingDir: web, entryPoints: ['app/gallery/main.tsx'], outdir: folder, bundle: true, format: 'esm', jsx: 'automatic',
		jsxImportSource: 'preact', target: 'es2022', logLevel: 'warning',
		define: { __WORKER_URL__: '""', __WASM_URL__: '""' },
	});
	const server = await serve(folder);
	const base = `http://127.0.0.1:${server.address().port}/`;
	const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
	const browser = await fromTest('playwright-core').chromium.launch({ executablePath, args: flags });
	return {
		base,
		browser,
		async open(scene) {
			const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
			const page = await context.newPage();
			page.setDefaultTimeout(20_000);
			await page.goto(`${base}?scene=${scene}`);
			await page.waitForFunction(() => globalThis.tesseraReady === true);
			return page;
		},
		async close() {
			await browser.close();
			server.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
