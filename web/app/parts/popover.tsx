// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const GAP = 8;

/** Puts a shown popover below its anchor, or above, and always inside the window. */
function place(popover: HTMLElement, anchor: HTMLElement, align: 'start' | 'end'): void {
	const from = anchor.getBoundingClientRect();
	const size = popover.getBoundingClientRect();
	const startIsLeft = (getComputedStyle(anchor).direction === 'ltr') === (align === 'start');
	const wanted = startIsLeft ? from.left : from.right - size.width;
	const left = Math.max(GAP, Math.min(wanted, innerWidth - size.width - GAP));
	const below = from.bottom + GAP;
	const above = from.top - GAP - size.height;
	const fits = below + size.height <= innerHeight - GAP;
	const top = fits ? below : Math.max(GAP, above >= GAP ? above : innerHeight - size.height - GAP);
	popover.style.left = `${Math.round(left)}px`;
	popover.style.top = `${Math.round(top)}px`;
}

interface PopoverProps {
	readonly anchor: RefObject<HTMLElement | null>;
	readonly onClose: () => void;
	readonly label: string;
	readonly role?: 'dialog' | 'menu';
	readonly class?: string;
	readonly align?: 'start' | 'end';
	readonly children: ComponentChildren;
	readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** A native popover, rendered only while open: Escape and a click elsewhere close it. */
export function Popover(props: PopoverProps) {
	const { anchor, onClose, align = 'start', role = 'dialog' } = props;
	const ref = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const popover = ref.current;
		const from = anchor.current;
		if (!popover || !from) return undefined;
		popover.showPopover();
		place(popover, from, align);
		(popover.querySelector<HTMLElement>('[role^="menuitem"], button, a, input') ?? popover).focus({
			preventScroll: true,
		});
		const again = (): void => place(popover, from, align);
		addEventListener('resize', again);
		const toggled = (event: Event): void => {
			if ((event as ToggleEvent).newState === 'closed') onClose();
		};
		popover.addEventListener('toggle', toggled);
		return () => {
			removeEventListener('resize', again);
			popover.removeEventListener('toggle', toggled);
			const inside = popover.contains(document.activeElement);
			if (popover.matches(':popover-open')) popover.hidePopover();
			if (inside && from.isConnected) from.focus({ preventScroll: true });
		};
	}, []);
	return (
		<div
			ref={ref}
			popover="auto"
			role={role}
			tabIndex={-1}
			aria-label={props.label}
			class={`pop popover ${props.class ?? ''}`}
			onKeyDown={props.onKeyDown}
		>
			{props.children}
		</div>
	);
}
