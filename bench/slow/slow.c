/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow: how old is the picture of a viewer who has a tenth of the bandwidth that he needs?
 *
 *	slow --cert CERT.pem --measure S ORGANIZER_LINK ATTENDEE_LINK
 *
 * A presenter, a viewer at full speed and one behind a thin line (throttle.h), all with the real
 *client library and codec. Ten pictures a second, each with new noise in every cell, from a fixed
 *set of places, so that the picture as a whole keeps its size. What the viewer at full speed
 *receives is the bandwidth needed.
 *
 * Age of the picture: of each cell that the slow viewer shows, the time since the picture that it
 * is of was taken; the oldest cell counts. Prints one JSON line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/slow/throttle.h"
#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "endpoint/client/client.h"
#include "sys/cert.h"
#include "sys/files.h"
#include "sys/tls.h"

#define WIDTH 1280u
#define HEIGHT 720u
#define FPS 10
#define PATCH 48u
#define PLACES 4u /* in each cell */
#define PICTURES 65536
#define SAMPLES 100000
#define REFERENCE (4 * TSR_SECOND)
#define WARM (6 * TSR_SECOND) /* of the slow viewer, after it has every cell */
#define GIVE_UP (120 * TSR_SECOND)

struct viewer {
	struct tsr_client *client;
	struct tsr_view *view;
	uint32_t stream;
	uint64_t received, base;
	uint32_t cell_picture[TSR_CELLS_MAX], key_len[TSR_CELLS_MAX];
	unsigned n_samples, n_in_sync;
};

static struct {
	struct tsr_loop *loop;
	struct tsr_timer *frames, *samples;
	struct tsr_tls_trust trust;
	struct tsr_link attendee;
	uint16_t slow_port;
	double measure_s;

	struct tsr_client *presenter;
	struct tsr_share *share;
	uint32_t request;
	uint8_t *pixels;
	tsr_time taken[PICTURES]; /* when the picture was */
	unsigned n_drawn;

	struct viewer fast, slow;
	enum { JOINING, REFERRING, FILLING, WARMING, MEASURING } phase;
	tsr_time phase_at;
	uint64_t reference_bytes, slow_bytes;
	double bandwidth; /* of the thin line, bytes per second */
	double ages[SAMPLES];
	unsigned n_ages;
} bench;

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "slow: %s\n", what);
	exit(1);
}

/* ---- the presenter ----------------------------------------------------------------------- */

static struct tsr_planes planes(void)
{
	return (struct tsr_planes){ .plane = { bench.pixels }, .stride = { (size_t)WIDTH * 4 } };
}

/* New noise at one place of each cell. */
static void draw(void)
{
	const struct tsr_grid *grid = tsr_share_grid(bench.share);
	unsigned place = bench.n_drawn++ % PLACES;

	for (uint32_t c = 0; c < grid->n_cells; c++) {
		struct tsr_rect cell = tsr_grid_cell(grid, c);

		for (uint32_t y = 0; y < PATCH; y++) {
			uint8_t *row = bench.pixels + ((size_t)(cell.y + 16 + y) * WIDTH + cell.x +
							      16 + place * (PATCH + 8)) *
							      4;
			tsr_random(row, (size_t)PATCH * 4);
		}
	}
	tsr_share_handle_capture(bench.share, NULL);
}

static void drain(void)
{
	struct tsr_planes src = planes();
	struct tsr_frame frame;
	struct tsr_slice unit;

	for (;;) {
		while (tsr_share_poll_frame(bench.share, &frame, &unit)) {
			size_t bytes = 0;

			if (tsr_client_send_picture(bench.presenter, &frame, unit, &bytes) != 0)
				die("the presenter lost its connection");
			tsr_share_handle_sent(bench.share, bytes);
			if (bench.taken[frame.picture % PICTURES] == 0)
				bench.taken[frame.picture % PICTURES] = tsr_loop_now(bench.loop);
		}
		if (!tsr_share_wants_picture(bench.share))
			break;
		if (tsr_share_handle_picture(bench.share, &src, tsr_loop_now(bench.loop)) != 0)
			break;
	}
}

static void next_frame(void *user)
{
	(void)user;
	tsr_timer_set(bench.frames, tsr_loop_now(bench.loop) + TSR_SECOND / FPS);
	if (bench.share) {
		draw();
		drain();
	} else if (!bench.request && tsr_client_has_bulk(bench.presenter) &&
		   tsr_client_epoch(bench.presenter) &&
		   tsr_client_open_screen(bench.presenter, TESSERA__V1__PIXEL_FORMAT__FORMAT_BGRA,
			   WIDTH, HEIGHT, "Noise", &bench.request) != 0) {
		bench.request = 0;
	}
}

