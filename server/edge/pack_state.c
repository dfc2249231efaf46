/* SPDX-License-Identifier: Apache-2.0 */
/* pack_state: the session as its members see it. */
#include <stdlib.h>

#include "core/base/err.h"
#include "proto/unpack.h"
#include "server/edge/inbox.h"
#include "server/edge/pack.h"
#include "session.pb-c.h"

enum { PART_MEMBERS = 100, PART_STREAMS = 100, PART_BARRED = 100 };

/* One State being put together: room for a part's worth of everything. */
struct part {
	Tessera__V1__ToClient message;
	Tessera__V1__State state;
	Tessera__V1__Settings settings;
	Tessera__V1__Member members[PART_MEMBERS];
	Tessera__V1__Member *member_list[PART_MEMBERS];
	Tessera__V1__Stream streams[PART_STREAMS];
	Tessera__V1__Stream *stream_list[PART_STREAMS];
	Tessera__V1__Barred barred[PART_BARRED];
	Tessera__V1__Barred *barred_list[PART_BARRED];
};

/* How the lists of a State are walked and where they go. */
struct packer {
	const struct tsr_pack_state *what;
	struct part *part;
	uint64_t state_seq;
	bool full;
	void (*give)(void *user, struct tsr_msg *msg);
	void *user;
	int err;
};

static char *text_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

static uint64_t wall_ms(const struct packer *packer, tsr_time at)
{
	return (uint64_t)((at + packer->what->wall_us) / 1000);
}

static void begin_part(struct packer *packer)
{
	struct part *part = packer->part;

	tessera__v1__to_client__init(&part->message);
	tessera__v1__state__init(&part->state);
	part->message.body_case = TESSERA__V1__TO_CLIENT__BODY_STATE;
	part->message.state = &part->state;
	part->state.state_seq = packer->state_seq;
	part->state.full = packer->full;
	part->state.members = part->member_list;
	part->state.streams = part->stream_list;
	part->state.barred = part->barred_list;
	packer->full = false; /* of the parts behind the first */
}

static void end_part(struct packer *packer)
{
	struct tsr_msg *msg = tsr_proto_pack_msg(&packer->part->message.base, TSR_KIND_PROTO);

	if (msg)
		packer->give(packer->user, msg);
	else
		packer->err = TSR_ERR_NOMEM;
	begin_part(packer);
}

static void add_member(struct packer *packer, const struct tsr_member *member)
{
	const struct tsr_session *session = packer->what->session;
	const struct tsr_session_settings *settings = tsr_session_settings(session);
	struct part *part = packer->part;
	Tessera__V1__Member *out;

	if (part->state.n_members == PART_MEMBERS)
		end_part(packer);
	out = &part->members[part->state.n_members];
	part->member_list[part->state.n_members++] = out;
	tessera__v1__member__init(out);
	out->id = member->record.id.v;
	out->name = text_of(member->record.name);
	out->role = (Tessera__V1__Role)tsr_session_role(session, member);
	out->presenter = settings->presenter.v == out->id;
	out->may_chat_public = member->record.may_chat_public;
	out->may_chat_private = member->record.may_chat_private;
	out->may_share = member->record.may_share;
	out->may_audio = member->record.may_audio;
	out->may_video = member->record.may_video;
	out->hand = member->hand;
	out->device_key.data = (uint8_t *)(uintptr_t)member->device_key;
	out->device_key.len = TSR_DEVICE_KEY_LEN;
	out->client = (Tessera__V1__Client)member->client;
	out->path = member->presence == TSR_PRESENCE_AWAY ? TESSERA__V1__PATH__PATH_AWAY
							  : TESSERA__V1__PATH__PATH_TLS;
	out->joined_ms = wall_ms(packer, member->joined_at);
	out->removed_before = member->record.is_removed || member->record.is_barred;
	out->by_link = member->record.by_link;
	out->successor = tsr_session_successor(session).v == out->id;
}

static void add_stream(struct packer *packer, const struct tsr_stream *stream)
{
	struct part *part = packer->part;
	Tessera__V1__Stream *out;

	if (part->state.n_streams == PART_STREAMS)
		end_part(packer);
	out = &part->streams[part->state.n_streams];
	part->stream_list[part->state.n_streams++] = out;
	tessera__v1__stream__init(out);
	out->id = stream->id.v;
	out->from = stream->from.v;
	out->stream_class = (Tessera__V1__StreamClass)stream->class;
	out->nonce.data = (uint8_t *)(uintptr_t)stream->nonce;
	out->nonce.len = TSR_STREAM_NONCE_LEN;
	out->format = (Tessera__V1__PixelFormat)stream->format;
	out->width = stream->width;
	out->height = stream->height;
	out->paused = (Tessera__V1__PauseMode)stream->paused;
	out->label = text_of(stream->label);
	out->opened_ms = wall_ms(packer, stream->opened_at);
	out->epoch = stream->epoch;
	out->muted = stream->is_muted;
}

/* The list of the barred belongs to the settings, in the same message. It is whole but for more
 * than a part's worth: whoever bars so many sees the first hundred. */
static void add_barred(struct packer *packer)
{
	const struct tsr_session *session = packer->what->session;
	struct part *part = packer->part;

	for (const struct tsr_member *m = tsr_session_next_member(session, NULL); m;
		m = tsr_session_next_member(session, m)) {
		Tessera__V1__Barred *out = &part->barred[part->state.n_barred];

		if (!m->record.is_barred)
			continue;
		if (part->state.n_barred == PART_BARRED)
			break;
		part->barred_list[part->state.n_barred++] = out;
		tessera__v1__barred__init(out);
		out->member = m->record.id.v;
		out->name = text_of(m->record.name);
	}
}

