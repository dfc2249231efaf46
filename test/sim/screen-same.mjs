// SPDX-License-Identifier: Apache-2.0
// The same simulation natively and as WASM shows the same pixels: screen-same.mjs RUN-WASI NATIVE WASM
import { spawnSync } from 'node:child_process';

const [, , runner, native, wasm] = process.argv;
const options = { env: { ...process.env, TSR_SIM_RUNS: '20' }, encoding: 'utf8' };
const here = spawnSync(native, [], options);
const there = spawnSync(process.execPath, ['--no-warnings', runner, wasm], options);
const digest = (run) => /# digest of .*/.exec(run.stdout ?? '')?.[0] ?? `none (status ${run.status}) ${run.stderr}`;

console.log('1..2');
console.log(`${there.status === 0 ? 'ok' : 'not ok'} 1 - the simulation holds as WASM`);
console.log(`# native ${digest(here)}\n# wasm   ${digest(there)}`);
const same = here.status === 0 && digest(here) === digest(there) && here.stdout === there.stdout;
console.log(`${same ? 'ok' : 'not ok'} 2 - both show the same`);
process.exit(same && there.status === 0 ? 0 : 1);
