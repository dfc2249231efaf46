/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/roster.h"

#include <stdlib.h>

#include "core/base/err.h"

#define MEMBERS_MAX (TSR_SESSION_MEMBERS_MAX + TSR_SESSION_WAITING_MAX)
#define STREAMS_MAX (TSR_SESSION_MEMBERS_MAX * TSR_SESSION_MEMBER_STREAMS_MAX)

void tsr_roster_init(struct tsr_roster *roster)
{
	*roster = (struct tsr_roster){ 0 };
}

void tsr_roster_finish(struct tsr_roster *roster)
{
	free(roster->members);
	free(roster->streams);
	tsr_roster_init(roster);
}

/* ---- two arrays ordered by their first field, an id --------------------------------------- */

/* Index of the first element whose id is not smaller. */
static size_t find_place(const void *array, size_t n, size_t size, uint32_t id)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = (low + n) / 2;
		uint32_t at;

		memcpy(&at, (const char *)array + middle * size, sizeof(at));
		if (at < id)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static void *find(void *array, size_t n, size_t size, uint32_t id)
{
	size_t at = find_place(array, n, size, id);
	uint32_t there = 0;

	if (at < n)
		memcpy(&there, (char *)array + at * size, sizeof(there));
	return at < n && there == id ? (char *)array + at * size : NULL;
}

/* The element with that id, made (all zero but the id) when it is not there. */
static int find_or_add(
	void **out, void **array, size_t *n, size_t *cap, size_t size, size_t max, uint32_t id)
{
	size_t at;
	char *grown;

	*out = find(*array, *n, size, id);
	if (*out)
		return 0;
	if (*n >= max)
		return TSR_ERR_FULL;
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 16;

		grown = realloc(*array, more * size);
		if (!grown)
			return TSR_ERR_NOMEM;
		*array = grown;
		*cap = more;
	}
	at = find_place(*array, *n, size, id);
	grown = *array;
	memmove(grown + (at + 1) * size, grown + at * size, (*n - at) * size);
	memset(grown + at * size, 0, size);
	memcpy(grown + at * size, &id, sizeof(id));
	(*n)++;
	*out = grown + at * size;
	return 0;
}

static void drop(void *array, size_t *n, size_t size, uint32_t id)
{
	char *at = find(array, *n, size, id);

	if (!at)
		return;
	memmove(at, at + size, (size_t)((char *)array + *n * size - (at + size)));
	(*n)--;
}

/* ---- State -------------------------------------------------------------------------------- */

static int take_member(struct tsr_roster *roster, const Tessera__V1__Member *in)
{
	struct tsr_roster_member *m;
	void *at;
	int r;

	if (in->id == 0 || in->device_key.len != TSR_DEVICE_KEY_LEN ||
		strlen(in->name) >= sizeof(m->name))
		return TSR_ERR_FORMAT;
	r = find_or_add(&at, (void **)&roster->members, &roster->n_members, &roster->cap_members,
		sizeof(*m), MEMBERS_MAX, in->id);
	if (r)
		return r;
	m = at;
	memcpy(m->name, in->name, strlen(in->name) + 1);
	memcpy(m->device_key, in->device_key.data, TSR_DEVICE_KEY_LEN);
	m->role = in->role;
	m->is_presenter = in->presenter;
	m->is_away = in->path == TESSERA__V1__PATH__PATH_AWAY;
	m->may_chat_public = in->may_chat_public;
	m->may_chat_private = in->may_chat_private;
	m->may_share = in->may_share;
	m->hand = in->hand;
	return 0;
}

static int take_stream(struct tsr_roster *roster, const Tessera__V1__Stream *in)
{
	struct tsr_roster_stream *s;
	void *at;
	int r;

	if (in->id == 0 || in->from == 0 || in->nonce.len != TSR_STREAM_NONCE_LEN ||
		in->width > TSR_STREAM_SIDE_MAX || in->height > TSR_STREAM_SIDE_MAX)
		return TSR_ERR_FORMAT;
	r = find_or_add(&at, (void **)&roster->streams, &roster->n_streams, &roster->cap_streams,
		sizeof(*s), STREAMS_MAX, in->id);
	if (r)
		return r;
	s = at;
	s->from.v = in->from;
	s->stream_class = in->stream_class;
	memcpy(s->nonce, in->nonce.data, TSR_STREAM_NONCE_LEN);
	s->format = in->format;
	s->width = in->width;
	s->height = in->height;
	s->paused = in->paused;
	return 0;
}

static void take_settings(struct tsr_roster *roster, const Tessera__V1__Settings *in)
{
	roster->is_locked = in->locked;
	roster->is_lobby = in->lobby;
	roster->is_open = in->open;
	roster->chat_public = in->chat_public;
	roster->chat_private = in->chat_private;
	roster->presenter.v = in->presenter;
	roster->organizer.v = in->organizer;
}