static void on_result(void *user, uint32_t request, uint32_t refusal, uint32_t stream)
{
	struct tsr_share_config config = { .format = TSR_FORMAT_BGRA,
		.width = WIDTH,
		.height = HEIGHT,
		.from = tsr_client_me(bench.presenter).v,
		.stream = stream,
		.epoch = tsr_client_epoch(bench.presenter) };

	(void)user;
	if (request == 0 || request != bench.request)
		return;
	if (refusal || tsr_share_create(&bench.share, &config) != 0)
		die("the share was refused");
}

static void on_credit(void *user, struct tsr_stream_id stream, uint64_t bytes)
{
	(void)user;
	(void)stream;
	if (bench.share) {
		tsr_share_handle_credit(bench.share, bytes);
		drain();
	}
}

static void on_need(void *user, struct tsr_stream_id stream, uint64_t cells)
{
	(void)user;
	(void)stream;
	if (bench.share) {
		tsr_share_handle_need(bench.share, cells);
		drain();
	}
}

static void on_epoch(void *user, uint32_t epoch)
{
	(void)user;
	if (bench.share) {
		tsr_share_handle_epoch(bench.share, epoch);
		drain();
	}
}

static void on_status(void *user, enum tsr_client_status status)
{
	(void)user;
	if (status == TSR_CLIENT_OVER || status == TSR_CLIENT_AWAY || status == TSR_CLIENT_WAITING)
		die("a member was thrown out or lost its connection");
}

static const struct tsr_client_events presenter_events = {
	.on_status = on_status,
	.on_result = on_result,
	.on_credit = on_credit,
	.on_need = on_need,
	.on_epoch = on_epoch,
};

/* ---- a viewer ---------------------------------------------------------------------------- */

static void answer(struct viewer *v)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamAck ack = TESSERA__V1__STREAM_ACK__INIT;
	Tessera__V1__StreamRefresh refresh = TESSERA__V1__STREAM_REFRESH__INIT;
	uint32_t picture;
	uint64_t bytes;
	bool unreadable;

	if (tsr_view_poll_ack(v->view, &picture, &bytes)) {
		ack.stream = v->stream;
		ack.picture = picture;
		ack.bytes = bytes;
		message.stream_ack = &ack;
		message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_ACK;
		(void)!tsr_client_tell(v->client, &message);
	}
	if (tsr_view_poll_refresh(v->view, &unreadable)) {
		refresh.stream = v->stream;
		refresh.unreadable = unreadable;
		message.stream_refresh = &refresh;
		message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_REFRESH;
		(void)!tsr_client_tell(v->client, &message);
	}
}

/* Which picture each cell is of now. */
static void note(struct viewer *v, const struct tsr_frame *header, size_t bytes)
{
	for (uint32_t c = 0; c < tsr_share_grid(bench.share)->n_cells; c++) {
		bool is_key = header->flags & TSR_FRAME_KEY && header->cells >> c & 1;

		if (is_key)
			v->key_len[c] = (uint32_t)bytes;
		if (is_key && header->picture > v->cell_picture[c])
			v->cell_picture[c] = header->picture;
		if (tsr_view_is_in_sync(v->view))
			v->cell_picture[c] = tsr_view_picture_number(v->view);
	}
}

static void on_frame(void *user, const struct tsr_client_frame *frame)
{
	struct viewer *v = user;
	struct tsr_rect dirty;

	if (frame->header.class != TSR_FRAME_SCREEN || !bench.share)
		return;
	if (!v->view && tsr_view_create(&v->view, TSR_FORMAT_BGRA, WIDTH, HEIGHT) != 0)
		die("out of memory");
	v->stream = frame->header.stream;
	v->received += frame->bytes;
	if (!frame->is_readable)
		tsr_view_handle_unreadable(v->view, frame->bytes);
	else if (tsr_view_handle_frame(v->view, &frame->header, frame->plain, frame->bytes) != 0)
		die("a viewer received a malformed frame");
	while (tsr_view_poll_dirty(v->view, &dirty))
		;
	answer(v);
	if (frame->is_readable)
		note(v, &frame->header, frame->bytes);
}

static const struct tsr_client_events viewer_events = {
	.on_status = on_status,
	.on_frame = on_frame,
};

static void join(struct tsr_client **client, const struct tsr_link *link, const char *name,
	const struct tsr_client_events *events, void *user)
{
	struct tsr_client_config config = { .loop = bench.loop,
		.link = link,
		.trust = &bench.trust,
		.name = name,
		.wants_pictures = true };

	if (tsr_client_create(client, &config, events, user) != 0)
		die("a client could not be made");
}

/* ---- the measurement --------------------------------------------------------------------- */

