/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/list.h"
#include "core/screen/view.h"
#include "endpoint/headless/jpeg.h"
#include "endpoint/headless/report.h"

#define RECORD_EVERY (100 * TSR_MS)

struct viewed {
	struct tsr_headless_watch *watch;
	struct tsr_stream_id stream;
	struct tsr_member_id from;
	uint32_t format, width, height;
	struct tsr_view *view;
	uint64_t base;           /* to be taken off its count of bytes, modulo 2^64: those of a bulk
				    connection before, less what came and was not given to it */
	uint32_t reported;       /* picture number last reported */
	uint32_t recorded;       /* and last written */
	uint32_t n_inexact;      /* cells under a preview, as last reported */
	uint32_t n_bad;          /* frames that could not be read since one that could */
	bool is_own;             /* comes back: the return picture */
	bool is_blank;           /* paused, and nothing is to be seen */
	bool has_missed;         /* frames that came while it was */
	bool is_preview_new;     /* since the last writing */
	struct tsr_timer *timer; /* the next writing */
	tsr_time recorded_at;
	struct tsr_list link;
};

/* Bytes that came for a stream before the State that announces it: the two travel on different
 * connections. They count for flow control, and make the view ask for KEY cells at once. */
struct early {
	struct tsr_stream_id stream; /* 0: free */
	size_t bytes;
};
#define EARLY_MAX 8

struct tsr_headless_watch {
	struct early early[EARLY_MAX];
	struct tsr_loop *loop;
	struct tsr_client *client;
	char dir[512];        /* "": nothing is recorded */
	char return_dir[512]; /* the same for what comes back */
	bool is_returning;
	tsr_headless_on_return *on_return;
	void *user;
	bool is_stalled;
	bool is_looking;       /* for pixels of a colour */
	uint32_t colour;       /* 0xrrggbb */
	uint64_t n_looks;      /* frames whose pixels were looked at */
	struct tsr_list views; /* viewed.link */
};

/* ---- recording --------------------------------------------------------------------------------
 */

/* Draws the part of a preview that holds into pixels, a copy of the picture. One that cannot be
 * read is left out. */
static void draw_preview(uint8_t *pixels, uint32_t width, const struct tsr_view_preview *preview)
{
	const struct tsr_rect *rect = &preview->rect, *shown = &preview->shown;
	uint8_t *image = malloc((size_t)rect->width * rect->height * 4);

	if (image && tsr_jpeg_decode(image, rect->width, rect->height, preview->image) == 0)
		for (uint32_t y = shown->y; y < shown->y + shown->height; y++)
			memcpy(pixels + ((size_t)y * width + shown->x) * 4,
				image + ((size_t)(y - rect->y) * rect->width + shown->x - rect->x) *
						4,
				(size_t)shown->width * 4);
	free(image);
}

/* What a person would see: the picture, and the previews above it. NULL when out of memory. */
static uint8_t *compose(const struct viewed *v)
{
	const struct tsr_planes *planes = tsr_view_planes(v->view);
	uint8_t *pixels = malloc((size_t)v->width * v->height * 4);
	struct tsr_view_preview preview;

	for (uint32_t y = 0; pixels && y < v->height; y++)
		memcpy(pixels + (size_t)y * v->width * 4, planes->plane[0] + y * planes->stride[0],
			(size_t)v->width * 4);
	for (uint32_t c = 0; pixels && c < TSR_CELLS_MAX; c++)
		if (tsr_view_preview(v->view, c, &preview))
			draw_preview(pixels, v->width, &preview);
	return pixels;
}

static bool write_ppm(FILE *file, const struct viewed *v)
{
	uint8_t *pixels = compose(v);
	uint8_t *row = pixels ? malloc((size_t)v->width * 3) : NULL;
	bool ok = row && fprintf(file, "P6\n%u %u\n255\n", v->width, v->height) > 0;

	for (uint32_t y = 0; ok && y < v->height; y++) {
		const uint8_t *from = pixels + (size_t)y * v->width * 4;

		for (uint32_t x = 0; x < v->width; x++) {
			row[3 * x] = from[4 * x + 2];
			row[3 * x + 1] = from[4 * x + 1];
			row[3 * x + 2] = from[4 * x];
		}
		ok = fwrite(row, 3, v->width, file) == v->width;
	}
	free(pixels);
	free(row);
	return ok;
}

