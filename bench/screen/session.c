/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-screen-session RECORDING PHASES [--i420] [--no-peers] [--stream FILE]
 *
 * Plays a recording to ours and to the peers, picture by picture in turn; PHASES has a line
 * "NAME microseconds" for each phase's start. What ours made is decoded and compared with the
 * source bit for bit after each picture, outside of what is timed. Prints JSON. The first picture
 * is a phase of its own, "first".
 *
 * --stream writes what a viewer would get (stream.h).
 */
#include <libyuv.h>
#include <string.h>

#include "bench/screen/peers.h"
#include "bench/screen/recording.h"
#include "bench/screen/stream.h"
#include "bench/screen/tools.h"
#include "core/screen/codec.h"

enum { N_PHASES_MAX = 64 };

struct cost {
	double bytes, cpu;
};

struct phase {
	char name[40];
	int64_t start_us;
	uint32_t n_frames;
	struct cost ours, zstd, x264;
	double decode, idle; /* cpu: our decoder; x264 on pictures that had not changed */
	double worst;        /* longest that ours took over a picture */
};

struct player {
	struct recording *rec;
	struct recording_frame frame;
	struct phase phases[N_PHASES_MAX + 1];
	uint32_t n_phases, n_ticks;
	enum tsr_pixel_format format;
	struct tsr_encoder *enc;
	struct tsr_decoder *dec;
	struct tsr_planes i420; /* of the recording's picture */
	struct zstd_tiles *zstd;
	struct x264_peer *x264;
	struct stream *stream;
};

static void read_phases(struct player *p, const char *path)
{
	FILE *file = fopen(path, "r");
	long long at;

	if (!file)
		bench_die("%s cannot be read", path);
	snprintf(p->phases[p->n_phases++].name, sizeof(p->phases[0].name), "first");
	while (p->n_phases <= N_PHASES_MAX &&
		fscanf(file, "%39s %lld", p->phases[p->n_phases].name, &at) == 2)
		p->phases[p->n_phases++].start_us = at;
	fclose(file);
}

static struct phase *phase_at(struct player *p, uint32_t tick)
{
	int64_t now = recording_start_us(p->rec) + (int64_t)tick * 1000000 / RECORDING_FPS;
	struct phase *phase = &p->phases[p->n_phases > 1 ? 1 : 0];

	for (uint32_t i = 1; i < p->n_phases; i++)
		if (p->phases[i].start_us <= now)
			phase = &p->phases[i];
	return phase;
}

/* ---- ours ----------------------------------------------------------------------------------- */

static void write_frame(
	struct player *p, uint8_t flags, uint64_t cells, uint64_t digest, struct tsr_slice unit)
{
	uint32_t number = tsr_encoder_picture_number(p->enc);
	struct tsr_frame frame = {
		.class = TSR_FRAME_SCREEN,
		.flags = flags,
		.from = 1,
		.stream = 1,
		.picture = number,
		.base = flags & TSR_FRAME_KEY ? number : number - 1,
		.cells = cells,
	};

	if (p->stream)
		stream_add(p->stream, &frame, digest, unit);
}

/* The cells as KEY, in and out; returns the processor time that encoding took. */
static double code_keys(struct player *p, struct phase *phase, uint64_t cells, uint64_t digest)
{
	double spent = 0;

	for (uint32_t c = 0; c < tsr_encoder_grid(p->enc)->n_cells; c++) {
		bool is_last = cells >> c == 1;
		struct tsr_slice unit;
		uint64_t state;
		double t = bench_thread_cpu(), t1;

		if (!(cells >> c & 1))
			continue;
		unit = tsr_encoder_key(p->enc, c);
		t1 = bench_thread_cpu();
		spent += t1 - t;
		phase->ours.bytes += (double)unit.len;
		if (tsr_decoder_key(p->dec, c, unit, &state) != 0)
			bench_die("a cell cannot be decoded");
		phase->decode += bench_thread_cpu() - t1;
		write_frame(p, (uint8_t)(TSR_FRAME_KEY | (is_last ? TSR_FRAME_LAST : 0)),
			(uint64_t)1 << c, is_last ? digest : 0, unit);
	}
	return spent;
}

