/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and milliseconds of the screen codec at 1080p: key pictures, and a page that scrolls.
 * One figure per line: name metric value unit peer ratio (peer: the samples uncoded).
 */
#include <stdio.h>
#include <time.h>

#include "core/screen/codec.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 1920, HEIGHT = 1080, N_RUNS = 7 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void print(const char *name, const char *metric, double value, const char *unit, double peer)
{
	if (peer > 0)
		printf("screen/%s\t%s\t%.2f\t%s\traw\t%.4f\n", name, metric, value, unit,
			value / peer);
	else
		printf("screen/%s\t%s\t%.2f\t%s\t-\t-\n", name, metric, value, unit);
}

/* All cells as KEY, there and back. */
static void bench_key(const char *name, const struct picture *p)
{
	double encode = 1e9, decode = 1e9;
	size_t bytes = 0;

	for (int run = 0; run < N_RUNS; run++) {
		struct tsr_encoder *enc = NULL;
		struct tsr_decoder *dec = NULL;
		struct tsr_slice unit;
		double encode_ms = 0, decode_ms = 0, t;
		uint64_t cells, state;

		if (tsr_encoder_create(&enc, p->format, p->width, p->height) != 0 ||
			tsr_decoder_create(&dec, p->format, p->width, p->height) != 0)
			abort();
		t = now_ms();
		tsr_encoder_picture(enc, &p->planes, NULL, &cells, &unit);
		encode_ms += now_ms() - t;
		bytes = 0;
		for (uint32_t c = 0; c < tsr_encoder_grid(enc)->n_cells; c++) {
			t = now_ms();
			unit = tsr_encoder_key(enc, c);
			encode_ms += now_ms() - t;
			bytes += unit.len;
			t = now_ms();
			if (tsr_decoder_key(dec, c, unit, &state) != 0)
				abort();
			decode_ms += now_ms() - t;
		}
		if (tsr_picture_digest(p->format, p->width, p->height, tsr_decoder_planes(dec)) !=
			tsr_picture_digest(p->format, p->width, p->height, &p->planes))
			abort();
		encode = encode_ms < encode ? encode_ms : encode;
		decode = decode_ms < decode ? decode_ms : decode;
		tsr_encoder_destroy(enc);
		tsr_decoder_destroy(dec);
	}
	print(name, "key", (double)bytes, "bytes", (double)p->len);
	print(name, "encode", encode, "ms", 0);
	print(name, "decode", decode, "ms", 0);
}

static void bench_scroll(const char *name, enum tsr_pixel_format format)
{
	enum { N = 20 };
	struct picture p;
	struct tsr_encoder *enc = NULL;
	struct tsr_decoder *dec = NULL;
	struct tsr_slice unit;
	double encode_ms = 0, decode_ms = 0, t;
	uint64_t cells, state, bytes = 0;

	if (!picture_init(&p, format, WIDTH, HEIGHT) ||
		tsr_encoder_create(&enc, format, WIDTH, HEIGHT) != 0 ||
		tsr_decoder_create(&dec, format, WIDTH, HEIGHT) != 0)
		abort();
	for (uint32_t i = 0; i < N; i++) {
		picture_text(&p, 1, i * 48);
		t = now_ms();
		tsr_encoder_picture(enc, &p.planes, NULL, &cells, &unit);
		encode_ms += i > 0 ? now_ms() - t : 0;
		for (uint32_t c = 0; i == 0 && c < tsr_encoder_grid(enc)->n_cells; c++)
			if (tsr_decoder_key(dec, c, tsr_encoder_key(enc, c), &state) != 0)
				abort();
		if (i == 0)
			continue;
		bytes += unit.len;
		t = now_ms();
		if (tsr_decoder_delta(dec, i + 1, cells, unit) != 0)
			abort();
		decode_ms += now_ms() - t;
	}
	print(name, "delta", (double)bytes / (N - 1), "bytes", (double)p.len);
	print(name, "encode", encode_ms / (N - 1), "ms", 0);
	print(name, "decode", decode_ms / (N - 1), "ms", 0);
	tsr_encoder_destroy(enc);
	tsr_decoder_destroy(dec);
	picture_finish(&p);
}

/* A picture from a file of raw samples, for measurements on real screens. */
static void bench_file(const char *path, enum tsr_pixel_format format)
{
	struct picture p;
	FILE *file = fopen(path, "rb");

	if (!file || !picture_init(&p, format, WIDTH, HEIGHT) ||
		fread(p.bytes, 1, p.len, file) != p.len)
		abort();
	fclose(file);
	bench_key(path, &p);
	picture_finish(&p);
}

static void bench_made_up(enum tsr_pixel_format format, const char *text, const char *photo)
{
	struct tsr_rect all = { 0, 0, WIDTH, HEIGHT };
	struct picture p;

	if (!picture_init(&p, format, WIDTH, HEIGHT))
		abort();
	picture_text(&p, 1, 0);
	bench_key(text, &p);
	picture_photo(&p, all, 1);
	bench_key(photo, &p);
	picture_finish(&p);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			bench_file(argv[i],
				strstr(argv[i], "i420") ? TSR_FORMAT_I420 : TSR_FORMAT_BGRA);
	bench_made_up(TSR_FORMAT_BGRA, "text-bgra", "photo-bgra");
	bench_made_up(TSR_FORMAT_I420, "text-i420", "photo-i420");
	bench_scroll("scroll-bgra", TSR_FORMAT_BGRA);
	bench_scroll("scroll-i420", TSR_FORMAT_I420);
	return 0;
}
