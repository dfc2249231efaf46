// SPDX-License-Identifier: Apache-2.0
// The lock: one word that is always in sight, and on a click who can decrypt.
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { useStore } from '../model/store';
import { Popover } from '../parts/popover';
import { strings } from '../strings';

export function Trust() {
	const { session } = useStore();
	const [open, setOpen] = useState(false);
	const anchor = useRef<HTMLButtonElement>(null);
	const t = strings.value.trust;
	return (
		<>
			<button
				ref={anchor}
				type="button"
				class="chip trust-chip"
				aria-haspopup="dialog"
				aria-expanded={open}
				onClick={() => setOpen(!open)}
			>
				<Icon name="lock" small />
				<span>{t.chip}</span>
				<Icon name="down" small />
			</button>
			{open && (
				<Popover anchor={anchor} onClose={() => setOpen(false)} label={t.title} class="trust">
					<h2>{t.title}</h2>
					<p class="dim">{t.text}</p>
					<h3 class="label">{t.who}</h3>
					<ul class="trust-who">
						<Who icon="people" who={t.people(session.value?.members.length ?? 0)} what={t.peopleWhat} />
						<Who icon="server" who={t.server} what={t.serverWhat} />
					</ul>
					<p class="hint">{t.note}</p>
				</Popover>
			)}
		</>
	);
}

function Who({ icon, who, what }: { icon: IconName; who: string; what: string }) {
	return (
		<li>
			<Icon name={icon} small />
			<span>{who}</span>
			<span class="dim">{what}</span>
		</li>
	);
}
