// SPDX-License-Identifier: Apache-2.0
import { useStore } from '../model/store';
import { strings } from '../strings';

/** Who may not come in by himself any more; the organizer can take it back. */
export function BarredList() {
	const store = useStore();
	const t = strings.value.people;
	const barred = store.session.value?.barred ?? [];
	if (barred.length === 0 || !store.can('unbar')) return null;
	return (
		<details class="barred">
			<summary>{t.barred(barred.length)}</summary>
			<ul>
				{barred.map(({ member, name }) => (
					<li key={member}>
						<span class="grow one" title={name}>
							<bdi>{name}</bdi>
						</span>
						<button
							type="button"
							class="btn btn--s"
							aria-label={`${t.unbar}: ${name}`}
							onClick={() => void store.run(store.client.unbar(member))}
						>
							{t.unbar}
						</button>
					</li>
				))}
			</ul>
		</details>
	);
}
