// SPDX-License-Identifier: Apache-2.0
import { useStore } from '../model/store';
import { Dialog } from '../parts/dialog';
import { Tile } from '../parts/tile';
import { inOrder } from '../people/order';
import { strings } from '../strings';

/** Whom the presenter passes the stage on to. */
export function PassDialog({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const t = strings.value.presenter;
	const people = inOrder(store.others.value).filter((member) => store.can('make_presenter', member.id));
	return (
		<Dialog title={t.passTo} onClose={onClose}>
			<p class="dim">{t.handOverHint}</p>
			<ul class="pass">
				{people.map((member) => (
					<li key={member.id}>
						<button
							type="button"
							class="act"
							onClick={() => {
								onClose();
								void store.run(store.client.makePresenter(member.id));
							}}
						>
							<Tile id={member.id} name={member.name} />
							<span class="grow one">
								<bdi>{member.name}</bdi>
							</span>
						</button>
					</li>
				))}
			</ul>
		</Dialog>
	);
}
