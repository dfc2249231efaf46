// SPDX-License-Identifier: Apache-2.0
import type { MissingFeature } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { Code } from '../parts/copy';
import { Page } from '../parts/page';
import { useTitle } from '../parts/title';
import { strings } from '../strings';

/** One sentence per API that is not there, each with what to do. */
export function Missing({ missing }: { missing: readonly MissingFeature[] }) {
	const t = strings.value.missing;
	useTitle(`${t.title} · Tessera`);
	return (
		<Page class="over">
			<div class="head">
				<h1>{t.title}</h1>
				<p>{t.lead}</p>
			</div>
			<ul class="missing">
				{missing.map(({ feature }) => (
					<li>
						<Icon name="alert" />
						<span>{t[feature]}</span>
					</li>
				))}
			</ul>
			<Code code={`MISSING-${missing.map(({ feature }) => feature).join('-')}`} />
		</Page>
	);
}
