// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { Icon } from '../icons/icon';
import { Code } from './copy';

interface ProblemProps {
	readonly title: string;
	readonly text: string;
	readonly code?: string;
	readonly children?: ComponentChildren;
}

/** What happened, what to do, and a code to tell to whoever helps. */
export function Problem({ title, text, code, children }: ProblemProps) {
	return (
		<div class="problem" role="alert">
			<Icon name="alert" />
			<div class="problem-in">
				<h2>{title}</h2>
				<p class="dim">{text}</p>
				{children}
				{code !== undefined && <Code code={code} />}
			</div>
		</div>
	);
}
