/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native side of `screen-wasm`: a picture through a share and a view, as the page that is
 * measured against it does it with tessera.wasm.
 * usage: bench-screen-wasm WIDTH HEIGHT RUNS FILE (raw BGRA)
 * Prints the shortest encode and decode in ms of processor time, and the bytes of the units.
 */
#include <string.h>

#include "bench/screen/tools.h"
#include "core/screen/share.h"
#include "core/screen/view.h"

enum { FROM = 1, STREAM = 1, EPOCH = 1, CELLS_MAX = 64 };

struct picture {
	struct tsr_planes planes;
	uint8_t *bytes;
	uint32_t width, height;
};

/* What the encoder gave, kept so that encoding and decoding are measured apart. */
struct units {
	struct tsr_frame frames[CELLS_MAX];
	struct tsr_slice units[CELLS_MAX];
	size_t n, bytes;
};

static void read_picture(struct picture *p, const char *name)
{
	size_t len = tsr_picture_len(TSR_FORMAT_BGRA, p->width, p->height);
	FILE *file = fopen(name, "rb");

	p->bytes = bench_alloc(len);
	if (!file || fread(p->bytes, 1, len, file) != len)
		bench_die("%s: no picture of %zu bytes", name, len);
	fclose(file);
	p->planes = tsr_picture_planes(TSR_FORMAT_BGRA, p->width, p->height, p->bytes);
}

static double encode(struct units *out, const struct picture *p)
{
	struct tsr_share_config config = { TSR_FORMAT_BGRA, p->width, p->height, FROM, STREAM,
		EPOCH };
	struct tsr_share *share;
	struct tsr_slice unit;
	double spent = 0, from;

	if (tsr_share_create(&share, &config) != 0)
		bench_die("no share");
	out->n = out->bytes = 0;
	from = bench_thread_cpu();
	tsr_share_handle_capture(share, NULL);
	if (tsr_share_handle_picture(share, &p->planes, 0) != 0)
		bench_die("the share wants no picture");
	while (tsr_share_poll_frame(share, &out->frames[out->n], &unit)) {
		spent += bench_thread_cpu() - from;
		out->units[out->n].data = memcpy(bench_alloc(unit.len), unit.data, unit.len);
		out->units[out->n++].len = unit.len;
		out->bytes += unit.len;
		from = bench_thread_cpu();
		tsr_share_handle_sent(share, unit.len);
		tsr_share_handle_credit(share, out->bytes);
	}
	spent += bench_thread_cpu() - from;
	tsr_share_destroy(share);
	return spent;
}

static double decode(const struct units *in, const struct picture *p)
{
	struct tsr_view *view;
	double spent;

	if (tsr_view_create(&view, TSR_FORMAT_BGRA, p->width, p->height) != 0)
		bench_die("no view");
	spent = -bench_thread_cpu();
	for (size_t i = 0; i < in->n; i++)
		if (tsr_view_handle_frame(view, &in->frames[i], in->units[i], in->units[i].len))
			bench_die("unit %zu is malformed", i);
	spent += bench_thread_cpu();
	if (tsr_view_digest(view) !=
		tsr_picture_digest(TSR_FORMAT_BGRA, p->width, p->height, &p->planes))
		bench_die("the picture is not what it was");
	tsr_view_destroy(view);
	return spent;
}

int main(int argc, char **argv)
{
	double best_encode = 1e9, best_decode = 1e9;
	struct picture p = { 0 };
	struct units units;

	if (argc != 5)
		bench_die("usage: bench-screen-wasm WIDTH HEIGHT RUNS FILE");
	p.width = (uint32_t)strtoul(argv[1], NULL, 10);
	p.height = (uint32_t)strtoul(argv[2], NULL, 10);
	read_picture(&p, argv[4]);
	for (long run = strtol(argv[3], NULL, 10); run > 0; run--) {
		double e = encode(&units, &p), d = decode(&units, &p);

		best_encode = e < best_encode ? e : best_encode;
		best_decode = d < best_decode ? d : best_decode;
		for (size_t i = 0; i < units.n; i++)
			free((void *)units.units[i].data);
	}
	printf("%.3f %.3f %zu\n", best_encode * 1e3, best_decode * 1e3, units.bytes);
	free(p.bytes);
	return 0;
}