/* Seconds since the oldest cell was taken; negative while one is missing. */
static double age_of(const struct viewer *v)
{
	tsr_time now = tsr_loop_now(bench.loop), oldest = now;

	for (uint32_t c = 0; c < tsr_share_grid(bench.share)->n_cells; c++) {
		tsr_time taken = bench.taken[v->cell_picture[c] % PICTURES];

		if (v->cell_picture[c] == 0)
			return -1;
		if (taken < oldest)
			oldest = taken;
	}
	return (double)(now - oldest) / TSR_SECOND;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(void)
{
	double key = 0, seconds = (double)(tsr_loop_now(bench.loop) - bench.phase_at) / TSR_SECOND;
	double passed = (double)(bench.slow.received - bench.slow_bytes) / seconds;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		key += bench.slow.key_len[c];
	if (passed < 0.5 * bench.bandwidth)
		die("the slow viewer received less than half of what its line could carry");
	qsort(bench.ages, bench.n_ages, sizeof(bench.ages[0]), by_value);
	printf("{\"bandwidth\":%.0f,\"passed\":%.0f,\"key\":%.0f,\"p50\":%.3f,\"p95\":%.3f,"
	       "\"max\":%.3f,\"in_sync\":%.3f}\n",
		bench.bandwidth, passed, key, bench.ages[bench.n_ages / 2],
		bench.ages[bench.n_ages * 95 / 100], bench.ages[bench.n_ages - 1],
		(double)bench.slow.n_in_sync / bench.slow.n_samples);
	exit(0);
}

static void enter(int phase)
{
	bench.phase = phase;
	bench.phase_at = tsr_loop_now(bench.loop);
}

static void take_age(void)
{
	bench.slow.n_samples++;
	bench.slow.n_in_sync += tsr_view_is_in_sync(bench.slow.view);
	if (bench.n_ages < SAMPLES)
		bench.ages[bench.n_ages++] = age_of(&bench.slow);
}

static void step(void *user)
{
	tsr_time in_phase = tsr_loop_now(bench.loop) - bench.phase_at;
	struct tsr_link link = bench.attendee;

	(void)user;
	tsr_timer_set(bench.samples, tsr_loop_now(bench.loop) + 20 * TSR_MS);
	if (in_phase > GIVE_UP)
		die("nothing goes on");
	switch (bench.phase) {
	case JOINING:
		if (bench.fast.view && tsr_view_is_in_sync(bench.fast.view) &&
			tsr_view_picture_number(bench.fast.view) > 2 * PLACES) {
			bench.reference_bytes = bench.fast.received;
			enter(REFERRING);
		}
		break;
	case REFERRING:
		if (in_phase < REFERENCE)
			break;
		bench.bandwidth = (double)(bench.fast.received - bench.reference_bytes) * 0.1 *
				  TSR_SECOND / (double)in_phase;
		throttle_set((uint64_t)bench.bandwidth);
		link.port = bench.slow_port;
		join(&bench.slow.client, &link, "Slow", &viewer_events, &bench.slow);
		enter(FILLING);
		break;
	case FILLING:
		if (bench.slow.view && age_of(&bench.slow) >= 0)
			enter(WARMING);
		break;
	case WARMING:
		if (in_phase < WARM)
			break;
		bench.slow_bytes = bench.slow.received;
		enter(MEASURING);
		break;
	case MEASURING:
		take_age();
		if ((double)in_phase >= bench.measure_s * TSR_SECOND)
			report();
		break;
	}
}

static void believe(const char *path)
{
	struct tsr_msg *pem = NULL;

	if (tsr_file_read(&pem, AT_FDCWD, path, 1 << 20) != 0 ||
		tsr_cert_describe(tsr_msg_slice(pem), bench.trust.pin, NULL) != 0)
		die("the certificate cannot be read");
	bench.trust.with_pin = true;
	tsr_msg_unref(&pem);
}

int main(int argc, char **argv)
{
	struct tsr_link organizer;

	if (argc != 7 || strcmp(argv[1], "--cert") != 0 || strcmp(argv[3], "--measure") != 0)
		die("usage: slow --cert CERT.pem --measure S ORGANIZER_LINK ATTENDEE_LINK");
	bench.measure_s = strtod(argv[4], NULL);
	believe(argv[2]);
	bench.loop = tsr_loop_create();
	bench.pixels = calloc((size_t)WIDTH * HEIGHT, 4);
	if (tsr_crypto_init() != 0 || !bench.loop || !bench.pixels ||
		tsr_link_parse(&organizer, tsr_slice_str(argv[5])) != 0 ||
		tsr_link_parse(&bench.attendee, tsr_slice_str(argv[6])) != 0 ||
		tsr_timer_open(&bench.frames, bench.loop, next_frame, NULL) != 0 ||
		tsr_timer_open(&bench.samples, bench.loop, step, NULL) != 0)
		die("it could not begin");
	bench.slow_port = throttle_start(bench.attendee.port);
	join(&bench.presenter, &organizer, "Presenter", &presenter_events, NULL);
	join(&bench.fast.client, &bench.attendee, "Fast", &viewer_events, &bench.fast);
	enter(JOINING);
	tsr_timer_set(bench.frames, tsr_loop_now(bench.loop));
	tsr_timer_set(bench.samples, tsr_loop_now(bench.loop));
	tsr_loop_run(bench.loop);
	die("the loop ended");
}
