/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-screen-key FORMAT RUNS KIND NAME FILE [KIND NAME FILE]...
 *
 * Whole pictures, 1920x1080 raw BGRA from files: ours (every cell as KEY, there and back, compared)
 * against libwebp lossless, method 2, quality 20, exact, whole picture, one thread, run by turns.
 * Processor time of the thread, medians. FORMAT is bgra, or i420: then both see the picture after a
 * conversion to 4:2:0 (BT.601, limited range): ours its planes, webp what RGB they give.
 * One line per figure: metric value unit peer ratio; without NAME the geometric mean of a kind.
 */
#include <libyuv.h>
#include <math.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include "bench/screen/tools.h"
#include "core/screen/codec.h"

enum { WIDTH = 1920, HEIGHT = 1080, N_RUNS_MAX = 64, N_PICTURES_MAX = 64 };

struct figures {
	double bytes, encode_ms, decode_ms;
};

struct picture {
	const char *kind, *name;
	struct figures ours, webp;
	double encode_ratio, decode_ratio; /* medians of the runs' own ratios */
};

static double elapsed_ms(double *since)
{
	double now = bench_thread_cpu(), ms = (now - *since) * 1e3;

	*since = now;
	return ms;
}

static void run_ours(
	struct figures *out, enum tsr_pixel_format format, const struct tsr_planes *planes)
{
	struct tsr_encoder *enc;
	struct tsr_decoder *dec;
	struct tsr_slice unit;
	uint64_t cells, state;
	double t;

	if (tsr_encoder_create(&enc, format, WIDTH, HEIGHT) != 0 ||
		tsr_decoder_create(&dec, format, WIDTH, HEIGHT) != 0)
		bench_die("out of memory");
	*out = (struct figures){ 0 };
	t = bench_thread_cpu();
	tsr_encoder_picture(enc, planes, NULL, &cells, &unit);
	out->encode_ms = elapsed_ms(&t);
	for (uint32_t c = 0; c < tsr_encoder_grid(enc)->n_cells; c++) {
		t = bench_thread_cpu();
		unit = tsr_encoder_key(enc, c);
		out->encode_ms += elapsed_ms(&t);
		out->bytes += (double)unit.len;
		if (tsr_decoder_key(dec, c, unit, &state) != 0)
			bench_die("a cell cannot be decoded");
		out->decode_ms += elapsed_ms(&t);
	}
	if (tsr_picture_digest(format, WIDTH, HEIGHT, tsr_decoder_planes(dec)) !=
		tsr_picture_digest(format, WIDTH, HEIGHT, planes))
		bench_die("what was decoded is not the picture");
	tsr_encoder_destroy(enc);
	tsr_decoder_destroy(dec);
}

