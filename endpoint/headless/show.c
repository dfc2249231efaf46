/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/screen/preview.h"
#include "core/screen/share.h"
#include "endpoint/headless/jpeg.h"
#include "endpoint/headless/report.h"

/* An application draws in steps. So that the last one is not late, a few captures may follow each
 * other faster than the rate, which holds on average. */
#define BURST 3
#define GAP (5 * TSR_MS)
#define UNDER_WAY_MAX 64
#define SENT_MAX 256

/* A picture that the relay has not taken yet: what was sent up to its end, and when it was grabbed.
 */
struct under_way {
	uint64_t bytes;
	tsr_time grabbed;
};

/* When a picture was grabbed, for as long as it may still come back. */
struct sent {
	uint32_t picture;
	tsr_time grabbed;
};

struct tsr_show {
	struct tsr_show_config config;
	struct tsr_loop *loop;
	struct tsr_client *client;   /* NULL: not now */
	struct tsr_capture *capture; /* NULL: the source is gone */
	struct tsr_poll *poll;       /* the X connection */
	struct tsr_timer *timer;     /* the next capture */
	struct tsr_timer *wake;      /* what the engine waits for though nothing else happens */
	tsr_time interval;
	tsr_time last_grab;
	tsr_time ahead; /* when the captures so far would have been done at the rate */

	struct tsr_share *engine; /* while a stream is open */
	struct tsr_stream_id stream;
	bool is_open_due;        /* as soon as there is a first picture */
	uint32_t open_request;   /* StreamOpen that is not answered yet; 0 = none */
	uint32_t resume_request; /* StreamPause{NONE} that is not answered yet */
	uint32_t pause;          /* mode that the user chose, PAUSE_NONE = live */
	struct tsr_capture_picture picture;

	struct under_way under_way[UNDER_WAY_MAX]; /* oldest first */
	size_t n_under_way;
	uint32_t n_noted;            /* number of the last picture noted there */
	tsr_time noted_grab;         /* and its last_grab */
	uint32_t lag_ms;             /* capture to taken by the relay, of the last one that was */
	struct sent sent[SENT_MAX];  /* by picture number, modulo */
	uint32_t n_returned;         /* number of the last picture that came back; 0: none */
	uint32_t return_ms;          /* and how old it was then */
	uint32_t n_watching, n_late; /* as said last */
};

/* ---- sending --------------------------------------------------------------------------------- */

static void send_pause(struct tsr_show *s, uint32_t mode, uint32_t *request)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamPause pause = TESSERA__V1__STREAM_PAUSE__INIT;

	pause.stream = s->stream.v;
	pause.mode = (Tessera__V1__PauseMode)mode;
	message.stream_pause = &pause;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_PAUSE;
	(void)!tsr_client_ask(s->client, &message, request);
}

/* Makes the preview that the engine asks for; false when it asks for none. */
static bool make_preview(struct tsr_show *s, const struct tsr_planes *planes)
{
	static uint8_t image[TSR_PREVIEW_IMAGE_MAX];
	struct tsr_preview_ask ask;

	if (!tsr_share_poll_preview(s->engine, &ask))
		return false;
	tsr_share_handle_preview(s->engine,
		tsr_slice(image,
			tsr_jpeg_encode(image, sizeof(image), planes, ask.rect, ask.quality)));
	return true;
}

static void note_picture(struct tsr_show *s)
{
	struct tsr_share_stats stats;

	tsr_share_stats(s->engine, &stats);
	if (stats.pictures == s->n_noted)
		return;
	s->n_noted = stats.pictures;
	/* What goes out with no capture of its own is as old as now. */
	s->sent[stats.pictures % SENT_MAX] = (struct sent){ stats.pictures,
		s->last_grab > s->noted_grab ? s->last_grab : tsr_loop_now(s->loop) };
	s->noted_grab = s->last_grab;
	if (s->last_grab && s->n_under_way < UNDER_WAY_MAX)
		s->under_way[s->n_under_way++] = (struct under_way){ stats.bytes, s->last_grab };
}