static bool write_i420(FILE *file, const struct viewed *v)
{
	const struct tsr_planes *planes = tsr_view_planes(v->view);
	bool ok = true;

	for (int p = 0; p < 3; p++) {
		uint32_t width = p ? (v->width + 1) / 2 : v->width;
		uint32_t height = p ? (v->height + 1) / 2 : v->height;

		for (uint32_t y = 0; ok && y < height; y++)
			ok = fwrite(planes->plane[p] + y * planes->stride[p], 1, width, file) ==
			     width;
	}
	return ok;
}

static const char *record_dir(const struct viewed *v)
{
	return v->is_own ? v->watch->return_dir : v->watch->dir;
}

static void write_path(char *out, size_t cap, const struct viewed *v, const char *hidden)
{
	snprintf(out, cap, "%s/%s%s-%u.%s", record_dir(v), hidden, v->is_own ? "return" : "stream",
		v->stream.v, v->format == TSR_FORMAT_BGRA ? "ppm" : "i420");
}

static void record(struct viewed *v)
{
	bool is_bgra = v->format == TSR_FORMAT_BGRA;
	char temporary[600], path[600];
	FILE *file;
	bool ok;

	v->recorded = v->reported;
	v->is_preview_new = false;
	v->recorded_at = tsr_loop_now(v->watch->loop);
	write_path(temporary, sizeof(temporary), v, ".");
	write_path(path, sizeof(path), v, "");
	file = fopen(temporary, "wb");
	ok = file && (is_bgra ? write_ppm(file, v) : write_i420(file, v));
	if (file && fclose(file) != 0)
		ok = false;
	if (!ok || rename(temporary, path) != 0) {
		tsr_report_say("A picture could not be written to %s: %s.", record_dir(v),
			strerror(errno));
		tsr_report_event("record_failed", NULL);
		return;
	}
	tsr_report_event("recorded", json_pack("{s:I, s:I, s:s}", "stream", (json_int_t)v->stream.v,
					     "picture", (json_int_t)v->recorded, "file", path));
}

static void record_due(void *user)
{
	struct viewed *v = user;

	if ((v->recorded != v->reported || v->is_preview_new) && tsr_view_is_in_sync(v->view))
		record(v);
}

/* ---- views --------------------------------------------------------------------------------------
 */

static void report_view(const struct viewed *v, const char *state)
{
	if (!v->is_own)
		tsr_report_event("view",
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "state", state, "stream",
				(json_int_t)v->stream.v, "from", (json_int_t)v->from.v, "width",
				(json_int_t)v->width, "height", (json_int_t)v->height, "format",
				(json_int_t)v->format));
}

static void drop_view(struct viewed *v)
{
	char path[600];

	report_view(v, "closed");
	if (v->is_own && record_dir(v)[0]) { /* nobody sees it any more */
		write_path(path, sizeof(path), v, "");
		(void)unlink(path);
	}
	tsr_list_remove(&v->link);
	tsr_timer_close(&v->timer);
	tsr_view_destroy(v->view);
	free(v);
}

static struct viewed *find_view(struct tsr_headless_watch *w, struct tsr_stream_id stream)
{
	tsr_list_each (pos, next, &w->views) {
		struct viewed *v = tsr_list_entry(pos, struct viewed, link);

		if (v->stream.v == stream.v)
			return v;
	}
	return NULL;
}

static void note_early(struct tsr_headless_watch *w, struct tsr_stream_id stream, size_t bytes)
{
	struct early *place = NULL;

	for (int i = 0; i < EARLY_MAX; i++) {
		if (w->early[i].stream.v == stream.v) {
			w->early[i].bytes += bytes;
			return;
		}
		if (w->early[i].stream.v == 0)
			place = &w->early[i];
	}
	if (place)
		*place = (struct early){ .stream = stream, .bytes = bytes };
}

static size_t take_early(struct tsr_headless_watch *w, struct tsr_stream_id stream)
{
	size_t bytes = 0;

	for (int i = 0; i < EARLY_MAX; i++) {
		if (w->early[i].stream.v != stream.v)
			continue;
		bytes = w->early[i].bytes;
		w->early[i] = (struct early){ 0 };
	}
	return bytes;
}