static void run_webp(struct figures *out, const uint8_t *bgra)
{
	static uint8_t decoded[WIDTH * HEIGHT * 4];
	WebPMemoryWriter writer;
	WebPPicture picture;
	WebPConfig config;
	double t;

	if (!WebPConfigInit(&config) || !WebPPictureInit(&picture))
		bench_die("another libwebp than built with");
	config.lossless = 1;
	config.method = 2;
	config.quality = 20;
	config.exact = 1;
	config.thread_level = 0;
	picture.use_argb = 1;
	picture.width = WIDTH;
	picture.height = HEIGHT;
	WebPMemoryWriterInit(&writer);
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	if (!WebPPictureImportBGRX(&picture, bgra, WIDTH * 4))
		bench_die("out of memory");
	t = bench_thread_cpu();
	if (!WebPEncode(&config, &picture))
		bench_die("webp cannot encode: %d", (int)picture.error_code);
	out->encode_ms = elapsed_ms(&t);
	out->bytes = (double)writer.size;
	t = bench_thread_cpu();
	if (!WebPDecodeBGRAInto(writer.mem, writer.size, decoded, sizeof(decoded), WIDTH * 4))
		bench_die("webp cannot decode");
	out->decode_ms = elapsed_ms(&t);
	if (memcmp(decoded, bgra, sizeof(decoded)) != 0)
		bench_die("what webp decoded is not the picture");
	WebPPictureFree(&picture);
	WebPMemoryWriterClear(&writer);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void measure(struct picture *p, enum tsr_pixel_format format,
	const struct tsr_planes *planes, const uint8_t *bgra, int n_runs)
{
	double ours_e[N_RUNS_MAX], ours_d[N_RUNS_MAX], webp_e[N_RUNS_MAX], webp_d[N_RUNS_MAX];
	double ratio_e[N_RUNS_MAX], ratio_d[N_RUNS_MAX];

	for (int i = 0; i < n_runs; i++) {
		run_ours(&p->ours, format, planes);
		run_webp(&p->webp, bgra);
		ours_e[i] = p->ours.encode_ms;
		ours_d[i] = p->ours.decode_ms;
		webp_e[i] = p->webp.encode_ms;
		webp_d[i] = p->webp.decode_ms;
		ratio_e[i] = ours_e[i] / webp_e[i];
		ratio_d[i] = ours_d[i] / webp_d[i];
	}
	p->ours.encode_ms = median(ours_e, n_runs);
	p->ours.decode_ms = median(ours_d, n_runs);
	p->webp.encode_ms = median(webp_e, n_runs);
	p->webp.decode_ms = median(webp_d, n_runs);
	p->encode_ratio = median(ratio_e, n_runs);
	p->decode_ratio = median(ratio_d, n_runs);
}

static void read_file(const char *path, uint8_t *bgra)
{
	FILE *file = fopen(path, "rb");

	if (!file || fread(bgra, 1, WIDTH * HEIGHT * 4, file) != WIDTH * HEIGHT * 4 ||
		fgetc(file) != EOF)
		bench_die("%s is not 1920x1080 raw BGRA", path);
	fclose(file);
	for (size_t i = 3; i < WIDTH * HEIGHT * 4; i += 4)
		bgra[i] = 255;
}

static void measure_file(
	struct picture *p, enum tsr_pixel_format format, const char *path, int n_runs)
{
	uint8_t *bgra = bench_alloc(WIDTH * HEIGHT * 4);
	uint8_t *planes = bench_alloc(tsr_picture_len(TSR_FORMAT_I420, WIDTH, HEIGHT));
	struct tsr_planes in = tsr_picture_planes(TSR_FORMAT_BGRA, WIDTH, HEIGHT, bgra);

	read_file(path, bgra);
	if (format == TSR_FORMAT_I420) {
		in = tsr_picture_planes(TSR_FORMAT_I420, WIDTH, HEIGHT, planes);
		ARGBToI420(bgra, WIDTH * 4, in.plane[0], (int)in.stride[0], in.plane[1],
			(int)in.stride[1], in.plane[2], (int)in.stride[2], WIDTH, HEIGHT);
		I420ToARGB(in.plane[0], (int)in.stride[0], in.plane[1], (int)in.stride[1],
			in.plane[2], (int)in.stride[2], bgra, WIDTH * 4, WIDTH, HEIGHT);
	}
	measure(p, format, &in, bgra, n_runs);
	free(bgra);
	free(planes);
}

static void print(
	const char *metric, const char *name, double value, const char *unit, double ratio)
{
	printf("%s%s%s\t%.2f\t%s\twebp-m2\t%.4f\n", metric, name ? "/" : "", name ? name : "",
		value, unit, ratio);
}

/* A figure of a kind is the geometric mean of those of its pictures. */
struct mean {
	double value, ratio, n;
};

static void add(struct mean *mean, double value, double ratio)
{
	mean->value += log(value);
	mean->ratio += log(ratio);
	mean->n++;
}

static void print_mean(const char *metric, const struct mean *mean, const char *unit)
{
	if (mean->n > 0)
		print(metric, NULL, exp(mean->value / mean->n), unit, exp(mean->ratio / mean->n));
}

static void print_means(const struct picture *v, int n)
{
	struct mean text = { 0 }, photo = { 0 }, encode = { 0 }, decode = { 0 };

	for (int i = 0; i < n; i++) {
		bool is_text = strcmp(v[i].kind, "text") == 0;

		add(is_text ? &text : &photo, v[i].ours.bytes, v[i].ours.bytes / v[i].webp.bytes);
		add(&encode, v[i].ours.encode_ms, v[i].encode_ratio);
		add(&decode, v[i].ours.decode_ms, v[i].decode_ratio);
	}
	print_mean("text_bytes", &text, "bytes");
	print_mean("photo_bytes", &photo, "bytes");
	print_mean("encode_ms", &encode, "ms");
	print_mean("decode_ms", &decode, "ms");
}

int main(int argc, char **argv)
{
	struct picture pictures[N_PICTURES_MAX];
	enum tsr_pixel_format format;
	int n = 0, n_runs;

	if (argc < 6 || argc % 3 != 0 || argc / 3 - 1 > N_PICTURES_MAX)
		bench_die("usage: bench-screen-key bgra|i420 RUNS KIND NAME FILE...");
	format = strcmp(argv[1], "i420") == 0 ? TSR_FORMAT_I420 : TSR_FORMAT_BGRA;
	n_runs = (int)strtol(argv[2], NULL, 10);
	if (n_runs < 1 || n_runs > N_RUNS_MAX)
		bench_die("1 to %d runs", N_RUNS_MAX);
	for (int i = 3; i + 2 < argc; i += 3) {
		struct picture *p = &pictures[n++];

		*p = (struct picture){ .kind = argv[i], .name = argv[i + 1] };
		measure_file(p, format, argv[i + 2], n_runs);
		print(strcmp(p->kind, "text") == 0 ? "text_bytes" : "photo_bytes", p->name,
			p->ours.bytes, "bytes", p->ours.bytes / p->webp.bytes);
		print("encode_ms", p->name, p->ours.encode_ms, "ms", p->encode_ratio);
		print("decode_ms", p->name, p->ours.decode_ms, "ms", p->decode_ratio);
		fflush(stdout);
	}
	print_means(pictures, n);
	return 0;
}