static bool is_same_plane(const struct player *p, const struct tsr_planes *src, uint32_t i)
{
	const struct tsr_grid *grid = tsr_encoder_grid(p->enc);
	const struct tsr_planes *got = tsr_decoder_planes(p->dec);
	struct tsr_rect all = { 0, 0, grid->width, grid->height };
	struct tsr_rect r = tsr_format_plane_rect(p->format, i, all);
	size_t row = (size_t)r.width * tsr_format_sample_len(p->format);

	for (uint32_t y = 0; y < r.height; y++)
		if (memcmp(src->plane[i] + y * src->stride[i], got->plane[i] + y * got->stride[i],
			    row) != 0)
			return false;
	return true;
}

static void compare(const struct player *p, const struct tsr_planes *src)
{
	for (uint32_t i = 0; i < tsr_format_n_planes(p->format); i++)
		if (!is_same_plane(p, src, i))
			bench_die("picture %u: what was decoded is not the source",
				tsr_encoder_picture_number(p->enc));
}

static void run_ours(struct player *p, struct phase *phase, const struct tsr_planes *src)
{
	const struct tsr_grid *grid = tsr_encoder_grid(p->enc);
	bool is_first = tsr_encoder_picture_number(p->enc) == 0;
	struct tsr_damage damage = { .n = 1, .rects = { p->frame.damage } };
	struct tsr_slice unit;
	uint64_t cells, digest = 0;
	double t = bench_thread_cpu(), spent;

	tsr_encoder_picture(p->enc, src, is_first ? NULL : &damage, &cells, &unit);
	spent = bench_thread_cpu() - t;
	if (p->stream && cells != 0)
		digest = tsr_picture_digest(p->format, grid->width, grid->height, src);
	if (cells != 0 && unit.len == 0) {
		spent += code_keys(p, phase, cells, digest);
	} else if (cells != 0) {
		phase->ours.bytes += (double)unit.len;
		t = bench_thread_cpu();
		if (tsr_decoder_delta(p->dec, tsr_encoder_picture_number(p->enc), cells, unit) != 0)
			bench_die("a DELTA cannot be decoded");
		phase->decode += bench_thread_cpu() - t;
		write_frame(p, TSR_FRAME_LAST, cells, digest, unit);
	}
	phase->ours.cpu += spent;
	phase->worst = spent > phase->worst ? spent : phase->worst;
	phase->n_frames += cells != 0;
	compare(p, src);
}

/* ---- everybody ------------------------------------------------------------------------------- */

/* Brings the planes up to date where the recording's picture was damaged. */
static void convert(struct player *p)
{
	const struct tsr_planes *bgra = recording_picture(p->rec);
	struct tsr_rect r = p->frame.damage;
	struct tsr_planes *to = &p->i420;
	uint32_t right = r.x + r.width, bottom = r.y + r.height;

	r.x &= ~1u;
	r.y &= ~1u;
	right += right & 1 && right < recording_width(p->rec);
	bottom += bottom & 1 && bottom < recording_height(p->rec);
	ARGBToI420(bgra->plane[0] + r.y * bgra->stride[0] + (size_t)r.x * 4, (int)bgra->stride[0],
		to->plane[0] + r.y * to->stride[0] + r.x, (int)to->stride[0],
		to->plane[1] + r.y / 2 * to->stride[1] + r.x / 2, (int)to->stride[1],
		to->plane[2] + r.y / 2 * to->stride[2] + r.x / 2, (int)to->stride[2],
		(int)(right - r.x), (int)(bottom - r.y));
}

static void run_zstd(struct player *p, struct phase *phase)
{
	double t = bench_thread_cpu();

	phase->zstd.bytes +=
		(double)zstd_tiles_picture(p->zstd, recording_picture(p->rec), p->frame.damage);
	phase->zstd.cpu += bench_thread_cpu() - t;
}

/* x264 encodes every thirtieth of a second; what has not changed it need not convert. */
static void run_x264(struct player *p, struct phase *phase, bool is_new)
{
	double t = bench_thread_cpu(), spent;

	if (is_new)
		x264_peer_convert(p->x264, recording_picture(p->rec));
	phase->x264.bytes += (double)x264_peer_tick(p->x264);
	spent = bench_thread_cpu() - t;
	phase->x264.cpu += spent;
	phase->idle += is_new ? 0 : spent;
}

