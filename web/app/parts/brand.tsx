// SPDX-License-Identifier: Apache-2.0
const STONES =
	'M1 1.5 7.3 1l-.2 6.400-5.800-.2zM8.800 1.100l6.400.2-.1 6-6.500-.2zM16.700 1l6.300.5-.3 5.800-6.200.1z' +
	'M8.700 8.800l6.300-.1.200 6.400-6.600.1zM8.800 16.600l6.200.1.100 6.200-6.400-.1z';
const GREY =
	'M1.200 8.900l5.900-.2.200 6.300-6.200.2zM16.700 8.800l6 .1.200 6.100-6.300.2zM1.100 16.800l6.100-.1-.1 6.200L1.400 23z';
const LOOSE = 'M17.200 16.300l6.100.9-.9 6-6-.8z';

export function Mark() {
	return (
		<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
			<path class="a" d={STONES} />
			<path class="g" d={GREY} />
			<path class="o" d={LOOSE} />
		</svg>
	);
}