static void note_taken(struct tsr_show *s, uint64_t bytes)
{
	size_t n = 0;

	while (n < s->n_under_way && s->under_way[n].bytes <= bytes)
		n++;
	if (n == 0)
		return;
	s->lag_ms = (uint32_t)((tsr_loop_now(s->loop) - s->under_way[n - 1].grabbed) / TSR_MS);
	s->n_under_way -= n;
	memmove(s->under_way, s->under_way + n, s->n_under_way * sizeof(s->under_way[0]));
}

/* The drain that core/screen/share.h prescribes. */
static void drain(struct tsr_show *s)
{
	struct tsr_planes planes = { .plane = { (uint8_t *)(uintptr_t)s->picture.pixels },
		.stride = { s->picture.stride } };
	tsr_time now = tsr_loop_now(s->loop);
	struct tsr_frame frame;
	struct tsr_slice unit;
	size_t bytes;

	tsr_share_handle_time(s->engine, now);
	for (;;) {
		while (tsr_share_poll_frame(s->engine, &frame, &unit)) {
			bytes = 0;
			(void)!tsr_client_send_picture(s->client, &frame, unit, &bytes);
			tsr_share_handle_sent(s->engine, bytes);
		}
		if (tsr_share_wants_picture(s->engine)
				? tsr_share_handle_picture(s->engine, &planes, now) != 0
				: !make_preview(s, &planes))
			break;
	}
	note_picture(s);
	if (tsr_share_poll_paused(s->engine))
		send_pause(s, s->pause, NULL);
	tsr_timer_set(s->wake, tsr_share_next_timeout(s->engine));
}

static void handle_wake(void *user)
{
	struct tsr_show *s = user;

	if (s->engine)
		drain(s);
}

/* ---- the stream's life ----------------------------------------------------------------------- */

static json_t *describe(const struct tsr_show *s, const char *state)
{
	static const char *const kinds[] = {
		[TSR_SOURCE_SCREEN] = "screen",
		[TSR_SOURCE_MONITOR] = "monitor",
		[TSR_SOURCE_WINDOWS] = "windows",
	};
	const struct tsr_source *source = &s->config.source;
	json_t *windows = json_array();

	for (uint32_t i = 0; i < source->n_windows; i++)
		json_array_append_new(windows, json_integer(source->windows[i]));
	return json_pack("{s:s, s:I, s:s, s:s, s:o}", "state", state, "stream",
		(json_int_t)s->stream.v, "source", kinds[source->kind], "monitor", source->monitor,
		"windows", windows);
}

static void end_stream(struct tsr_show *s)
{
	if (s->engine)
		tsr_report_event("share", describe(s, "closed"));
	tsr_share_destroy(s->engine);
	s->engine = NULL;
	s->stream.v = 0;
	s->is_open_due = false;
	s->open_request = 0;
	s->resume_request = 0;
	s->n_under_way = s->n_noted = s->lag_ms = 0;
	s->n_returned = s->return_ms = 0;
	s->n_watching = s->n_late = 0;
	tsr_timer_set(s->timer, TSR_TIME_NEVER);
	tsr_timer_set(s->wake, TSR_TIME_NEVER);
}

static void close_stream(struct tsr_show *s)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamClose close = TESSERA__V1__STREAM_CLOSE__INIT;

	if (s->stream.v && s->client) {
		close.stream = s->stream.v;
		message.stream_close = &close;
		message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_CLOSE;
		(void)!tsr_client_ask(s->client, &message, NULL);
	}
	end_stream(s);
}

/* The source, or the whole display, is not there any more. */
static void end_source(struct tsr_show *s, int err)
{
	static const char *const gone[] = {
		[TSR_SOURCE_SCREEN] = "The screen is gone; sharing it stopped.",
		[TSR_SOURCE_MONITOR] = "The shared monitor is gone; sharing it stopped.",
		[TSR_SOURCE_WINDOWS] = "The shared windows were closed; sharing them stopped.",
	};
	const char *why = err == TSR_ERR_UNKNOWN ? gone[s->config.source.kind]
			  : err == TSR_ERR_CLOSED
				  ? "The X display is gone; sharing stopped."
				  : "The screen cannot be captured any more; sharing stopped.";
	json_t *event = describe(s, "gone");

	json_object_set_new(event, "why", json_string(why));
	close_stream(s);
	tsr_poll_close(&s->poll);
	tsr_capture_close(s->capture);
	s->capture = NULL;
	tsr_report_event("share", event);
	tsr_report_say("%s", why);
	s->config.on_gone(s->config.user, why);
}

