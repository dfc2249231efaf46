// SPDX-License-Identifier: Apache-2.0
// Draws every scene in a real browser: no violation by axe-core, nothing wider than the window,
// no error on the console. With --out DIR it keeps the pictures, to be looked at.
//	node web/app/gallery/shoot.mjs [--out DIR] [--only PART] [--sizes 390x844,1440x900] [--themes light,dark] [--language de]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { axeSource, openGallery } from './open.mjs';

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

const { base, browser, close } = await openGallery();
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

async function look(page, name) {
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

async function shoot(page, scene, size) {
	await page.goto(`${base}?scene=${scene}&language=${args.language}`);
	await page.waitForFunction(() => globalThis.tesseraReady === true);
	for (const theme of args.themes.split(',')) {
		await page.evaluate((name) => {
			document.documentElement.dataset.theme = name;
			return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		}, theme);
		await look(page, `${scene}-${size}-${theme}`);
	}
}

async function openPage(context) {
	const page = await context.newPage();
	page.on('console', (message) => {
		if (message.type() === 'error') problems.push(`${page.url()}: ${message.text()}`);
	});
	page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
	return page;
}

try {
	if (args.out) mkdirSync(args.out, { recursive: true });
	for (const size of args.sizes.split(',')) {
		const [width, height] = size.split('x').map(Number);
		const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', hasTouch: width < 900 });
		await context.addInitScript(axeSource());
		const page = await openPage(context);
		await page.goto(base);
		const left = (await page.evaluate(() => globalThis.tesseraScenes)).filter((scene) => scene.includes(args.only));
		const work = async (eye) => {
			for (let scene = left.shift(); scene; scene = left.shift()) await shoot(eye, scene, size);
		};
		await Promise.all([work(page), work(await openPage(context))]); // a process each
		await context.close();
	}
} finally {
	await close();
}
console.log(problems.join('\n'));
console.log(`${checked} pictures checked, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
