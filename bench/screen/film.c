/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-screen-film RECORDING KBIT_S X Y WIDTH HEIGHT
 *
 * Shares a recording over a line that carries so much, in virtual time: the presenter's engine, a
 * line (frames one after the other, 20 ms each way), the viewer's engine. In the rectangle somebody
 * types while a film goes on elsewhere: whatever it showed has to be at the viewer's, exactly and
 * under no preview, or be followed there by something newer; how long that took is what is
 * measured. Prints JSON.
 */
#include <stdbool.h>
#include <string.h>

#include "bench/screen/recording.h"
#include "bench/screen/tools.h"
#include "core/screen/preview.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "endpoint/headless/jpeg.h"

#define WAY (20 * TSR_MS)
#define SEAL_BYTES 20 /* what sealing adds to a small object */
#define AFTER (20 * TSR_SECOND)

enum { N_WAY_MAX = 4096, N_STATES_MAX = 4096 };

/* A frame or a credit under way. */
struct parcel {
	tsr_time at;
	struct tsr_frame frame;
	struct tsr_slice unit; /* its own */
	size_t bytes;
};

struct queue {
	struct parcel parcels[N_WAY_MAX];
	uint32_t first, n;
};

/* What the text showed since when. */
struct state {
	uint64_t digest;
	tsr_time since, took; /* took: until it was seen; -1: not yet */
};

static struct film {
	struct recording *rec;
	bool is_over;
	struct tsr_share *share;
	struct tsr_view *view;
	struct tsr_rect text;
	struct state states[N_STATES_MAX];
	uint32_t n_states, n_seen;
	struct queue frames, credits;
	uint64_t rate; /* bytes per second */
	tsr_time free_at, now, began, ended, whole_at;
	uint64_t bytes, bytes_began,
		bytes_ended; /* arrived: so far, when typing began to count, ended */
	uint32_t previews;
} film;

static void push(struct queue *queue, struct parcel parcel)
{
	if (queue->n == N_WAY_MAX)
		bench_die("too much is under way");
	queue->parcels[(queue->first + queue->n++) % N_WAY_MAX] = parcel;
}

static struct parcel pop(struct queue *queue)
{
	struct parcel parcel = queue->parcels[queue->first];

	queue->first = (queue->first + 1) % N_WAY_MAX;
	queue->n--;
	return parcel;
}

static tsr_time head(const struct queue *queue)
{
	return queue->n ? queue->parcels[queue->first].at : TSR_TIME_NEVER;
}

static tsr_time capture_at(void)
{
	return film.is_over
		       ? TSR_TIME_NEVER
		       : TSR_SECOND + recording_next_tick(film.rec) * TSR_SECOND / RECORDING_FPS;
}

/* ---- the text ------------------------------------------------------------------------------- */

static uint64_t text_digest(const struct tsr_planes *planes)
{
	struct tsr_planes part = *planes;

	part.plane[0] += film.text.y * part.stride[0] + (size_t)film.text.x * 4;
	return tsr_picture_digest(TSR_FORMAT_BGRA, film.text.width, film.text.height, &part);
}

static void note_text(void)
{
	uint64_t digest = text_digest(recording_picture(film.rec));

	if (film.n_states > 0 && film.states[film.n_states - 1].digest == digest)
		return;
	if (film.n_states == N_STATES_MAX)
		bench_die("too much is typed");
	film.states[film.n_states++] = (struct state){ digest, film.now, -1 };
}

static bool is_covered(void)
{
	const struct tsr_rect *t = &film.text;
	struct tsr_view_preview p;

	for (uint32_t c = 0; c < tsr_view_grid(film.view)->n_cells; c++)
		if (tsr_view_preview(film.view, c, &p) && p.shown.x < t->x + t->width &&
			t->x < p.shown.x + p.shown.width && p.shown.y < t->y + t->height &&
			t->y < p.shown.y + p.shown.height)
			return true;
	return false;
}

/* What the viewer sees stands for itself and for all that came before it. */
static void look_at_text(void)
{
	uint64_t digest;
	uint32_t i = film.n_states;

	if (film.n_seen == film.n_states || is_covered())
		return;
	digest = text_digest(tsr_view_planes(film.view));
	while (i > film.n_seen && film.states[i - 1].digest != digest)
		i--;
	for (; film.n_seen < i; film.n_seen++)
		film.states[film.n_seen].took = film.now - film.states[film.n_seen].since;
}

/* ---- presenter, line and viewer ---------------------------------------------------------- */

static void send_frame(const struct tsr_frame *frame, struct tsr_slice unit)
{
	size_t bytes = TSR_FRAME_HEADER_LEN + unit.len + SEAL_BYTES;
	uint8_t *copy = bench_alloc(unit.len);

	memcpy(copy, unit.data, unit.len);
	if (film.free_at < film.now)
		film.free_at = film.now;
	film.free_at += (tsr_time)(bytes * TSR_SECOND / film.rate);
	push(&film.frames,
		(struct parcel){ film.free_at + WAY, *frame, tsr_slice(copy, unit.len), bytes });
	tsr_share_handle_sent(film.share, bytes);
}

static void make_preview(const struct tsr_preview_ask *ask)
{
	static uint8_t image[TSR_PREVIEW_IMAGE_MAX];
	size_t len = tsr_jpeg_encode(
		image, sizeof(image), recording_picture(film.rec), ask->rect, ask->quality);

	tsr_share_handle_preview(film.share, tsr_slice(image, len));
}

