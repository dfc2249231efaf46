// SPDX-License-Identifier: Apache-2.0
// Generates sdk/gen/session_pb.ts from proto/session.proto (not committed; see .gitignore).
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const proto = join(web, '..', 'proto', 'session.proto');
const out = join(web, 'sdk', 'gen');
const plugin = join(web, 'node_modules', '.bin', 'protoc-gen-es');

const time = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Runs protoc when the schema, or the generator, is newer than what it made. */
export function generate() {
	const made = time(join(out, 'session_pb.ts'));
	if (made > time(proto) && made > time(join(web, 'package-lock.json'))) return;
	mkdirSync(out, { recursive: true });
	execFileSync('protoc', [
		`--proto_path=${dirname(proto)}`, `--plugin=protoc-gen-es=${plugin}`,
		`--es_out=${out}`, '--es_opt=target=ts', 'session.proto',
	], { stdio: 'inherit' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generate();
