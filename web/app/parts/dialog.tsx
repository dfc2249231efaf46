// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { strings } from '../strings';

interface DialogProps {
	readonly title: string;
	readonly onClose: () => void;
	readonly children: ComponentChildren;
	readonly wide?: boolean;
	/** Ochre for a question, brick for what is final. */
	readonly tone?: 'plain' | 'final';
	/** A question has its own two buttons and no cross. */
	readonly question?: boolean;
}

/**
 * close() gives the focus back while what was behind the dialog still counts as inert: Chromium then
 * shows a field as focused, but takes no text in it. So the focus is given once more, after the layout.
 */
function focusAnew(element: HTMLElement): void {
	element.blur();
	element.getBoundingClientRect();
	element.focus();
}

/** A native modal dialog: focus goes in, stays in, and comes back to where it was. */
export function Dialog({ title, onClose, children, wide = false, tone = 'plain', question = false }: DialogProps) {
	const ref = useRef<HTMLDialogElement>(null);
	const titleId = useId();
	useLayoutEffect(() => {
		const dialog = ref.current;
		const before = document.activeElement;
		if (dialog && !dialog.open) {
			dialog.showModal();
			// The cross is nobody's first wish: without a field to type in, the dialog itself has the focus.
			if (!dialog.querySelector('[autofocus]')) dialog.focus();
		}
		return () => {
			dialog?.close();
			if (before instanceof HTMLElement && before.isConnected) focusAnew(before);
		};
	}, []);
	const closeOnScrim = (event: MouseEvent): void => {
		if (event.target === ref.current && !question) onClose();
	};
	return (
		<dialog
			ref={ref}
			tabIndex={-1}
			class={`pop dialog ${wide ? 'dialog--wide ' : ''}dialog--${tone}`}
			aria-labelledby={titleId}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onMouseDown={closeOnScrim}
		>
			<div class="dialog-in">
				<header class="dialog-head">
					<h2 id={titleId} class="grow">
						{title}
					</h2>
					{!question && (
						<button
							type="button"
							class="btn btn--s btn--quiet btn--icon"
							aria-label={strings.value.close}
							onClick={onClose}
						>
							<Icon name="x" small />
						</button>
					)}
				</header>
				{children}
			</div>
		</dialog>
	);
}

interface QuestionProps {
	readonly title: string;
	readonly text: string;
	readonly more?: string;
	readonly yes: string;
	readonly no: string;
	readonly final?: boolean;
	readonly onYes: () => void;
	readonly onNo: () => void;
}

/** A sentence and two buttons; the safe one has the focus. */
export function Question({ title, text, more, yes, no, final = false, onYes, onNo }: QuestionProps) {
	const safe = useRef<HTMLButtonElement>(null);
	useLayoutEffect(() => safe.current?.focus(), []);
	return (
		<Dialog title={title} onClose={onNo} tone={final ? 'final' : 'plain'} question>
			<p class="dim">{text}</p>
			{more !== undefined && <p class="dim">{more}</p>}
			<div class="dialog-acts">
				<button ref={safe} type="button" class="btn" onClick={onNo}>
					{no}
				</button>
				<button type="button" class={`btn ${final ? 'btn--live' : 'btn--primary'}`} onClick={onYes}>
					{yes}
				</button>
			</div>
		</Dialog>
	);
}
