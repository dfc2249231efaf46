/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/share.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/screen/share.h"
#include "endpoint/headless/report.h"
#include "endpoint/x11/capture.h"

struct tsr_headless_share {
	struct tsr_loop *loop;
	struct tsr_client *client;
	struct tsr_capture *capture;
	struct tsr_poll *poll;   /* the X connection */
	struct tsr_timer *timer; /* the next capture */
	tsr_time interval, last_grab;

	bool is_wanted;           /* by the user */
	bool asked_to_take;       /* took the presenter role once, where everybody may */
	struct tsr_share *engine; /* while a stream is open */
	struct tsr_stream_id stream;
	uint32_t open_request;   /* StreamOpen that is not answered yet; 0 = none */
	uint32_t resume_request; /* StreamPause{NONE} that is not answered yet */
	uint32_t pause;          /* mode that the user chose, PAUSE_NONE = live */
	struct tsr_capture_picture picture;
};

/* ---- sending --------------------------------------------------------------------------------- */

static void send_pause(struct tsr_headless_share *s, uint32_t mode, uint32_t *request)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamPause pause = TESSERA__V1__STREAM_PAUSE__INIT;

	pause.stream = s->stream.v;
	pause.mode = (Tessera__V1__PauseMode)mode;
	message.stream_pause = &pause;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_PAUSE;
	(void)!tsr_client_ask(s->client, &message, request);
}

/* The drain that core/screen/share.h prescribes. */
static void drain(struct tsr_headless_share *s)
{
	struct tsr_planes planes = { .plane = { (uint8_t *)(uintptr_t)s->picture.pixels },
		.stride = { s->picture.stride } };
	struct tsr_frame frame;
	struct tsr_slice unit;
	size_t bytes;

	for (;;) {
		while (tsr_share_poll_frame(s->engine, &frame, &unit)) {
			bytes = 0;
			(void)!tsr_client_send_picture(s->client, &frame, unit, &bytes);
			tsr_share_handle_sent(s->engine, bytes);
		}
		if (!tsr_share_wants_picture(s->engine))
			break;
		if (tsr_share_handle_picture(s->engine, &planes, tsr_loop_now(s->loop)) != 0)
			break;
	}
	if (tsr_share_poll_paused(s->engine))
		send_pause(s, s->pause, NULL);
}

/* ---- the stream's life -------------------------------------------------------------------------
 */

static void end_stream(struct tsr_headless_share *s)
{
	if (s->engine)
		tsr_report_event("share", json_pack("{s:s, s:I}", "state", "closed", "stream",
						  (json_int_t)s->stream.v));
	tsr_share_destroy(s->engine);
	s->engine = NULL;
	s->stream.v = 0;
	s->open_request = 0;
	s->resume_request = 0;
	tsr_timer_set(s->timer, TSR_TIME_NEVER);
}

static void close_stream(struct tsr_headless_share *s)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamClose close = TESSERA__V1__STREAM_CLOSE__INIT;

	if (s->stream.v) {
		close.stream = s->stream.v;
		message.stream_close = &close;
		message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_CLOSE;
		(void)!tsr_client_ask(s->client, &message, NULL);
	}
	end_stream(s);
}

static void open_stream(struct tsr_headless_share *s)
{
	if (tsr_capture_grab(s->capture, &s->picture) != 0)
		return;
	if (tsr_client_open_screen(s->client, TESSERA__V1__PIXEL_FORMAT__FORMAT_BGRA,
		    s->picture.width, s->picture.height, "Entire screen", &s->open_request) != 0)
		s->open_request = 0;
}

static void capture_gone(struct tsr_headless_share *s)
{
	tsr_report_say("The X display is gone; sharing stopped.");
	close_stream(s);
	s->is_wanted = false;
	tsr_poll_close(&s->poll);
}

/* ---- capturing ---------------------------------------------------------------------------------
 */

static bool has_room(struct tsr_headless_share *s)
{
	struct tsr_share_stats stats;

	tsr_share_stats(s->engine, &stats);
	return stats.unacked < TSR_SHARE_CREDIT;
}

static void grab(struct tsr_headless_share *s)
{
	const struct tsr_grid *grid = tsr_share_grid(s->engine);
	struct tsr_rect damage;

	s->last_grab = tsr_loop_now(s->loop);
	if (tsr_capture_grab(s->capture, &s->picture) != 0) {
		capture_gone(s);
		return;
	}
	if (s->picture.width != grid->width || s->picture.height != grid->height) {
		close_stream(s); /* a share of another size is another stream */
		open_stream(s);
		return;
	}
	damage = (struct tsr_rect){ 0, s->picture.top, s->picture.width,
		s->picture.bottom - s->picture.top };
	if (damage.height)
		tsr_share_handle_capture(s->engine, &damage);
	drain(s);
}

/* Captures when there is something new, the rate allows it and it could be sent. */
static void look(struct tsr_headless_share *s)
{
	tsr_time due = s->last_grab + s->interval;

	/* Events may wait inside the X connection, read along with an answer. */
	if (s->poll && tsr_capture_handle_readable(s->capture) != 0) {
		capture_gone(s);
		return;
	}
	if (!s->engine || tsr_share_is_paused(s->engine) || !tsr_capture_is_damaged(s->capture) ||
		!has_room(s))
		return;
	if (tsr_loop_now(s->loop) >= due) {
		grab(s);
		due = s->last_grab + s->interval;
	}
	tsr_timer_set(s->timer, due); /* what was drawn during the capture */
}

static void timer_fired(void *user)
{
	look(user);
}

