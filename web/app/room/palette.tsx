// SPDX-License-Identifier: Apache-2.0
// Ctrl+K: every action that is available now, found by typing.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { doable, type Doable } from '../model/actions';
import { useStore } from '../model/store';
import { Dialog } from '../parts/dialog';
import { strings } from '../strings';

/** All words typed occur in the label, in any order. */
function matching(actions: readonly Doable[], text: string): readonly Doable[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return actions.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
}

export function Palette({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const t = strings.value.palette;
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const list = useRef<HTMLUListElement>(null);
	const actions = matching(
		doable(store).filter(({ id }) => id !== 'shortcuts' || text !== ''),
		text,
	);
	const current = actions[Math.min(at, actions.length - 1)];
	useLayoutEffect(() => {
		list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
	}, [current?.id]);
	const run = (action: Doable | undefined): void => {
		if (!action) return;
		onClose();
		action.run();
	};
	const onKeyDown = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		if (step !== 0) {
			event.preventDefault();
			setAt((Math.min(at, actions.length - 1) + step + actions.length) % Math.max(1, actions.length));
		} else if (event.key === 'Enter') {
			event.preventDefault();
			run(current);
		}
	};
	return (
		<Dialog title={t.title} onClose={onClose}>
			<input
				class="field field--big"
				role="combobox"
				aria-expanded="true"
				aria-controls="palette"
				aria-autocomplete="list"
				aria-label={t.placeholder}
				aria-activedescendant={current && `do-${current.id}`}
				placeholder={t.placeholder}
				autocomplete="off"
				autofocus
				value={text}
				onInput={(event) => {
					setText(event.currentTarget.value);
					setAt(0);
				}}
				onKeyDown={onKeyDown}
			/>
			<ul class="palette" id="palette" role="listbox" aria-label={t.title} ref={list}>
				{actions.map((action) => (
					<li
						key={action.id}
						id={`do-${action.id}`}
						role="option"
						aria-selected={action === current}
						onMouseDown={(event) => event.preventDefault()}
						onClick={() => run(action)}
					>
						<Icon name={action.icon} small />
						<span class="grow one">{action.label}</span>
						{action.key !== undefined && <kbd class="kbd">{action.key.toUpperCase()}</kbd>}
					</li>
				))}
			</ul>
			<p class={actions.length === 0 ? 'dim' : 'vh'} role="status">
				{actions.length === 0 ? t.none : t.results(actions.length)}
			</p>
		</Dialog>
	);
}
