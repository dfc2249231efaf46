// SPDX-License-Identifier: Apache-2.0
import { useId } from 'preact/hooks';

/** How a switch looks; the control around it carries the state for everybody else. */
export function Switch({ on }: { on: boolean }) {
	return <span class={on ? 'sw sw--on' : 'sw'} aria-hidden="true" />;
}

interface SettingProps {
	readonly label: string;
	readonly hint: string;
	readonly on: boolean;
	readonly onChange: (on: boolean) => void;
}

export function Setting({ label, hint, on, onChange }: SettingProps) {
	const id = useId();
	return (
		<button
			type="button"
			class="setting"
			role="switch"
			aria-checked={on}
			aria-describedby={id}
			aria-label={label}
			onClick={() => onChange(!on)}
		>
			<span class="grow">
				{label}
				<small id={id}>{hint}</small>
			</span>
			<Switch on={on} />
		</button>
	);
}
