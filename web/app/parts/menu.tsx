// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { Popover } from './popover';
import { Switch } from './switch';

export type MenuItem =
	| { readonly kind: 'line' }
	| {
			readonly kind: 'do';
			readonly icon: IconName;
			readonly label: string;
			readonly hint?: string;
			readonly keys?: string;
			readonly danger?: boolean;
			readonly run: () => void;
	  }
	| {
			readonly kind: 'check';
			readonly icon: IconName;
			readonly label: string;
			readonly checked: boolean;
			readonly run: () => void;
	  };

interface MenuProps {
	readonly label: string;
	readonly class: string;
	readonly button: ComponentChildren;
	readonly heading?: ComponentChildren;
	/** Asked for at the moment of opening and at every change while open. */
	readonly items: () => readonly MenuItem[];
	readonly align?: 'start' | 'end';
	readonly onOpen?: (open: boolean) => void;
}

function moveFocus(event: KeyboardEvent): void {
	const menu = event.currentTarget as HTMLElement;
	const items = [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
	const at = items.indexOf(document.activeElement as HTMLElement);
	const to = new Map([
		['ArrowDown', at + 1],
		['ArrowUp', at - 1],
		['Home', 0],
		['End', -1],
	]).get(event.key);
	if (to === undefined) return;
	event.preventDefault();
	items.at(to % items.length)?.focus();
}

/** A button with a menu. The menu is in the page only while it is open. */
export function Menu({ label, button, heading, items, align = 'end', onOpen, ...rest }: MenuProps) {
	const [open, setOpen] = useState(false);
	const anchor = useRef<HTMLButtonElement>(null);
	const set = (next: boolean): void => {
		setOpen(next);
		onOpen?.(next);
	};
	return (
		<>
			<button
				ref={anchor}
				type="button"
				class={rest.class}
				aria-label={label}
				aria-haspopup="menu"
				aria-expanded={open}
				onClick={() => set(!open)}
			>
				{button}
			</button>
			{open && (
				<Popover
					anchor={anchor}
					onClose={() => set(false)}
					label={label}
					role="menu"
					class="menu"
					align={align}
					onKeyDown={moveFocus}
				>
					{heading !== undefined && (
						<div class="menu-head" role="presentation">
							{heading}
						</div>
					)}
					{items().map((item) => (
						<Entry item={item} close={() => set(false)} />
					))}
				</Popover>
			)}
		</>
	);
}

function Entry({ item, close }: { item: MenuItem; close: () => void }) {
	if (item.kind === 'line') return <hr role="separator" />;
	const common = { type: 'button', tabIndex: -1 } as const;
	if (item.kind === 'check') {
		return (
			<button {...common} role="menuitemcheckbox" aria-checked={item.checked} onClick={item.run}>
				<Icon name={item.icon} small />
				<span>{item.label}</span>
				<Switch on={item.checked} />
			</button>
		);
	}
	const run = (): void => {
		close();
		item.run();
	};
	return (
		<button {...common} role="menuitem" class={item.danger ? 'bad' : ''} onClick={run}>
			<Icon name={item.icon} small />
			<span>
				{item.label}
				{item.hint !== undefined && <small>{item.hint}</small>}
			</span>
			{item.keys !== undefined && <kbd class="kbd">{item.keys}</kbd>}
		</button>
	);
}