static void drain(void)
{
	struct tsr_frame frame;
	struct tsr_slice unit;
	struct tsr_preview_ask ask;

	for (;;) {
		while (tsr_share_poll_frame(film.share, &frame, &unit))
			send_frame(&frame, unit);
		if (tsr_share_wants_picture(film.share)) {
			if (tsr_share_handle_picture(
				    film.share, recording_picture(film.rec), film.now) != 0)
				bench_die("the picture is not taken");
		} else if (tsr_share_poll_preview(film.share, &ask)) {
			make_preview(&ask);
		} else {
			return;
		}
	}
}

static void capture(void)
{
	struct recording_frame frame;

	film.is_over = !recording_next(film.rec, &frame);
	if (film.is_over) {
		film.ended = film.now;
		film.bytes_ended = film.bytes;
		return;
	}
	tsr_share_handle_capture(film.share, &frame.damage);
	note_text();
}

static void arrive(void)
{
	struct parcel p = pop(&film.frames);
	struct tsr_rect rect;

	if (tsr_view_handle_frame(film.view, &p.frame, p.unit, p.bytes) != 0)
		bench_die("the viewer refuses a frame");
	free((void *)(uintptr_t)p.unit.data);
	film.bytes += p.bytes;
	film.previews += (p.frame.flags & TSR_FRAME_PREVIEW) != 0;
	while (tsr_view_poll_dirty(film.view, &rect))
		;
	if (film.began == 0 && tsr_view_is_in_sync(film.view)) {
		film.began = film.now;
		film.bytes_began = film.bytes;
		film.n_seen = film.n_states; /* typing counts from here on */
	}
	look_at_text();
	push(&film.credits, (struct parcel){ .at = film.now + WAY, .bytes = film.bytes });
}

/* The viewer has all of the last picture, and nothing lossy above it. */
static bool is_whole(void)
{
	struct tsr_view_preview p;
	const struct tsr_grid *grid = tsr_view_grid(film.view);

	for (uint32_t c = 0; c < grid->n_cells; c++)
		if (tsr_view_preview(film.view, c, &p))
			return false;
	return tsr_view_digest(film.view) == tsr_picture_digest(TSR_FORMAT_BGRA, grid->width,
						     grid->height, recording_picture(film.rec));
}

static void play(void)
{
	while (film.whole_at == 0) {
		tsr_time at =
			tsr_time_min(tsr_time_min(capture_at(), tsr_share_next_timeout(film.share)),
				tsr_time_min(head(&film.frames), head(&film.credits)));

		if (at == TSR_TIME_NEVER || (film.is_over && at > film.ended + AFTER))
			bench_die("the last picture was never whole at the viewer's");
		film.now = at > film.now ? at : film.now;
		tsr_share_handle_time(film.share, film.now);
		if (capture_at() <= film.now)
			capture();
		while (head(&film.frames) <= film.now)
			arrive();
		while (head(&film.credits) <= film.now)
			tsr_share_handle_credit(film.share, pop(&film.credits).bytes);
		drain();
		if (film.is_over && is_whole())
			film.whole_at = film.now;
	}
}

static int compare(const void *a, const void *b)
{
	tsr_time x = *(const tsr_time *)a, y = *(const tsr_time *)b;

	return x < y ? -1 : x > y;
}

static void print(void)
{
	static tsr_time took[N_STATES_MAX];
	struct tsr_share_stats stats;
	double seconds = (double)(film.ended - film.began) / TSR_SECOND;
	uint32_t n = 0;

	for (uint32_t i = 0; i < film.n_seen; i++)
		if (film.states[i].since >= film.began)
			took[n++] = film.states[i].took;
	if (n < 10)
		bench_die("only %u changes of the text", n);
	qsort(took, n, sizeof(took[0]), compare);
	tsr_share_stats(film.share, &stats);
	printf("{\"seconds\":%.2f,\"mbit\":%.3f,\"texts\":%u,\"p50\":%.1f,\"p95\":%.1f,\"max\":%."
	       "1f,"
	       "\"previews\":%.2f,\"pictures\":%u,\"exact_after\":%.2f}\n",
		seconds, (double)(film.bytes_ended - film.bytes_began) * 8 / 1e6 / seconds, n,
		(double)took[n / 2] / TSR_MS, (double)took[n * 95 / 100] / TSR_MS,
		(double)took[n - 1] / TSR_MS, film.previews / seconds, stats.pictures,
		(double)(film.whole_at - film.ended) / TSR_SECOND);
}

int main(int argc, char **argv)
{
	struct tsr_share_config config = { .format = TSR_FORMAT_BGRA, .from = 1, .stream = 1 };
	uint32_t v[5];

	if (argc != 7)
		bench_die("usage: bench-screen-film RECORDING KBIT_S X Y WIDTH HEIGHT");
	for (int i = 0; i < 5; i++)
		v[i] = (uint32_t)strtoul(argv[i + 2], NULL, 10);
	film.rec = recording_open(argv[1]);
	config.width = recording_width(film.rec);
	config.height = recording_height(film.rec);
	film.rate = v[0] * 125;
	film.text = (struct tsr_rect){ v[1], v[2], v[3], v[4] };
	if (film.rate == 0 || v[1] + v[3] > config.width || v[2] + v[4] > config.height ||
		tsr_share_create(&film.share, &config) != 0 ||
		tsr_view_create(&film.view, config.format, config.width, config.height) != 0)
		bench_die("cannot start");
	play();
	print();
	tsr_share_destroy(film.share);
	tsr_view_destroy(film.view);
	recording_close(film.rec);
	return 0;
}