static bool is_still_there(const struct tsr_headless_watch *w, const struct viewed *v)
{
	const struct tsr_roster *roster = tsr_client_roster(w->client);
	const struct tsr_roster_stream *s = tsr_roster_find_stream(roster, v->stream);

	return tsr_client_status(w->client) != TSR_CLIENT_OVER && s && s->width == v->width &&
	       s->height == v->height && (!v->is_own || w->is_returning);
}

/* Acknowledgements count anew with each bulk connection; the picture is kept. */
void tsr_headless_watch_handle_bulk(struct tsr_headless_watch *w)
{
	struct tsr_view_stats stats;

	tsr_list_each (pos, next, &w->views) {
		struct viewed *v = tsr_list_entry(pos, struct viewed, link);

		tsr_view_stats(v->view, &stats);
		v->base = stats.bytes;
		if (v->is_own)
			drop_view(v); /* its stream is over, and nobody has asked for the next */
	}
}

/* What could not be read may be asked for again. */
void tsr_headless_watch_handle_epoch(struct tsr_headless_watch *w)
{
	tsr_list_each (pos, next, &w->views)
		tsr_view_handle_epoch(tsr_list_entry(pos, struct viewed, link)->view);
}

static void send_ack(struct viewed *v, uint32_t picture, uint64_t bytes)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamAck ack = TESSERA__V1__STREAM_ACK__INIT;

	ack.stream = v->stream.v;
	ack.picture = picture;
	ack.bytes = bytes - v->base;
	message.stream_ack = &ack;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_ACK;
	(void)!tsr_client_tell(v->watch->client, &message);
}

static void send_refresh(struct viewed *v, bool unreadable)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamRefresh refresh = TESSERA__V1__STREAM_REFRESH__INIT;

	refresh.stream = v->stream.v;
	refresh.unreadable = unreadable;
	message.stream_refresh = &refresh;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_REFRESH;
	(void)!tsr_client_tell(v->watch->client, &message);
}

/* What the view has to say after it took something in. */
static void answer(struct viewed *v)
{
	uint32_t picture;
	uint64_t bytes;
	bool unreadable;

	if (tsr_view_poll_ack(v->view, &picture, &bytes))
		send_ack(v, picture, bytes);
	if (tsr_view_poll_refresh(v->view, &unreadable))
		send_refresh(v, unreadable);
}

static void report_picture(struct viewed *v)
{
	uint32_t number = tsr_view_picture_number(v->view);
	char digest[17];
	json_t *event;

	if (number == v->reported || !tsr_view_is_in_sync(v->view))
		return;
	v->reported = number;
	snprintf(digest, sizeof(digest), "%016llx", (unsigned long long)tsr_view_digest(v->view));
	event = json_pack("{s:I, s:I, s:I, s:s}", "stream", (json_int_t)v->stream.v, "from",
		(json_int_t)v->from.v, "picture", (json_int_t)number, "digest", digest);
	if (v->is_own)
		v->watch->on_return(v->watch->user, v->stream, number, event);
	tsr_report_event(v->is_own ? "returned" : "picture", event);
	if (record_dir(v)[0])
		tsr_timer_set(v->timer, v->recorded_at + RECORD_EVERY);
}

/* How many cells are not exact, whenever that changes. */
static void report_previews(struct viewed *v)
{
	struct tsr_view_preview preview;
	uint32_t n = 0;

	while (tsr_view_poll_preview(v->view, &preview))
		v->is_preview_new = true;
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		n += tsr_view_preview(v->view, c, &preview);
	if (n != v->n_inexact && !v->is_own)
		tsr_report_event(
			"previews", json_pack("{s:I, s:I}", "stream", (json_int_t)v->stream.v,
					    "cells", (json_int_t)n));
	v->n_inexact = n;
	if (v->is_preview_new && record_dir(v)[0])
		tsr_timer_set(v->timer, v->recorded_at + RECORD_EVERY);
}

