/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/pointer.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/screen/pointer.h"
#include "endpoint/x11/cursor.h"

#define INTERVAL (TSR_SECOND / 30)
/* While it moves its image goes along now and then, for who has come late or lost the first. */
#define IMAGE_INTERVAL (2 * TSR_SECOND)
/* When many come at once they get it together. */
#define JOIN_INTERVAL TSR_SECOND
/* The server drops pointers for who does not keep up: the last place is said twice. */
#define REST (400 * TSR_MS)

struct tsr_headless_pointer {
	struct tsr_loop *loop;
	struct tsr_client *client; /* NULL: not now */
	struct tsr_cursor *cursor;
	struct tsr_poll *poll;
	struct tsr_timer *timer;
	tsr_locate_fn locate;
	void *user;

	uint32_t open_request; /* StreamOpen that is not answered yet; 0 = none */
	bool is_refused;
	bool is_due;   /* all of it, though it has not moved */
	bool is_again; /* when it rests */
	size_t n_members;
	tsr_time sent_at, image_at;
	struct tsr_pointer sent;
};

static bool is_same(const struct tsr_pointer *a, const struct tsr_pointer *b)
{
	return a->is_visible == b->is_visible && a->stream == b->stream && a->x == b->x &&
	       a->y == b->y && a->shape == b->shape;
}

/* What viewers should see now. */
static int describe(struct tsr_headless_pointer *p, struct tsr_pointer *out)
{
	struct tsr_cursor_state state;
	struct tsr_stream_id stream;
	int r = tsr_cursor_look(p->cursor, &state);

	*out = (struct tsr_pointer){ 0 };
	if (r != 0 || !p->locate(p->user, state.x, state.y, &stream, &out->x, &out->y))
		return r;
	out->is_visible = true;
	out->stream = stream.v;
	out->shape = state.shape;
	out->width = state.width;
	out->height = state.height;
	out->hot_x = state.hot_x;
	out->hot_y = state.hot_y;
	out->image = tsr_slice(state.image, (size_t)state.width * state.height * 4);
	return 0;
}

/* Whether the image goes along. */
static bool wants_image(
	const struct tsr_headless_pointer *p, const struct tsr_pointer *now, tsr_time at)
{
	tsr_time interval = p->is_due ? JOIN_INTERVAL : IMAGE_INTERVAL;

	return now->width && (now->shape != p->sent.shape || at >= p->image_at + interval);
}

static void send(struct tsr_headless_pointer *p, struct tsr_pointer *now)
{
	tsr_time at = tsr_loop_now(p->loop);
	bool is_news = !is_same(now, &p->sent) || p->is_due;
	uint8_t plain[TSR_POINTER_MAX];

	if (!is_news && !p->is_again)
		return;
	p->is_again = is_news;
	tsr_timer_set(p->timer, is_news ? at + REST : TSR_TIME_NEVER);
	if (!wants_image(p, now, at)) {
		now->width = now->height = 0; /* they have it */
	} else {
		p->image_at = at;
		p->is_due = false;
	}
	p->is_due = p->is_due && now->shape != 0;
	p->sent = *now;
	p->sent_at = at;
	(void)!tsr_client_send_pointer(p->client, tsr_slice(plain, tsr_pointer_write(plain, now)));
}

static void stop(struct tsr_headless_pointer *p)
{
	tsr_poll_close(&p->poll); /* the X server is gone, and the share with it */
	tsr_timer_set(p->timer, TSR_TIME_NEVER);
}

static void look(struct tsr_headless_pointer *p)
{
	tsr_time now = tsr_loop_now(p->loop), at = TSR_TIME_NEVER;
	struct tsr_pointer pointer;

	if (!p->poll)
		return;
	if (tsr_cursor_handle_readable(p->cursor) != 0) {
		stop(p);
		return;
	}
	if (!p->client || !tsr_client_has_pointer(p->client))
		return;
	if (tsr_cursor_has_changed(p->cursor))
		at = p->sent_at + INTERVAL;
	else if (p->is_due)
		at = p->image_at + JOIN_INTERVAL;
	else if (p->is_again)
		at = p->sent_at + REST;
	if (now < at) {
		if (at != TSR_TIME_NEVER)
			tsr_timer_set(p->timer, at);
		return;
	}
	if (describe(p, &pointer) != 0)
		stop(p);
	else
		send(p, &pointer);
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

void tsr_headless_pointer_handle_change(struct tsr_headless_pointer *p, struct tsr_client *client)
{
	bool has_begun = client && !p->client;

	p->client = client;
	if (!client)
		return;
	p->is_refused = p->is_refused && !has_begun;
	if (has_begun)
		p->image_at = 0; /* no viewer can be meant to have it still */
	if (!tsr_client_has_pointer(client) && !p->is_refused &&
		tsr_client_open_pointer(client, &p->open_request) != 0)
		p->open_request = 0;
	/* Who has just come needs all of it. */
	if (has_begun || tsr_client_roster(client)->n_members > p->n_members)
		p->is_due = true;
	p->n_members = tsr_client_roster(client)->n_members;
	look(p);
}

void tsr_headless_pointer_handle_result(
	struct tsr_headless_pointer *p, uint32_t request, uint32_t refusal)
{
	if (request == 0 || request != p->open_request)
		return;
	p->open_request = 0;
	p->is_refused = refusal != 0; /* then without: pictures matter more */
	p->is_due = true;
	look(p);
}

int tsr_headless_pointer_create(struct tsr_headless_pointer **out, struct tsr_loop *loop,
	const char *display, tsr_locate_fn locate, void *user)
{
	struct tsr_headless_pointer *p = calloc(1, sizeof(*p));
	const char *why;
	int r;

	*out = NULL;
	if (!p)
		return TSR_ERR_NOMEM;
	p->loop = loop;
	p->locate = locate;
	p->user = user;
	if ((r = tsr_cursor_open(&p->cursor, display, &why)) != 0 ||
		(r = tsr_timer_open(&p->timer, loop, timer_fired, p)) != 0 ||
		(r = tsr_poll_open(
			 &p->poll, loop, tsr_cursor_fd(p->cursor), display_readable, p)) != 0) {
		tsr_headless_pointer_destroy(p);
		return r;
	}
	tsr_poll_set(p->poll, TSR_POLL_READ);
	*out = p;
	return 0;
}

void tsr_headless_pointer_destroy(struct tsr_headless_pointer *p)
{
	if (!p)
		return;
	tsr_poll_close(&p->poll);
	tsr_timer_close(&p->timer);
	tsr_cursor_close(p->cursor);
	free(p);
}
