// SPDX-License-Identifier: Apache-2.0
// The rules of the web client that the compiler does not know: who imports whom, sizes, no any.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const LINES_MAX = 800;
const WIDTH_MAX = 130;
/** Sentences are not broken for the sake of a width. */
const ANY_WIDTH = /^app\/(strings|gallery)\//;

/** [folder that imports, what it must not import, why] */
const DIRECTION = [
	['sdk/', /^app\//, 'the SDK knows no app'],
	['app/', /^sdk\/(?!index$)/, 'the app imports sdk/index only'],
	['sdk/worker/', /^sdk\/page\//, 'the worker has no page'],
	['sdk/page/', /^sdk\/worker\//, 'the page only talks to the worker'],
	['sdk/shared/', /^sdk\/(page|worker)\//, 'shared things stand alone'],
];

function* sources(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) {
			if (entry.name !== 'gen' && entry.name !== 'public') yield* sources(path);
		} else if (/\.tsx?$/.test(entry.name)) yield path;
	}
}

const problems = [];
for (const path of ['sdk', 'app'].flatMap((folder) => [...sources(join(web, folder))])) {
	const name = relative(web, path);
	const text = readFileSync(path, 'utf8');
	const lines = text.split('\n');
	const say = (line, what) => problems.push(`${name}:${line}: ${what}`);
	if (!lines[0]?.includes('SPDX-License-Identifier')) say(1, 'no licence line');
	if (lines.length > LINES_MAX) say(1, `${lines.length} lines, more than ${LINES_MAX}`);
	lines.forEach((line, index) => {
		if (!ANY_WIDTH.test(name) && line.replaceAll('\t', '    ').length > WIDTH_MAX) say(index + 1, `wider than ${WIDTH_MAX}`);
		if (/(:|<|\bas|,)\s*any\b(?!\w)(?=[\s;,)>\[=]|$)/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line)) say(index + 1, 'any');
		if (/\b(TODO|FIXME)\b/.test(line)) say(index + 1, 'unfinished');
		if (/@ts-(ignore|nocheck)/.test(line)) say(index + 1, 'silences the compiler');
		const from = /(?:from|import)\s*\(?\s*'(\.[^']*)'/.exec(line)?.[1];
		if (!from) return;
		const target = relative(web, join(dirname(path), from));
		for (const [folder, pattern, why] of DIRECTION) {
			if (name.startsWith(folder) && pattern.test(target)) say(index + 1, `imports ${target}: ${why}`);
		}
	});
}
if (problems.length > 0) {
	console.error(problems.join('\n'));
	process.exit(1);
}
