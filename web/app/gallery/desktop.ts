// SPDX-License-Identifier: Apache-2.0
// A drawn stand-in for somebody's desktop.
const LINES = [
	'/* Copy a cell when the picture only moved. */',
	'static int copy_cell(struct picture *p, const struct move *m)',
	'{',
	'    const uint32_t *src = p->rows + m->from_y * p->stride + m->from_x;',
	'    uint32_t *dst = p->rows + m->to_y * p->stride + m->to_x;',
	'',
	'    if (!inside(p, m))',
	'        return -1;',
	'    for (int y = 0; y < m->height; y++) {',
	'        memmove(dst, src, m->width * sizeof(*dst));',
	'        src += p->stride;',
	'        dst += p->stride;',
	'    }',
	'    return 0;',
	'}',
];

export function drawDesktop(canvas: OffscreenCanvas, width: number, height: number): void {
	canvas.width = width;
	canvas.height = height;
	const pen = canvas.getContext('2d');
	if (!pen) return;
	pen.fillStyle = '#3a4150';
	pen.fillRect(0, 0, width, height);
	pen.fillStyle = '#15181e';
	pen.fillRect(0, 0, width, 34);
	pen.fillStyle = '#20242c';
	pen.fillRect(22, 56, width - 44, height - 78);
	pen.fillStyle = '#1b1f26';
	pen.fillRect(22, 98, 240, height - 120);
	pen.fillStyle = '#181b21';
	pen.fillRect(22, 56, width - 44, 42);
	pen.font = '15px sans-serif';
	pen.fillStyle = '#c9ced8';
	['Files', 'Edit', 'View'].forEach((word, at) => pen.fillText(word, 20 + at * 70, 22));
	['copy.c', 'picture.c', 'copy_test.c'].forEach((word, at) => pen.fillText(word, 46 + at * 120, 82));
	['mosaic', '  cell.c', '  copy.c', '  copy.h', '  model.c', 'tests', 'meson.build'].forEach((word, at) =>
		pen.fillText(word, 46, 130 + at * 28),
	);
	pen.font = '16px monospace';
	for (let row = 0; row * 26 < height - 180; row++) {
		const text = LINES[row % LINES.length] ?? '';
		pen.fillStyle = '#626a78';
		pen.fillText(String(row + 41), 284, 132 + row * 26);
		pen.fillStyle = text.startsWith('/*') ? '#8a93a2' : '#dfe3ea';
		pen.fillText(text, 330, 132 + row * 26);
	}
}

const SHIRTS = ['#39505a', '#4a5b71', '#566235', '#6d4a5b'];

/** A drawn stand-in for somebody's camera. */
export function drawFace(video: HTMLVideoElement, member: number): void {
	const canvas = document.createElement('canvas');
	canvas.width = 640;
	canvas.height = 360;
	const pen = canvas.getContext('2d');
	if (!pen) return;
	pen.fillStyle = member % 2 ? '#6a7476' : '#7a6c6e';
	pen.fillRect(0, 0, 640, 360);
	pen.fillStyle = SHIRTS[member % SHIRTS.length] ?? '';
	pen.fillRect(200, 270, 240, 90);
	pen.fillStyle = '#2c2622';
	pen.fillRect(250, 60, 140, 190);
	pen.fillStyle = member % 3 ? '#c99a7c' : '#8a5f48';
	pen.fillRect(268, 100, 104, 150);
	video.srcObject = canvas.captureStream();
}