/* Never a window's title: it may say more than its picture. */
static void write_label(char *out, size_t cap, const struct tsr_source *source)
{
	switch (source->kind) {
	case TSR_SOURCE_MONITOR:
		snprintf(out, cap, "%.40s", source->monitor);
		break;
	case TSR_SOURCE_WINDOWS:
		snprintf(out, cap, source->n_windows == 1 ? "Window" : "Windows");
		break;
	default:
		snprintf(out, cap, "Entire screen");
		break;
	}
}

/* Asks for a stream as large as the picture that there is. */
static void ask_for_stream(struct tsr_show *s)
{
	char label[TSR_NAME_SIZE];

	write_label(label, sizeof(label), &s->config.source);
	if (tsr_client_open_screen(s->client, TESSERA__V1__PIXEL_FORMAT__FORMAT_BGRA,
		    s->picture.width, s->picture.height, label, &s->open_request) != 0)
		s->open_request = 0;
}

static void open_stream(struct tsr_show *s)
{
	tsr_time now = tsr_loop_now(s->loop);
	int r = tsr_capture_grab(s->capture, now, &s->picture);

	s->is_open_due = r == TSR_ERR_AGAIN;
	if (s->is_open_due)
		tsr_timer_set(s->timer, tsr_capture_next_timeout(s->capture));
	else if (r != 0)
		end_source(s, r);
	else
		ask_for_stream(s);
}

/* ---- capturing ------------------------------------------------------------------------------- */

static bool has_room(const struct tsr_show *s)
{
	struct tsr_share_stats stats;

	tsr_share_stats(s->engine, &stats);
	return stats.unacked < TSR_SHARE_CREDIT;
}

static tsr_time next_grab(const struct tsr_show *s)
{
	tsr_time at = s->ahead - BURST * s->interval;

	return at > s->last_grab + GAP ? at : s->last_grab + GAP;
}

static void grab(struct tsr_show *s)
{
	const struct tsr_grid *grid = tsr_share_grid(s->engine);
	tsr_time now = tsr_loop_now(s->loop);
	int r = tsr_capture_grab(s->capture, now, &s->picture);

	s->last_grab = now;
	s->ahead = (s->ahead > now ? s->ahead : now) + s->interval;
	if (r != 0 && r != TSR_ERR_AGAIN) {
		end_source(s, r);
		return;
	}
	if (s->picture.width != grid->width || s->picture.height != grid->height) {
		close_stream(s); /* a share of another size is another stream */
		ask_for_stream(s);
		return;
	}
	if (s->picture.n_rects)
		tsr_share_handle_capture(s->engine, &s->picture.rects[0]);
	for (size_t i = 1; i < s->picture.n_rects; i++)
		tsr_share_add_damage(s->engine, s->picture.rects[i]);
	drain(s);
}

/* When there may be something to capture next; after a look, so nothing is waiting in the X
 * connection. */
static void set_timer(struct tsr_show *s)
{
	tsr_time now = tsr_loop_now(s->loop);

	if (!s->capture || !s->engine || tsr_share_is_paused(s->engine))
		return;
	if (tsr_capture_is_damaged(s->capture, now))
		tsr_timer_set(s->timer, has_room(s) ? next_grab(s) : TSR_TIME_NEVER);
	else
		tsr_timer_set(s->timer, tsr_capture_next_timeout(s->capture));
}

/* Takes in what the X server said, also what came along with an answer. */
static bool listen(struct tsr_show *s)
{
	int r = s->capture ? tsr_capture_handle_readable(s->capture, tsr_loop_now(s->loop)) : 0;

	if (r != 0)
		end_source(s, r);
	return s->capture != NULL;
}

