/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-screen-viewers RECORDING SECONDS FOLDER [--i420]
 *
 * Shares a recording in virtual time (test/sim/screen-world.h) with viewers of every kind: in sync,
 * late, slow, stalled, those who come again, lose frames, live through a pause, new epochs and a
 * presenter who reconnects. Whenever one is in sync, what he sees has to be the picture of that
 * number, bit for bit; at the end all see the last one. What each of them received is left in
 * FOLDER, as session.c describes, with the digest of what he saw wherever he was in sync. Prints
 * JSON.
 */
#include <libyuv.h>
#include <string.h>

#include "bench/screen/recording.h"
#include "bench/screen/stream.h"
#include "bench/screen/tools.h"
#include "test/sim/screen-world.h"

enum { N_VIEWERS = 5, N_SLOW = 2 };

struct stage {
	struct recording *rec;
	bool is_over;
	enum tsr_pixel_format format;
	struct tsr_planes i420;
	const char *folder;
	struct stream *streams[N_VIEWERS]; /* of his present life */
	uint32_t lives[N_VIEWERS];
	uint32_t n_lives, n_frames, n_compared;
};

static bool next_picture(
	void *user, tsr_time now, struct tsr_planes *planes, struct tsr_rect *damage)
{
	struct stage *stage = user;
	const struct tsr_planes *bgra = recording_picture(stage->rec);
	struct recording_frame frame;
	bool is_new = false;

	*damage = (struct tsr_rect){ 0 };
	while (!stage->is_over &&
		recording_next_tick(stage->rec) * TSR_SECOND / RECORDING_FPS <= now) {
		stage->is_over = !recording_next(stage->rec, &frame);
		if (stage->is_over)
			break;
		*damage = tsr_rect_union(*damage, frame.damage);
		is_new = true;
	}
	*planes = stage->format == TSR_FORMAT_I420 ? stage->i420 : *bgra;
	if (is_new && stage->format == TSR_FORMAT_I420)
		ARGBToI420(bgra->plane[0], (int)bgra->stride[0], planes->plane[0],
			(int)planes->stride[0], planes->plane[1], (int)planes->stride[1],
			planes->plane[2], (int)planes->stride[2], (int)recording_width(stage->rec),
			(int)recording_height(stage->rec));
	return is_new;
}

static void begin_life(struct stage *stage, uint32_t viewer, uint32_t life)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/viewer-%u-%u", stage->folder, viewer, life);
	stream_close(stage->streams[viewer]);
	stage->streams[viewer] = stream_open(
		path, stage->format, recording_width(stage->rec), recording_height(stage->rec));
	stage->lives[viewer] = life;
	stage->n_lives++;
}

static void shown(void *user, uint32_t viewer, uint32_t life, const struct tsr_frame *frame,
	struct tsr_slice unit, uint64_t digest)
{
	struct stage *stage = user;

	if (stage->lives[viewer] != life)
		begin_life(stage, viewer, life);
	stream_add(stage->streams[viewer], frame, digest, unit);
	stage->n_frames++;
	stage->n_compared += digest != 0;
}

static void run(struct stage *stage, tsr_time active)
{
	struct world_source source = { next_picture, shown, stage };
	struct world_config config = {
		.seed = 3,
		.width = recording_width(stage->rec),
		.height = recording_height(stage->rec),
		.format = stage->format,
		.n_viewers = N_VIEWERS,
		.n_slow = N_SLOW,
		.has_faults = true,
		.rate = 12500,
		.slow_rate = 500,
		.active = active,
		.source = &source,
	};
	struct world_result result;

	world_run(&config, &result);
	if (result.wrong)
		bench_die("%s", result.wrong);
	if (result.is_out_of_memory)
		bench_die("out of memory");
	if (result.n_viewers == 0 || result.n_equal != result.n_viewers)
		bench_die(
			"%u of %u viewers see the last picture", result.n_equal, result.n_viewers);
	printf("{\"viewers\":%u,\"lives\":%u,\"pictures\":%u,\"frames\":%u,\"compared\":%u}\n",
		result.n_viewers, stage->n_lives, result.pictures, stage->n_frames,
		stage->n_compared);
}

int main(int argc, char **argv)
{
	static struct stage stage = { .format = TSR_FORMAT_BGRA };
	uint32_t width, height;

	if (argc < 4 || argc > 5 || (argc == 5 && strcmp(argv[4], "--i420") != 0))
		bench_die("usage: bench-screen-viewers RECORDING SECONDS FOLDER [--i420]");
	if (argc == 5)
		stage.format = TSR_FORMAT_I420;
	stage.rec = recording_open(argv[1]);
	stage.folder = argv[3];
	width = recording_width(stage.rec);
	height = recording_height(stage.rec);
	stage.i420 = tsr_picture_planes(TSR_FORMAT_I420, width, height,
		bench_alloc(tsr_picture_len(TSR_FORMAT_I420, width, height)));
	run(&stage, (tsr_time)strtoul(argv[2], NULL, 10) * TSR_SECOND);
	for (uint32_t i = 0; i < N_VIEWERS; i++)
		stream_close(stage.streams[i]);
	free(stage.i420.plane[0]);
	recording_close(stage.rec);
	return 0;
}
