// SPDX-License-Identifier: Apache-2.0
// Types of app, worker and tests, then the rules of lint.mjs.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from './gen.mjs';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(web, 'node_modules', '.bin', 'tsc');

function run(command, args) {
	return spawnSync(command, args, { cwd: web, stdio: 'inherit' }).status === 0;
}

generate();
const projects = ['tsconfig.json', 'sdk/tsconfig.json', 'sdk/tsconfig.test.json'];
const typed = projects.map((project) => run(tsc, ['-p', project])).every(Boolean);
const linted = run(process.execPath, [join(web, 'build', 'lint.mjs')]);
process.exit(typed && linted ? 0 : 1);
