// SPDX-License-Identifier: Apache-2.0
import { doable } from '../model/actions';
import { useStore } from '../model/store';
import { Dialog } from '../parts/dialog';
import { Setting } from '../parts/switch';
import { strings } from '../strings';

type Row = readonly [keys: readonly string[], what: string];

/** Only keys that would do something now. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const { ui } = store;
	const t = strings.value.shortcuts;
	const command = /Mac|iPhone|iPad/.test(navigator.userAgent) ? t.mac : t.ctrl;
	const single = doable(store).flatMap(({ key, label }): Row[] =>
		key === undefined ? [] : [[[key.toUpperCase()], label]],
	);
	const anywhere: Row[] = [
		[[command, 'K'], strings.value.palette.title],
		...(ui.singleKeys.value ? single : []),
		...(ui.singleKeys.value && store.media.value.microphone.state === 'muted'
			? [[[strings.value.media.space], strings.value.media.pushToTalk] as Row]
			: []),
		[['Esc'], t.esc],
	];
	const stage: Row[] = [
		[['←', '→', '↑', '↓'], t.pan],
		[['+', '−'], t.zoom],
		[['0'], strings.value.stage.fit],
		[['1'], strings.value.stage.one],
	];
	return (
		<Dialog title={t.title} onClose={onClose} wide>
			<div class="keys">
				<Keys title={t.anywhere} rows={anywhere} />
				<Keys title={t.onStage} rows={stage} />
			</div>
			<div class="group">
				<Setting
					label={t.single}
					hint={t.singleHint}
					on={ui.singleKeys.value}
					onChange={(on) => ui.setSingleKeys(on)}
				/>
			</div>
		</Dialog>
	);
}

function Keys({ title, rows }: { title: string; rows: readonly Row[] }) {
	return (
		<section>
			<h3 class="label">{title}</h3>
			<dl>
				{rows.map(([keys, what]) => (
					<div>
						<dt>
							{keys.map((key) => (
								<kbd class="kbd">{key}</kbd>
							))}
						</dt>
						<dd>{what}</dd>
					</div>
				))}
			</dl>
		</section>
	);
}