/* Captures when there is something new, the rate allows it and it could be sent. */
static void look(struct tsr_show *s)
{
	tsr_time now = tsr_loop_now(s->loop);

	if (!listen(s))
		return;
	if (s->is_open_due) {
		open_stream(s);
		return;
	}
	if (!s->engine || tsr_share_is_paused(s->engine))
		return;
	if (tsr_capture_is_damaged(s->capture, now) && has_room(s) && now >= next_grab(s)) {
		grab(s);
		if (!listen(s))
			return;
	}
	set_timer(s);
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

/* ---- what the client reports ----------------------------------------------------------------- */

void tsr_show_handle_change(struct tsr_show *s, struct tsr_client *client)
{
	const struct tsr_roster *roster;

	if (!s->capture)
		return;
	if (!client) {
		if (tsr_show_is_open(s))
			close_stream(s);
		s->client = NULL;
		return;
	}
	s->client = client;
	roster = tsr_client_roster(client);
	if (s->engine && !tsr_roster_find_stream(roster, s->stream) && s->stream.v)
		end_stream(s); /* closed by the server */
	if (!tsr_show_is_open(s))
		open_stream(s);
}

static void handle_opened(struct tsr_show *s, uint32_t refusal, uint32_t stream)
{
	struct tsr_share_config config = {
		.format = TSR_FORMAT_BGRA,
		.width = s->picture.width,
		.height = s->picture.height,
		.from = tsr_client_me(s->client).v,
		.stream = stream,
		.epoch = tsr_client_epoch(s->client),
	};
	json_t *event;

	if (refusal || stream == 0 || tsr_share_create(&s->engine, &config) != 0)
		return;
	s->stream.v = stream;
	event = describe(s, "open");
	json_object_set_new(event, "width", json_integer(config.width));
	json_object_set_new(event, "height", json_integer(config.height));
	tsr_report_event("share", event);
	tsr_report_say("Sharing %ux%u pixels.", config.width, config.height);
	tsr_share_set_preference(s->engine, s->config.prefer);
	if (s->pause)
		tsr_share_handle_pause(s->engine);
	tsr_share_handle_capture(s->engine, NULL);
	drain(s);
	look(s);
}

void tsr_show_handle_result(struct tsr_show *s, uint32_t request, uint32_t refusal, uint32_t stream)
{
	if (request == 0 || !s->client)
		return;
	if (request == s->resume_request && s->engine) {
		s->resume_request = 0;
		if (refusal != 0 || s->pause != 0)
			return; /* or paused again meanwhile */
		tsr_share_handle_resume(s->engine);
		grab(s);
		if (s->engine) { /* it is new, also where nothing was drawn */
			tsr_share_handle_capture(s->engine, NULL);
			drain(s);
		}
		look(s);
	} else if (request == s->open_request) {
		s->open_request = 0;
		handle_opened(s, refusal, stream);
	}
}

void tsr_show_handle_epoch(struct tsr_show *s, uint32_t epoch)
{
	if (!s->engine)
		return;
	tsr_share_handle_epoch(s->engine, epoch);
	drain(s);
}

void tsr_show_handle_credit(struct tsr_show *s, struct tsr_stream_id stream, uint64_t bytes)
{
	if (!s->engine || stream.v != s->stream.v)
		return;
	tsr_share_handle_time(s->engine, tsr_loop_now(s->loop));
	tsr_share_handle_credit(s->engine, bytes);
	note_taken(s, bytes);
	drain(s);
	look(s);
}

void tsr_show_handle_need(struct tsr_show *s, struct tsr_stream_id stream, uint64_t cells)
{
	if (!s->engine || stream.v != s->stream.v)
		return;
	tsr_share_handle_need(s->engine, cells);
	drain(s);
}

/* ---- the rest -------------------------------------------------------------------------------- */

void tsr_show_pause(struct tsr_show *s, uint32_t mode)
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

void tsr_show_prefer(struct tsr_show *s, enum tsr_share_prefer prefer)
{
	s->config.prefer = prefer;
	if (!s->engine)
		return;
	tsr_share_set_preference(s->engine, prefer);
	drain(s);
}

/* How old what the viewers have is: as old as the last picture was when it came back, or as long as
 * the next one has been awaited. */
static uint32_t return_age(const struct tsr_show *s)
{
	const struct sent *next = &s->sent[(s->n_returned + 1) % SENT_MAX];
	uint32_t waited = 0;

	if (next->picture == s->n_returned + 1)
		waited = (uint32_t)((tsr_loop_now(s->loop) - next->grabbed) / TSR_MS);
	return waited > s->return_ms ? waited : s->return_ms;
}

/* What the viewers have of it, in words, whenever that changes. */
static void say_watched(struct tsr_show *s, const Tessera__V1__StreamStats *told)
{
	if (told->viewers == s->n_watching && told->late == s->n_late)
		return;
	s->n_watching = told->viewers;
	s->n_late = told->late;
	if (told->viewers == 0)
		tsr_report_say("Nobody is watching.");
	else if (told->late == 0 || told->n_behind == 0)
		tsr_report_say("%u watching, all up to date.", told->viewers);
	else
		tsr_report_say("%u watching, %u of them late, by up to %.1f s.", told->viewers,
			told->late, told->behind[0]->lag_ms / 1000.0);
	if (s->n_returned)
		tsr_report_say("What viewers see comes back %.2f s old.", return_age(s) / 1000.0);
}

bool tsr_show_handle_returned(
	struct tsr_show *s, struct tsr_stream_id stream, uint32_t picture, json_t *event)
{
	const struct sent *sent = &s->sent[picture % SENT_MAX];

	if (!s->engine || stream.v != s->stream.v)
		return false;
	s->n_returned = picture;
	if (sent->picture == picture)
		s->return_ms = (uint32_t)((tsr_loop_now(s->loop) - sent->grabbed) / TSR_MS);
	json_object_set_new(event, "age_ms", json_integer(s->return_ms));
	return true;
}

bool tsr_show_handle_stats(struct tsr_show *s, const Tessera__V1__StreamStats *told, json_t *event)
{
	struct tsr_share_stats stats;

	if (!s->engine || s->stream.v != told->stream)
		return false;
	say_watched(s, told);
	tsr_share_stats(s->engine, &stats);
	json_object_set_new(event, "lag_ms", json_integer(s->lag_ms));
	if (s->n_returned)
		json_object_set_new(event, "return_ms", json_integer(return_age(s)));
	json_object_set_new(event, "fps", json_real(stats.fps_x10 / 10.0));
	json_object_set_new(event, "superseded", json_integer(stats.superseded));
	json_object_set_new(event, "copies", json_integer(stats.copies));
	json_object_set_new(event, "held", json_integer(stats.n_held));
	json_object_set_new(event, "line_kbit_s", json_integer(stats.kbit_s));
	return true;
}

const struct tsr_source *tsr_show_source(const struct tsr_show *s)
{
	return &s->config.source;
}

bool tsr_show_is_gone(const struct tsr_show *s)
{
	return !s->capture;
}

bool tsr_show_is_live(const struct tsr_show *s)
{
	return s->engine && !tsr_share_is_paused(s->engine);
}

bool tsr_show_is_open(const struct tsr_show *s)
{
	return s->engine || s->open_request || s->is_open_due;
}

bool tsr_show_locate(const struct tsr_show *s, int32_t x, int32_t y, struct tsr_stream_id *stream,
	uint16_t *to_x, uint16_t *to_y)
{
	*stream = s->stream;
	return tsr_show_is_live(s) && tsr_capture_locate(s->capture, x, y, to_x, to_y);
}

int tsr_show_create(struct tsr_show **out, const struct tsr_show_config *config, const char **why)
{
	struct tsr_show *s = calloc(1, sizeof(*s));
	tsr_time now = tsr_loop_now(config->loop);
	int r;

	*out = NULL;
	*why = "out of memory";
	if (!s)
		return TSR_ERR_NOMEM;
	s->config = *config;
	s->loop = config->loop;
	s->interval = TSR_SECOND / (config->max_fps ? config->max_fps : 1);
	if ((r = tsr_capture_open(&s->capture, config->display, &config->source, now, why)) != 0 ||
		(r = tsr_timer_open(&s->timer, s->loop, timer_fired, s)) != 0 ||
		(r = tsr_timer_open(&s->wake, s->loop, handle_wake, s)) != 0 ||
		(r = tsr_poll_open(&s->poll, s->loop, tsr_capture_fd(s->capture), display_readable,
			 s)) != 0) {
		tsr_show_destroy(s);
		return r;
	}
	tsr_poll_set(s->poll, TSR_POLL_READ);
	*out = s;
	return 0;
}

void tsr_show_destroy(struct tsr_show *s)
{
	if (!s)
		return;
	if (s->wake)
		close_stream(s);
	tsr_poll_close(&s->poll);
	tsr_timer_close(&s->timer);
	tsr_timer_close(&s->wake);
	tsr_capture_close(s->capture);
	free(s);
}