/* One's own screen comes back only when it is asked for. */
static void subscribe(struct tsr_headless_watch *w, struct tsr_stream_id stream, bool on)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamSubscribe subscribe = TESSERA__V1__STREAM_SUBSCRIBE__INIT;

	subscribe.stream = stream.v;
	subscribe.on = on;
	message.stream_subscribe = &subscribe;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_SUBSCRIBE;
	(void)!tsr_client_ask(w->client, &message, NULL);
}

static void add_view(struct tsr_headless_watch *w, const struct tsr_roster_stream *s, bool is_own)
{
	struct viewed *v = calloc(1, sizeof(*v));
	size_t bytes;

	if (!v)
		return;
	*v = (struct viewed){ .watch = w,
		.stream = s->id,
		.from = s->from,
		.format = s->format,
		.width = s->width,
		.height = s->height,
		.is_own = is_own };
	tsr_list_init(&v->link);
	if (tsr_timer_open(&v->timer, w->loop, record_due, v) != 0 ||
		tsr_view_create(&v->view, (enum tsr_pixel_format)s->format, s->width, s->height) !=
			0) {
		tsr_timer_close(&v->timer);
		free(v);
		return;
	}
	tsr_list_append(&w->views, &v->link);
	report_view(v, "open");
	if (is_own)
		subscribe(w, s->id, true);
	bytes = take_early(w, s->id);
	if (bytes) { /* they are lost, which is nobody's fault */
		v->base -= bytes;
		send_refresh(v, false);
	}
}

/* Nothing is to be seen until it goes on, not of what was there before either. */
static void set_blank(struct viewed *v, bool on)
{
	if (v->is_blank == on)
		return;
	v->is_blank = on;
	report_view(v, on ? "blank" : "open");
	if (!on && v->has_missed) /* some of it may have overtaken the end of the pause */
		send_refresh(v, false);
	v->has_missed = false;
	if (!on)
		return;
	tsr_view_erase(v->view);
	if (record_dir(v)[0])
		record(v);
}

static bool is_to_be_seen(const struct tsr_headless_watch *w, const struct tsr_roster_stream *s)
{
	bool is_own = tsr_member_id_equal(s->from, tsr_client_me(w->client));

	return s->stream_class == TSR_STREAM_SCREEN && (!is_own || w->is_returning);
}

void tsr_headless_watch_handle_change(struct tsr_headless_watch *w)
{
	const struct tsr_roster *roster = tsr_client_roster(w->client);

	tsr_list_each (pos, next, &w->views) {
		struct viewed *v = tsr_list_entry(pos, struct viewed, link);

		if (!is_still_there(w, v))
			drop_view(v);
	}
	if (tsr_client_status(w->client) != TSR_CLIENT_IN)
		return;
	for (size_t i = 0; i < roster->n_streams; i++) {
		const struct tsr_roster_stream *s = &roster->streams[i];
		bool is_blank = s->paused == TESSERA__V1__PAUSE_MODE__PAUSE_BLANK;
		struct viewed *v = find_view(w, s->id);

		if (v)
			set_blank(v, is_blank);
		else if (is_to_be_seen(w, s) && !is_blank)
			add_view(w, s, tsr_member_id_equal(s->from, tsr_client_me(w->client)));
	}
}

/* How many pixels of what has just changed have the colour that is looked for. */
static uint32_t count_colour(const struct viewed *v, const struct tsr_rect *r)
{
	const struct tsr_planes *planes = tsr_view_planes(v->view);
	uint32_t wanted = v->watch->colour, n = 0;

	for (uint32_t y = r->y; y < r->y + r->height; y++) {
		const uint8_t *p = planes->plane[0] + y * planes->stride[0] + 4 * (size_t)r->x;

		for (uint32_t x = 0; x < r->width; x++, p += 4)
			n += (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]) == wanted;
	}
	return n;
}

/* Whole pictures or not: everything that a page would draw is looked at. */
static void look_for_colour(struct viewed *v, const struct tsr_rect *rect)
{
	uint32_t n = v->format == TSR_FORMAT_BGRA ? count_colour(v, rect) : 0;

	v->watch->n_looks++;
	if (n)
		tsr_report_event("seen", json_pack("{s:I, s:I}", "stream", (json_int_t)v->stream.v,
						 "pixels", (json_int_t)n));
}

