// SPDX-License-Identifier: Apache-2.0
import { Icon } from '../icons/icon';
import { startSharing } from '../model/sharing';
import { useStore } from '../model/store';
import { Mosaic } from '../parts/mosaic';
import { strings } from '../strings';
import { Away } from './over';

/** No screen is shared: who could, and what to press. */
export function EmptyStage() {
	const store = useStore();
	const t = strings.value.stage;
	const status = store.status.value;
	const presenter = store.presenter.value;
	const may = store.mayPresent();
	const presenting = presenter?.me ?? false;
	const sentence = (): string => {
		if (presenting && !store.capture.value) return strings.value.presenter.pickUnsupported;
		if (presenting) return t.emptyYou;
		if (may) return t.emptyTake;
		return presenter ? t.emptyOther(presenter.name) : t.emptyNobody;
	};
	return (
		<div class={status.kind === 'reconnecting' ? 'stage-empty stage-empty--away' : 'stage-empty'} id="stage">
			{status.kind === 'reconnecting' ? (
				<Away status={status} hasPicture={false} />
			) : (
				<div class="stage-empty-in">
					<Mosaic kind="empty" />
					<h2>{t.empty}</h2>
					<p class="dim">{sentence()}</p>
					{may && (
						<button
							type="button"
							class="btn btn--primary btn--big"
							onClick={() => void startSharing(store)}
						>
							<Icon name="screenUp" /> {strings.value.room.screen}
						</button>
					)}
				</div>
			)}
		</div>
	);
}
