// SPDX-License-Identifier: Apache-2.0
// The mosaic of the lobby and of empty states. A picture is rows of tiles: 1, 2, 3 are stones,
// a is verdigris, a dot is a gap. The ochre tile is the one that has not been set yet.

const CELL = 20;

interface Picture {
	readonly rows: readonly string[];
	readonly loose: { readonly x: number; readonly y: number };
}

const pictures = {
	lobby: {
		rows: [
			'..11111121.....',
			'.2111321332a2..',
			'121213231a121..',
			'1311223a2.232..',
			'13322a1111121..',
			'.1a313a3111a...',
			'..32a2a1a1.....',
		],
		loose: { x: 278, y: 62 },
	},
	empty: { rows: ['.a23a2...', '11a12.2..', '222113a..', '.31131...'], loose: { x: 150, y: 24 } },
} satisfies Record<string, Picture>;

/** A small number that is always the same for the same place: cut stones are never quite square. */
function jitter(seed: number): number {
	const wave = Math.sin(seed * 127.1) * 43758.5453;
	return (wave - Math.floor(wave)) * 2;
}

function stone(column: number, row: number): string {
	const at = (corner: number): number => jitter(column * 31 + row * 57 + corner);
	const x = column * CELL;
	const y = row * CELL;
	const points = [
		[x + 0.5 + at(1), y + 0.5 + at(2)],
		[x + 19.5 - at(3), y + 0.5 + at(4)],
		[x + 19.5 - at(5), y + 19.5 - at(6)],
		[x + 0.5 + at(7), y + 19.5 - at(8)],
	];
	return `M${points.map((point) => point.map((value) => value.toFixed(1)).join(' ')).join('L')}z`;
}

export function Mosaic({ kind }: { kind: keyof typeof pictures }) {
	const { rows, loose }: Picture = pictures[kind];
	const width = (rows[0]?.length ?? 0) * CELL;
	const shades = ['1', '2', '3', 'a'];
	const path = (shade: string): string =>
		rows.flatMap((row, y) => Array.from(row, (tile, x) => (tile === shade ? stone(x, y) : ''))).join('');
	return (
		<svg class={`mosaic mosaic--${kind}`} viewBox={`0 0 ${width} ${rows.length * CELL}`} aria-hidden="true">
			{shades.map((shade) => (
				<path class={`m${shade}`} d={path(shade)} />
			))}
			<path class="mo" transform={`translate(${loose.x} ${loose.y}) rotate(9)`} d="M1 .5 17 0l-.6 17L.4 16.5z" />
		</svg>
	);
}