static void add_settings(struct packer *packer)
{
	const struct tsr_session_settings *settings = tsr_session_settings(packer->what->session);
	Tessera__V1__Settings *out = &packer->part->settings;

	tessera__v1__settings__init(out);
	out->locked = settings->is_locked;
	out->lobby = settings->has_lobby;
	out->open = settings->is_open;
	out->chat_public = settings->chat_public;
	out->chat_private = settings->chat_private;
	out->presenter = settings->presenter.v;
	out->organizer = settings->organizer.v;
	out->audio = settings->audio;
	out->video = settings->video;
	packer->part->state.settings = out;
	if (packer->what->may_admit)
		add_barred(packer);
}

static int packer_init(struct packer *packer, const struct tsr_pack_state *what,
	void (*give)(void *user, struct tsr_msg *msg), void *user)
{
	*packer = (struct packer){
		.what = what,
		.part = calloc(1, sizeof(*packer->part)),
		.state_seq = tsr_session_state_seq(what->session),
		.give = give,
		.user = user,
	};
	return packer->part ? 0 : TSR_ERR_NOMEM;
}

int tsr_pack_full(const struct tsr_pack_state *what, void (*give)(void *user, struct tsr_msg *msg),
	void *user)
{
	const struct tsr_session *session = what->session;
	struct packer packer;
	int r = packer_init(&packer, what, give, user);

	if (r != 0)
		return r;
	packer.full = true;
	begin_part(&packer);
	add_settings(&packer);
	for (const struct tsr_member *m = tsr_session_next_member(session, NULL); m;
		m = tsr_session_next_member(session, m))
		if (m->presence >= TSR_PRESENCE_PRESENT ||
			(m->presence == TSR_PRESENCE_WAITING && what->may_admit))
			add_member(&packer, m);
	for (const struct tsr_stream *s = tsr_session_next_stream(session, NULL); s;
		s = tsr_session_next_stream(session, s))
		add_stream(&packer, s);
	end_part(&packer);
	free(packer.part);
	return packer.err;
}

/* ---- deltas --------------------------------------------------------------------------- */

struct ids {
	uint32_t *v;
	size_t n;
};

static bool holds(const struct tsr_member_id *members, size_t n, struct tsr_member_id id)
{
	for (size_t i = 0; i < n; i++)
		if (tsr_member_id_equal(members[i], id))
			return true;
	return false;
}

/* Adds who is gone. Who went from the lobby into the room, or back, is not gone for those who
 * see both. */
static void add_ids(struct ids *ids, const struct tsr_member_id *gone, size_t n,
	const struct tsr_member_id *here, size_t n_here)
{
	for (size_t i = 0; i < n; i++)
		if (!holds(here, n_here, gone[i]))
			ids->v[ids->n++] = gone[i].v;
}

static void add_members(struct packer *packer, const struct tsr_member_id *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct tsr_member *member =
			tsr_session_find_member(packer->what->session, ids[i]);

		if (member)
			add_member(packer, member);
	}
}

static void add_streams(struct packer *packer, const struct tsr_session_changed *changed)
{
	for (size_t i = 0; i < changed->n_streams; i++) {
		const struct tsr_stream *stream =
			tsr_session_find_stream(packer->what->session, changed->streams[i]);

		if (stream)
			add_stream(packer, stream);
	}
}

static int add_gone(
	struct packer *packer, const struct tsr_session_changed *changed, struct ids *gone)
{
	Tessera__V1__State *state = &packer->part->state;
	size_t n = changed->n_members_gone + changed->n_waiting_gone + changed->n_streams_gone;

	gone->v = calloc(n + 1, sizeof(*gone->v));
	if (!gone->v)
		return TSR_ERR_NOMEM;
	add_ids(gone, changed->members_gone, changed->n_members_gone, changed->waiting,
		packer->what->may_admit ? changed->n_waiting : 0);
	if (packer->what->may_admit)
		add_ids(gone, changed->waiting_gone, changed->n_waiting_gone, changed->members,
			changed->n_members);
	state->members_gone = gone->v;
	state->n_members_gone = gone->n;
	state->streams_gone = gone->v + gone->n;
	state->n_streams_gone = changed->n_streams_gone;
	for (size_t i = 0; i < changed->n_streams_gone; i++)
		state->streams_gone[i] = changed->streams_gone[i].v;
	return 0;
}

int tsr_pack_changed(const struct tsr_pack_state *what, const struct tsr_session_changed *changed,
	void (*give)(void *user, struct tsr_msg *msg), void *user)
{
	struct ids gone = { 0 };
	struct packer packer;
	int r = packer_init(&packer, what, give, user);

	if (r != 0)
		return r;
	packer.state_seq = changed->state_seq;
	begin_part(&packer);
	r = add_gone(&packer, changed, &gone);
	if (r == 0) {
		if (changed->settings)
			add_settings(&packer);
		add_members(&packer, changed->members, changed->n_members);
		if (what->may_admit)
			add_members(&packer, changed->waiting, changed->n_waiting);
		add_streams(&packer, changed);
		end_part(&packer);
		r = packer.err;
	}
	free(gone.v);
	free(packer.part);
	return r;
}
