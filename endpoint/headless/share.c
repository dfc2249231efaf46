/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "endpoint/headless/pointer.h"
#include "endpoint/headless/report.h"
#include "endpoint/headless/show.h"

struct tsr_headless_share {
	struct tsr_loop *loop;
	const char *display;
	unsigned max_fps;
	enum tsr_share_prefer prefer;
	struct tsr_client *client;
	bool is_wanted;     /* by the user */
	bool asked_to_take; /* took the presenter role once, where everybody may */
	uint32_t pause;     /* mode that the user chose, PAUSE_NONE = live */
	struct tsr_source sources[TSR_SOURCES_MAX]; /* what he wants to be shown */
	size_t n_sources;
	struct tsr_show *shows[TSR_SOURCES_MAX];
	size_t n_shows;
	struct tsr_headless_pointer *pointer;
};

/* ---- the set of shows ------------------------------------------------------------------------ */

static bool is_chosen(const struct tsr_source *sources, size_t n, const struct tsr_source *source)
{
	for (size_t i = 0; i < n; i++)
		if (tsr_source_equal(&sources[i], source))
			return true;
	return false;
}

static void drop_show(struct tsr_headless_share *s, size_t i)
{
	tsr_show_destroy(s->shows[i]);
	s->shows[i] = s->shows[--s->n_shows];
}

static void update_pointer(struct tsr_headless_share *s)
{
	bool is_live = false;

	for (size_t i = 0; i < s->n_shows; i++)
		is_live = is_live || tsr_show_is_live(s->shows[i]);
	tsr_headless_pointer_handle_change(s->pointer, is_live ? s->client : NULL);
}

/* A source went away. When it was the last one the share is over, until the user starts another. */
static void source_gone(void *user, const char *why)
{
	struct tsr_headless_share *s = user;
	bool is_left = false;

	(void)why;
	for (size_t i = 0; i < s->n_shows; i++)
		is_left = is_left || !tsr_show_is_gone(s->shows[i]);
	s->is_wanted = s->is_wanted && is_left;
	update_pointer(s);
}

/* Makes a show of each source that has none: the new ones first, so that there is no moment
 * without a picture. On failure the shows are as before. */
static int add_shows(
	struct tsr_headless_share *s, const struct tsr_source *sources, size_t n, const char **why)
{
	struct tsr_show_config config = { .loop = s->loop,
		.display = s->display,
		.max_fps = s->max_fps,
		.prefer = s->prefer,
		.on_gone = source_gone,
		.user = s };
	struct tsr_show *added[TSR_SOURCES_MAX];
	size_t n_added = 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		bool has_show = false;

		for (size_t k = 0; k < s->n_shows; k++)
			has_show = has_show || (!tsr_show_is_gone(s->shows[k]) &&
						       tsr_source_equal(&sources[i],
							       tsr_show_source(s->shows[k])));
		config.source = sources[i];
		if (!has_show && (r = tsr_show_create(&added[n_added], &config, why)) == 0)
			n_added++;
	}
	for (size_t i = 0; i < n_added && r != 0; i++)
		tsr_show_destroy(added[i]);
	if (r != 0)
		return r;
	for (size_t i = s->n_shows; i-- > 0;)
		if (tsr_show_is_gone(s->shows[i]) ||
			!is_chosen(sources, n, tsr_show_source(s->shows[i])))
			drop_show(s, i);
	for (size_t i = 0; i < n_added; i++) {
		tsr_show_pause(added[i], s->pause);
		s->shows[s->n_shows++] = added[i];
	}
	return 0;
}

/* ---- what the client reports ----------------------------------------------------------------- */

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
	bool may_show = is_in && is_presenter && s->is_wanted;

	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_handle_change(s->shows[i], may_show ? s->client : NULL);
	if (is_in && !is_presenter && s->is_wanted && roster->is_open && !s->asked_to_take)
		take_presenter(s);
	update_pointer(s);
}

void tsr_headless_share_handle_result(
	struct tsr_headless_share *s, uint32_t request, uint32_t refusal, uint32_t stream)
{
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_handle_result(s->shows[i], request, refusal, stream);
	tsr_headless_pointer_handle_result(s->pointer, request, refusal);
	update_pointer(s);
}

void tsr_headless_share_handle_epoch(struct tsr_headless_share *s, uint32_t epoch)
{
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_handle_epoch(s->shows[i], epoch);
}

void tsr_headless_share_handle_credit(
	struct tsr_headless_share *s, struct tsr_stream_id stream, uint64_t bytes)
{
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_handle_credit(s->shows[i], stream, bytes);
}

