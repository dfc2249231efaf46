// SPDX-License-Identifier: Apache-2.0
// Draws every scene in a real browser under the product's CSP: no violation by axe-core, nothing
// wider than the window, no error on the console. With --out DIR it keeps the pictures.
//	node web/app/gallery/shoot.mjs [--out DIR] [--only PART] [--sizes 390x844,1440x900] [--themes light,dark] [--language de]
// playwright-core and axe-core come from test/node_modules, the browser from CHROMIUM or /usr/bin/chromium.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(dirname(here));
const fromWeb = createRequire(join(web, 'package.json'));
const fromTest = createRequire(join(dirname(web), 'test', 'package.json'));
const { build } = fromWeb('esbuild');
const { chromium } = fromTest('playwright-core');
const axe = readFileSync(fromTest.resolve('axe-core/axe.min.js'), 'utf8');

const { values: args } = parseArgs({
	options: {
		out: { type: 'string' },
		only: { type: 'string', default: '' },
		sizes: { type: 'string', default: '390x844,1440x900,2560x1440' },
		themes: { type: 'string', default: 'light,dark' },
		language: { type: 'string', default: 'en' },
		axe: { type: 'boolean', default: true },
	},
	allowNegative: true,
});

const CSP = [
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'",
	"form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

const built = mkdtempSync(join(tmpdir(), 'tessera-gallery-'));
await build({
	absWorkingDir: web, entryPoints: ['app/gallery/main.tsx'], outdir: built, bundle: true, format: 'esm', jsx: 'automatic',
	jsxImportSource: 'preact', target: 'es2022', logLevel: 'warning',
	define: { __WORKER_URL__: '""', __WASM_URL__: '""' },
});

const server = createServer((request, response) => {
	const path = new URL(request.url ?? '/', 'http://localhost').pathname;
	if (path === '/favicon.ico') return response.writeHead(204).end();
	const file = path === '/' ? join(here, 'index.html') : join(built, path.slice(1));
	if (!existsSync(file)) return response.writeHead(404).end();
	const type = types[/\.\w+$/.exec(file)?.[0] ?? ''] ?? 'application/octet-stream';
	return response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: [
		'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync',
	],
});
const problems = [];
let checked = 0;

/** Wider than the window, or text cut off where nothing says so. */
function overflowing() {
	const wide = document.documentElement.scrollWidth - innerWidth;
	const cut = [...document.querySelectorAll('button, a, h1, h2, h3, label')].filter((element) => {
		if (element.closest('.view, .vh, .one, .skip') || element.querySelector('.one, .vh, .unseen')) return false;
		return element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
	});
	return [...(wide > 0 ? [`page is ${wide} px too wide`] : []), ...cut.map((element) => `cut off: ${element.className} ${element.textContent}`)];
}

async function shoot(page, scene, theme, size) {
	const name = `${scene}-${size}-${theme}`;
	await page.goto(`${base}?scene=${scene}&theme=${theme}&language=${args.language}`);
	await page.waitForFunction(() => globalThis.tesseraReady === true);
	await page.waitForTimeout(0);
	await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
	if (args.out) await page.screenshot({ path: join(args.out, `${name}.png`) });
	for (const what of await page.evaluate(overflowing)) problems.push(`${name}: ${what}`);
	if (!args.axe) return;
	const found = await page.evaluate(async () => {
		const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
	});
	for (const what of found) problems.push(`${name}: axe ${what}`);
	checked += 1;
}

try {
	if (args.out) mkdirSync(args.out, { recursive: true });
	for (const size of args.sizes.split(',')) {
		const [width, height] = size.split('x').map(Number);
		const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', hasTouch: width < 900 });
		await context.addInitScript(axe);
		const page = await context.newPage();
		page.on('console', (message) => {
			if (message.type() === 'error') problems.push(`${page.url()}: ${message.text()}`);
		});
		page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
		await page.goto(base);
		const scenes = await page.evaluate(() => globalThis.tesseraScenes);
		for (const theme of args.themes.split(',')) {
			for (const scene of scenes) if (scene.includes(args.only)) await shoot(page, scene, theme, size);
		}
		await context.close();
	}
} finally {
	await browser.close();
	server.close();
	rmSync(built, { recursive: true, force: true });
}
console.log(problems.join('\n'));
console.log(`${checked} pictures checked, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