static void display_readable(void *user, unsigned events)
{
	(void)events;
	look(user);
}

/* ---- what the client reports --------------------------------------------------------------------
 */

static void take_presenter(struct tsr_headless_share *s)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__TakePresenter take = TESSERA__V1__TAKE_PRESENTER__INIT;

	message.take_presenter = &take;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_TAKE_PRESENTER;
	s->asked_to_take = tsr_client_ask(s->client, &message, NULL) == 0;
}

void tsr_headless_share_handle_change(struct tsr_headless_share *s)
{
	const struct tsr_roster *roster = tsr_client_roster(s->client);
	bool is_in = tsr_client_has_bulk(s->client);
	bool is_presenter = tsr_member_id_equal(roster->presenter, tsr_client_me(s->client));

	if (!is_in || !is_presenter || !s->is_wanted) {
		if (s->engine || s->open_request)
			close_stream(s);
		if (is_in && s->is_wanted && roster->is_open && !s->asked_to_take)
			take_presenter(s);
		return;
	}
	if (s->engine && !tsr_roster_find_stream(roster, s->stream) && s->stream.v)
		end_stream(s); /* closed by the server */
	if (!s->engine && !s->open_request)
		open_stream(s);
}

void tsr_headless_share_handle_result(
	struct tsr_headless_share *s, uint32_t request, uint32_t refusal, uint32_t stream)
{
	struct tsr_share_config config = {
		.format = TSR_FORMAT_BGRA,
		.width = s->picture.width,
		.height = s->picture.height,
		.from = tsr_client_me(s->client).v,
		.stream = stream,
		.epoch = tsr_client_epoch(s->client),
	};

	if (request && request == s->resume_request && s->engine) {
		s->resume_request = 0;
		if (refusal == 0) {
			tsr_share_handle_resume(s->engine);
			grab(s);
		}
	}
	if (request == 0 || request != s->open_request)
		return;
	s->open_request = 0;
	if (refusal || stream == 0 || tsr_share_create(&s->engine, &config) != 0)
		return;
	s->stream.v = stream;
	tsr_report_event("share",
		json_pack("{s:s, s:I, s:I, s:I}", "state", "open", "stream", (json_int_t)stream,
			"width", (json_int_t)config.width, "height", (json_int_t)config.height));
	tsr_report_say("Sharing %ux%u pixels.", config.width, config.height);
	if (s->pause)
		tsr_share_handle_pause(s->engine);
	tsr_share_handle_capture(s->engine, NULL);
	drain(s);
	look(s);
}

void tsr_headless_share_handle_epoch(struct tsr_headless_share *s, uint32_t epoch)
{
	if (!s->engine)
		return;
	tsr_share_handle_epoch(s->engine, epoch);
	drain(s);
}

void tsr_headless_share_handle_credit(
	struct tsr_headless_share *s, struct tsr_stream_id stream, uint64_t bytes)
{
	if (!s->engine || stream.v != s->stream.v)
		return;
	tsr_share_handle_credit(s->engine, bytes);
	drain(s);
	look(s);
}

void tsr_headless_share_handle_need(
	struct tsr_headless_share *s, struct tsr_stream_id stream, uint64_t cells)
{
	if (!s->engine || stream.v != s->stream.v)
		return;
	tsr_share_handle_need(s->engine, cells);
	drain(s);
}

/* ---- the user's wishes
 * --------------------------------------------------------------------------- */

void tsr_headless_share_pause(struct tsr_headless_share *s, uint32_t mode)
{
	bool was_paused = s->pause != 0;

	s->pause = mode;
	if (!s->engine)
		return;
	if (mode == 0) {
		if (was_paused)
			send_pause(s, 0, &s->resume_request);
	} else if (was_paused) {
		send_pause(s, mode, NULL); /* from frozen to blank */
	} else {
		tsr_share_handle_pause(s->engine);
		drain(s);
	}
}

void tsr_headless_share_stop(struct tsr_headless_share *s)
{
	s->is_wanted = false;
	close_stream(s);
}

void tsr_headless_share_start(struct tsr_headless_share *s)
{
	s->is_wanted = true;
	s->asked_to_take = false;
	tsr_headless_share_handle_change(s);
}

/* ---- making and ending it
 * ------------------------------------------------------------------------- */

int tsr_headless_share_create(struct tsr_headless_share **out, struct tsr_loop *loop,
	const char *display, unsigned max_fps, const char **why)
{
	struct tsr_headless_share *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	*why = "out of memory";
	if (!s)
		return TSR_ERR_NOMEM;
	s->loop = loop;
	s->is_wanted = true;
	s->interval = TSR_SECOND / (max_fps ? max_fps : 1);
	if ((r = tsr_capture_open(&s->capture, display, why)) != 0 ||
		(r = tsr_timer_open(&s->timer, loop, timer_fired, s)) != 0 ||
		(r = tsr_poll_open(
			 &s->poll, loop, tsr_capture_fd(s->capture), display_readable, s)) != 0) {
		tsr_headless_share_destroy(s);
		return r;
	}
	tsr_poll_set(s->poll, TSR_POLL_READ);
	*out = s;
	return 0;
}

void tsr_headless_share_set_client(struct tsr_headless_share *s, struct tsr_client *client)
{
	s->client = client;
}

void tsr_headless_share_destroy(struct tsr_headless_share *s)
{
	if (!s)
		return;
	tsr_share_destroy(s->engine);
	tsr_poll_close(&s->poll);
	tsr_timer_close(&s->timer);
	tsr_capture_close(s->capture);
	free(s);
}