int tsr_roster_handle_state(struct tsr_roster *roster, const Tessera__V1__State *state)
{
	int r = 0;

	if (state->full) {
		roster->n_members = 0;
		roster->n_streams = 0;
	}
	for (size_t i = 0; i < state->n_members_gone; i++)
		drop(roster->members, &roster->n_members, sizeof(*roster->members),
			state->members_gone[i]);
	for (size_t i = 0; i < state->n_streams_gone; i++)
		drop(roster->streams, &roster->n_streams, sizeof(*roster->streams),
			state->streams_gone[i]);
	for (size_t i = 0; i < state->n_members && !r; i++)
		r = take_member(roster, state->members[i]);
	for (size_t i = 0; i < state->n_streams && !r; i++)
		r = take_stream(roster, state->streams[i]);
	if (state->settings)
		take_settings(roster, state->settings);
	roster->state_seq = state->state_seq;
	return r;
}

const struct tsr_roster_member *tsr_roster_find(
	const struct tsr_roster *roster, struct tsr_member_id id)
{
	return find(roster->members, roster->n_members, sizeof(*roster->members), id.v);
}

const struct tsr_roster_stream *tsr_roster_find_stream(
	const struct tsr_roster *roster, struct tsr_stream_id id)
{
	return find(roster->streams, roster->n_streams, sizeof(*roster->streams), id.v);
}

/* ---- judging what others send -------------------------------------------------------------- */

static uint32_t actor_bits(const struct tsr_roster *roster, const struct tsr_roster_member *m)
{
	uint32_t bits = 0;

	if (m->role == TESSERA__V1__ROLE__ROLE_WAITING)
		bits |= TSR_ACTOR_WAITING;
	if (m->role == TESSERA__V1__ROLE__ROLE_ATTENDEE)
		bits |= TSR_ACTOR_ATTENDEE;
	if (m->role == TESSERA__V1__ROLE__ROLE_ORGANIZER)
		bits |= TSR_ACTOR_ORGANIZER;
	if (tsr_member_id_equal(roster->presenter, m->id))
		bits |= TSR_ACTOR_PRESENTER;
	if (m->may_chat_public)
		bits |= TSR_ACTOR_MAY_CHAT_PUBLIC;
	if (m->may_chat_private)
		bits |= TSR_ACTOR_MAY_CHAT_PRIVATE;
	if (m->may_share)
		bits |= TSR_ACTOR_MAY_SHARE;
	for (size_t i = 0; i < roster->n_streams; i++) {
		const struct tsr_roster_stream *s = &roster->streams[i];

		if (s->from.v == m->id.v && s->stream_class == TSR_STREAM_SCREEN && !s->paused)
			bits |= TSR_ACTOR_SHARING;
	}
	return bits;
}

static uint32_t session_bits(const struct tsr_roster *roster)
{
	return (roster->is_locked ? TSR_SESSION_LOCKED : 0) |
	       (roster->is_lobby ? TSR_SESSION_LOBBY : 0) |
	       (roster->is_open ? TSR_SESSION_OPEN : 0) |
	       (roster->chat_public ? TSR_SESSION_CHAT_PUBLIC : 0) |
	       (roster->chat_private ? TSR_SESSION_CHAT_PRIVATE : 0);
}

/* To whom a private message goes, as the table wants it. */
static uint32_t receiver_bits(
	const struct tsr_roster *roster, struct tsr_member_id from, struct tsr_member_id to)
{
	const struct tsr_roster_member *m = tsr_roster_find(roster, to);

	if (!m)
		return 0;
	if (tsr_member_id_equal(from, to))
		return TSR_TARGET_SELF;
	return m->role == TESSERA__V1__ROLE__ROLE_ORGANIZER ? TSR_TARGET_ORGANIZER
	       : m->role == TESSERA__V1__ROLE__ROLE_WAITING ? TSR_TARGET_WAITING
							    : TSR_TARGET_ATTENDEE;
}

static uint32_t stream_bits(const struct tsr_roster_stream *s)
{
	return TSR_TARGET_STREAM | TSR_TARGET_OWN |
	       (s->stream_class == TSR_STREAM_SCREEN ? TSR_TARGET_SCREEN : 0) |
	       (s->paused ? TSR_TARGET_PAUSED : 0);
}

int tsr_roster_check_frame(const struct tsr_roster *roster, const struct tsr_frame *frame)
{
	struct tsr_member_id from = { frame->from };
	const struct tsr_roster_member *m = tsr_roster_find(roster, from);
	const struct tsr_roster_stream *s =
		tsr_roster_find_stream(roster, (struct tsr_stream_id){ frame->stream });
	struct tsr_policy_facts facts = { 0 };
	enum tsr_act act;

	if (!m || !s || s->from.v != frame->from || s->stream_class != frame->class)
		return TSR_ERR_UNKNOWN;
	facts.actor = actor_bits(roster, m);
	facts.session = session_bits(roster);
	facts.target = stream_bits(s) |
		       (frame->to ? receiver_bits(roster, from, (struct tsr_member_id){ frame->to })
				  : TSR_TARGET_ALL);
	switch (frame->class) {
	case TSR_FRAME_SCREEN:
		act = TSR_ACT_SEND_SCREEN;
		break;
	case TSR_FRAME_CHAT:
		act = frame->to ? TSR_ACT_SEND_CHAT_PRIVATE : TSR_ACT_SEND_CHAT_PUBLIC;
		break;
	case TSR_FRAME_CONTROL:
		act = TSR_ACT_SEND_CONTROL;
		break;
	default:
		act = TSR_ACT_SEND_POINTER;
		break;
	}
	return tsr_policy_allows(act, &facts) == 0 ? 0 : TSR_ERR_DENIED;
}