static void repeat(struct player *p, uint32_t until)
{
	for (; p->n_ticks < until; p->n_ticks++)
		if (p->x264)
			run_x264(p, phase_at(p, p->n_ticks), false);
}

static void play(struct player *p)
{
	bool is_first = true;

	while (recording_next(p->rec, &p->frame)) {
		struct phase *phase = is_first ? &p->phases[0] : phase_at(p, p->frame.tick);

		if (is_first)
			p->n_ticks = p->frame.tick;
		repeat(p, p->frame.tick);
		p->n_ticks++;
		is_first = false;
		if (p->format == TSR_FORMAT_I420)
			convert(p);
		run_ours(p, phase,
			p->format == TSR_FORMAT_I420 ? &p->i420 : recording_picture(p->rec));
		if (!p->x264)
			continue;
		run_zstd(p, phase);
		run_x264(p, phase, true);
	}
	repeat(p, p->frame.tick);
}

static void print_cost(const char *name, const struct cost *cost)
{
	printf(",\"%s\":{\"bytes\":%.0f,\"cpu\":%.4f}", name, cost->bytes, cost->cpu);
}

static void print(const struct player *p)
{
	printf("{\"pictures\":%u,\"ticks\":%u,\"phases\":[", tsr_encoder_picture_number(p->enc),
		p->n_ticks);
	for (uint32_t i = 0; i < p->n_phases; i++) {
		const struct phase *phase = &p->phases[i];

		printf("%s{\"name\":\"%s\",\"frames\":%u", i ? "," : "", phase->name,
			phase->n_frames);
		print_cost("ours", &phase->ours);
		if (p->x264) {
			print_cost("zstd1-tiles", &phase->zstd);
			print_cost("x264-crf23", &phase->x264);
		}
		printf(",\"decode\":%.4f,\"idle\":%.4f,\"worst\":%.4f}", phase->decode, phase->idle,
			phase->worst);
	}
	puts("]}");
}

static void begin(struct player *p, bool has_peers, const char *stream)
{
	uint32_t width = recording_width(p->rec), height = recording_height(p->rec);

	if (tsr_encoder_create(&p->enc, p->format, width, height) != 0 ||
		tsr_decoder_create(&p->dec, p->format, width, height) != 0)
		bench_die("out of memory");
	p->i420 = tsr_picture_planes(TSR_FORMAT_I420, width, height,
		bench_alloc(tsr_picture_len(TSR_FORMAT_I420, width, height)));
	if (has_peers) {
		p->zstd = zstd_tiles_create(width, height);
		p->x264 = x264_peer_create(width, height);
	}
	if (stream)
		p->stream = stream_open(stream, p->format, width, height);
}

static void end(struct player *p)
{
	stream_close(p->stream);
	if (p->x264) {
		zstd_tiles_destroy(p->zstd);
		x264_peer_destroy(p->x264);
	}
	tsr_encoder_destroy(p->enc);
	tsr_decoder_destroy(p->dec);
	free(p->i420.plane[0]);
	recording_close(p->rec);
}

int main(int argc, char **argv)
{
	static struct player p = { .format = TSR_FORMAT_BGRA };
	const char *stream = NULL;
	bool has_peers = true;

	if (argc < 3)
		bench_die("usage: bench-screen-session RECORDING PHASES [--i420] [--no-peers] "
			  "[--stream FILE]");
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--i420") == 0)
			p.format = TSR_FORMAT_I420;
		else if (strcmp(argv[i], "--no-peers") == 0)
			has_peers = false;
		else if (strcmp(argv[i], "--stream") == 0 && i + 1 < argc)
			stream = argv[++i];
		else
			bench_die("what is %s?", argv[i]);
	}
	p.rec = recording_open(argv[1]);
	read_phases(&p, argv[2]);
	begin(&p, has_peers, stream);
	play(&p);
	print(&p);
	end(&p);
	return 0;
}