/* Asked for once, and what came then could not be read either: that is said. */
static void note_bad(struct viewed *v)
{
	const struct tsr_roster_member *from =
		tsr_roster_find(tsr_client_roster(v->watch->client), v->from);

	if (++v->n_bad != 2)
		return;
	tsr_report_event("unreadable", json_pack("{s:I}", "stream", (json_int_t)v->stream.v));
	tsr_report_say("%s's picture cannot be read. A new one was asked for.",
		from ? from->name : "The presenter");
}

/* Decodes it, or says why not. */
static void take_frame(struct viewed *v, const struct tsr_client_frame *frame)
{
	struct tsr_rect dirty;
	bool is_bad = true, is_drawn = false;

	if (!frame->is_readable) {
		tsr_view_handle_unreadable(v->view, frame->bytes);
	} else if (tsr_view_handle_frame(v->view, &frame->header, frame->plain, frame->bytes) !=
		   0) {
		tsr_report_event(
			"malformed", json_pack("{s:I}", "stream", (json_int_t)v->stream.v));
	} else {
		is_bad = false;
	}
	while (tsr_view_poll_dirty(v->view, &dirty)) {
		is_drawn = true;
		if (v->watch->is_looking)
			look_for_colour(v, &dirty);
	}
	if (is_bad)
		note_bad(v);
	else if (is_drawn || tsr_view_is_in_sync(v->view))
		v->n_bad = 0;
}

void tsr_headless_watch_handle_frame(
	struct tsr_headless_watch *w, const struct tsr_client_frame *frame)
{
	struct viewed *v = find_view(w, (struct tsr_stream_id){ frame->header.stream });

	if (frame->header.class != TSR_FRAME_SCREEN || w->is_stalled)
		return;
	if (!v) {
		note_early(w, (struct tsr_stream_id){ frame->header.stream }, frame->bytes);
		return;
	}
	if (v->is_blank) { /* was under way; it counts for flow control all the same */
		struct tsr_view_stats stats;

		tsr_view_stats(v->view, &stats);
		v->base -= frame->bytes;
		v->has_missed = true;
		send_ack(v, tsr_view_picture_number(v->view), stats.bytes);
		return;
	}
	take_frame(v, frame);
	report_previews(v);
	answer(v);
	report_picture(v);
}

void tsr_headless_watch_stall(struct tsr_headless_watch *w, bool on)
{
	w->is_stalled = on;
}

void tsr_headless_watch_look_for(struct tsr_headless_watch *w, bool on, uint32_t colour)
{
	if (w->is_looking)
		tsr_report_event("looked", json_pack("{s:I}", "times", (json_int_t)w->n_looks));
	w->is_looking = on;
	w->colour = colour;
	w->n_looks = 0;
}

/* ---- making and ending it
 * ------------------------------------------------------------------------ */

static int take_dir(char *out, size_t cap, const char *dir)
{
	if ((size_t)snprintf(out, cap, "%s", dir) >= cap)
		return TSR_ERR_IO;
	return mkdir(out, 0700) != 0 && errno != EEXIST ? TSR_ERR_IO : 0;
}

int tsr_headless_watch_create(
	struct tsr_headless_watch **out, struct tsr_loop *loop, const char *record_dir)
{
	struct tsr_headless_watch *w = calloc(1, sizeof(*w));

	*out = NULL;
	if (!w)
		return TSR_ERR_NOMEM;
	w->loop = loop;
	tsr_list_init(&w->views);
	if (record_dir && take_dir(w->dir, sizeof(w->dir), record_dir) != 0) {
		free(w);
		return TSR_ERR_IO;
	}
	*out = w;
	return 0;
}

int tsr_headless_watch_set_return(struct tsr_headless_watch *w, const char *record_dir,
	tsr_headless_on_return *on_return, void *user)
{
	w->is_returning = true;
	w->on_return = on_return;
	w->user = user;
	return record_dir ? take_dir(w->return_dir, sizeof(w->return_dir), record_dir) : 0;
}

void tsr_headless_watch_set_client(struct tsr_headless_watch *w, struct tsr_client *client)
{
	w->client = client;
}

void tsr_headless_watch_destroy(struct tsr_headless_watch *w)
{
	if (!w)
		return;
	tsr_list_each (pos, next, &w->views)
		drop_view(tsr_list_entry(pos, struct viewed, link));
	free(w);
}