void tsr_headless_share_handle_stats(
	struct tsr_headless_share *s, const Tessera__V1__StreamStats *told, json_t *event)
{
	for (size_t i = 0; i < s->n_shows; i++)
		if (tsr_show_handle_stats(s->shows[i], told, event))
			return;
}

void tsr_headless_share_handle_returned(
	struct tsr_headless_share *s, struct tsr_stream_id stream, uint32_t picture, json_t *event)
{
	for (size_t i = 0; i < s->n_shows; i++)
		if (tsr_show_handle_returned(s->shows[i], stream, picture, event))
			return;
}

void tsr_headless_share_handle_need(
	struct tsr_headless_share *s, struct tsr_stream_id stream, uint64_t cells)
{
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_handle_need(s->shows[i], stream, cells);
}

/* ---- the user's wishes ----------------------------------------------------------------------- */

void tsr_headless_share_pause(struct tsr_headless_share *s, uint32_t mode)
{
	s->pause = mode;
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_pause(s->shows[i], mode);
	update_pointer(s);
}

int tsr_headless_parse_preference(enum tsr_share_prefer *out, const char *text)
{
	static const char *const names[] = { [TSR_PREFER_AUTO] = "auto",
		[TSR_PREFER_TEXT] = "text",
		[TSR_PREFER_MOTION] = "motion" };

	for (int i = TSR_PREFER_AUTO; i <= TSR_PREFER_MOTION; i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum tsr_share_prefer)i;
			return 0;
		}
	return TSR_ERR_RANGE;
}

void tsr_headless_share_prefer(struct tsr_headless_share *s, enum tsr_share_prefer prefer)
{
	s->prefer = prefer;
	for (size_t i = 0; i < s->n_shows; i++)
		tsr_show_prefer(s->shows[i], prefer);
}

void tsr_headless_share_stop(struct tsr_headless_share *s)
{
	s->is_wanted = false;
	tsr_headless_share_handle_change(s);
}

/* What the user wants is looked up and opened. */
static int choose(struct tsr_headless_share *s, const struct tsr_wish *wish, char *why, size_t cap)
{
	struct tsr_source chosen[TSR_SOURCES_MAX];
	struct tsr_sources *there;
	const char *reason = NULL;
	size_t n;
	int r;

	there = tsr_sources_read(s->display, &reason);
	if (!there) {
		snprintf(why, cap, "%s", reason);
		return TSR_ERR_CONFIG;
	}
	n = tsr_sources_choose(chosen, there, wish, why, cap);
	free(there);
	if (n == 0)
		return TSR_ERR_UNKNOWN;
	r = add_shows(s, chosen, n, &reason);
	if (r != 0) {
		snprintf(why, cap, "%s", reason);
		return r;
	}
	for (size_t i = 0; i < n; i++)
		s->sources[i] = chosen[i];
	s->n_sources = n;
	return 0;
}

int tsr_headless_share_start(
	struct tsr_headless_share *s, const struct tsr_wish *wish, char *why, size_t cap)
{
	const char *reason = NULL;
	int r = wish ? choose(s, wish, why, cap) : add_shows(s, s->sources, s->n_sources, &reason);

	if (r != 0) {
		if (reason)
			snprintf(why, cap, "%s", reason);
		return r;
	}
	s->is_wanted = true;
	s->asked_to_take = false;
	tsr_headless_share_handle_change(s);
	return 0;
}

/* ---- making and ending it -------------------------------------------------------------------- */

static bool locate(void *user, int32_t x, int32_t y, struct tsr_stream_id *stream, uint16_t *to_x,
	uint16_t *to_y)
{
	const struct tsr_headless_share *s = user;

	for (size_t i = 0; i < s->n_shows; i++)
		if (tsr_show_locate(s->shows[i], x, y, stream, to_x, to_y))
			return true;
	return false;
}

int tsr_headless_share_create(struct tsr_headless_share **out, struct tsr_loop *loop,
	const char *display, const struct tsr_wish *wish, unsigned max_fps, char *why, size_t cap)
{
	struct tsr_headless_share *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	snprintf(why, cap, "out of memory");
	if (!s)
		return TSR_ERR_NOMEM;
	s->loop = loop;
	s->display = display;
	s->max_fps = max_fps;
	s->is_wanted = true;
	if ((r = choose(s, wish, why, cap)) != 0 ||
		(r = tsr_headless_pointer_create(&s->pointer, loop, display, locate, s)) != 0) {
		tsr_headless_share_destroy(s);
		return r;
	}
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
	tsr_headless_pointer_destroy(s->pointer);
	while (s->n_shows)
		drop_show(s, s->n_shows - 1);
	free(s);
}
