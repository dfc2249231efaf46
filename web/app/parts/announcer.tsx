// SPDX-License-Identifier: Apache-2.0
import { polite, urgent } from '../model/announcer';

export function Announcer() {
	return (
		<>
			<div class="vh" aria-live="polite" aria-atomic="true" data-testid="polite">
				<span key={polite.value.n}>{polite.value.text}</span>
			</div>
			<div class="vh" aria-live="assertive" aria-atomic="true" data-testid="urgent">
				<span key={urgent.value.n}>{urgent.value.text}</span>
			</div>
		</>
	);
}
