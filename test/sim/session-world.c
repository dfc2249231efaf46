/* SPDX-License-Identifier: Apache-2.0 */
#include "session-world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/wire/frame.h"

#define STREAMS_SEEN 64
#define MAIL_MAX 64
#define FIRST_EPOCH 100

#define INVARIANT(claim) \
	do { \
		if (!(claim)) \
			return broken(w, #claim, __LINE__); \
	} while (0)

/* What one member is shown of another; without padding, so that memcmp() compares it. */
struct shown {
	uint32_t is_there;
	uint32_t role;
	uint32_t presence;
	uint32_t may_chat_public, may_chat_private, may_share, may_audio, may_video;
	uint32_t hand;
	uint32_t is_successor;
};

/* What a client knows, from full States and deltas alone. */
struct replica {
	uint64_t state_seq;
	struct tsr_session_settings settings;
	struct shown members[WORLD_MEMBERS_MAX + 1];
	uint32_t n_streams;
	uint32_t streams[STREAMS_SEEN * WORLD_MEMBERS_MAX];
};

struct person {
	uint64_t conn; /* as he believes */
	bool is_inside;
	struct replica seen;
};

/* An action on its way. */
struct mail {
	struct tsr_member_id from;
	uint64_t conn;
	struct tsr_action action;
	tsr_time arrives_at;
};

struct store {
	uint64_t seq;
	struct tsr_session_settings settings;
	struct tsr_member_record records[WORLD_MEMBERS_MAX + 1]; /* by id; id 0: not there */
	bool has_ended;
};

struct open_commit {
	uint64_t seq; /* 0 = none */
	enum tsr_commit_answer answer;
	tsr_time answered_at;
};

struct world {
	struct tsr_session *s;
	uint64_t seed, random;
	tsr_time now;
	uint32_t n_members;
	uint64_t next_conn;
	uint32_t next_epoch;
	uint64_t state_seq;
	bool has_ended;
	bool is_perfect; /* nothing goes wrong any more */
	unsigned n_nomem;
	struct store store;
	struct open_commit commit;
	struct person people[WORLD_MEMBERS_MAX + 1];
	struct mail mails[MAIL_MAX];
	size_t n_mails;
};

static bool broken(const struct world *w, const char *claim, int line)
{
	printf("# seed %llu at %lld us, line %d: not so: %s\n", (unsigned long long)w->seed,
		(long long)w->now, line, claim);
	return false;
}

static uint64_t draw(struct world *w)
{
	uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint32_t below(struct world *w, uint32_t n)
{
	return (uint32_t)(draw(w) % n);
}

static struct tsr_member_id somebody(struct world *w)
{
	return (struct tsr_member_id){ 1 + below(w, w->n_members) };
}

/* ---- the store ------------------------------------------------------------------------------ */

static void keep(struct store *store, const struct tsr_session_commit *commit)
{
	if (commit->seq <= store->seq)
		return;
	store->seq = commit->seq;
	store->settings = commit->settings;
	for (size_t i = 0; i < commit->n_members; i++)
		store->records[commit->members[i].id.v] = commit->members[i];
	store->has_ended = commit->ended;
}

/* The fate of a commit is decided when it is asked for. */
static void take_commit(struct world *w, const struct tsr_session_commit *commit)
{
	uint32_t fate = w->is_perfect ? 0 : below(w, 100);
	bool is_slow = !w->is_perfect && below(w, 50) == 0;

	w->commit.seq = commit->seq;
	w->commit.answered_at = w->now + (is_slow ? 6 * TSR_SECOND : below(w, 200) * TSR_MS);
	w->commit.answer = fate < 90   ? TSR_COMMIT_KEPT
			   : fate < 96 ? TSR_COMMIT_REFUSED
				       : TSR_COMMIT_LOST;
	if (w->commit.answer == TSR_COMMIT_KEPT ||
		(w->commit.answer == TSR_COMMIT_LOST && below(w, 2)))
		keep(&w->store, commit);
}

/* ---- replicas ---------------------------------------------------------------------------------
 */

static struct shown show(const struct tsr_session *s, const struct tsr_member *m)
{
	return (struct shown){
		.is_there = true,
		.role = tsr_session_role(s, m),
		.presence = m->presence,
		.may_chat_public = m->record.may_chat_public,
		.may_chat_private = m->record.may_chat_private,
		.may_share = m->record.may_share,
		.may_audio = m->record.may_audio,
		.may_video = m->record.may_video,
		.hand = m->hand,
		.is_successor = tsr_session_successor(s).v == m->record.id.v,
	};
}

static bool is_shown_to(enum tsr_role viewer, const struct tsr_member *m)
{
	if (m->presence == TSR_PRESENCE_WAITING)
		return viewer == TSR_ROLE_ORGANIZER;
	return m->presence != TSR_PRESENCE_ABSENT;
}

static void see_all(const struct tsr_session *s, struct replica *seen, enum tsr_role viewer)
{
	memset(seen, 0, sizeof(*seen));
	seen->state_seq = tsr_session_state_seq(s);
	seen->settings = *tsr_session_settings(s);
	for (const struct tsr_member *m = tsr_session_next_member(s, NULL); m;
		m = tsr_session_next_member(s, m)) {
		if (is_shown_to(viewer, m))
			seen->members[m->record.id.v] = show(s, m);
	}
	for (const struct tsr_stream *st = tsr_session_next_stream(s, NULL); st;
		st = tsr_session_next_stream(s, st))
		seen->streams[seen->n_streams++] = st->id.v;
}

static void see_members(const struct tsr_session *s, struct replica *seen,
	const struct tsr_member_id *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		seen->members[ids[i].v] = show(s, tsr_session_find_member(s, ids[i]));
}

static void lose_members(struct replica *seen, const struct tsr_member_id *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memset(&seen->members[ids[i].v], 0, sizeof(seen->members[0]));
}

static void see_streams(struct replica *seen, const struct tsr_session_changed *changed)
{
	for (size_t i = 0; i < changed->n_streams_gone; i++) {
		for (uint32_t j = 0; j < seen->n_streams; j++) {
			if (seen->streams[j] == changed->streams_gone[i].v)
				seen->streams[j--] = seen->streams[--seen->n_streams];
		}
	}
	for (size_t i = 0; i < changed->n_streams; i++) {
		uint32_t j = 0;

		while (j < seen->n_streams && seen->streams[j] != changed->streams[i].v)
			j++;
		seen->streams[j] = changed->streams[i].v;
		seen->n_streams += j == seen->n_streams;
	}
}

static void see_changed(const struct tsr_session *s, struct replica *seen,
	const struct tsr_session_changed *changed, enum tsr_role viewer)
{
	seen->state_seq = changed->state_seq;
	lose_members(seen, changed->members_gone, changed->n_members_gone);
	if (viewer == TSR_ROLE_ORGANIZER)
		lose_members(seen, changed->waiting_gone, changed->n_waiting_gone);
	see_members(s, seen, changed->members, changed->n_members);
	if (viewer == TSR_ROLE_ORGANIZER)
		see_members(s, seen, changed->waiting, changed->n_waiting);
	see_streams(seen, changed);
	if (changed->settings)
		seen->settings = *tsr_session_settings(s);
}

static enum tsr_role role_of(const struct world *w, uint32_t id)
{
	const struct tsr_member *m = tsr_session_find_member(w->s, (struct tsr_member_id){ id });

	return m ? tsr_session_role(w->s, m) : TSR_ROLE_NONE;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Everybody inside knows exactly what the session has. */
static bool check_replicas(struct world *w)
{
	static struct replica truth;

	for (uint32_t id = 1; id <= w->n_members; id++) {
		struct replica *seen = &w->people[id].seen;

		if (!w->people[id].is_inside)
			continue;
		see_all(w->s, &truth, role_of(w, id));
		qsort(seen->streams, seen->n_streams, sizeof(uint32_t), compare_ids);
		qsort(truth.streams, truth.n_streams, sizeof(uint32_t), compare_ids);
		INVARIANT(seen->state_seq == truth.state_seq);
		INVARIANT(memcmp(&seen->settings, &truth.settings, sizeof(truth.settings)) == 0);
		INVARIANT(memcmp(seen->members, truth.members, sizeof(truth.members)) == 0);
		INVARIANT(seen->n_streams == truth.n_streams);
		INVARIANT(memcmp(seen->streams, truth.streams,
				  truth.n_streams * sizeof(uint32_t)) == 0);
	}
	return true;
}

/* ---- events
 * --------------------------------------------------------------------------------------- */

static bool handle_close(struct world *w, const struct tsr_session_event *event)
{
	struct person *p = &w->people[event->member.v];

	INVARIANT(event->close.reason != TSR_CLOSE_NONE);
	if (p->conn == event->conn) {
		p->conn = 0;
		p->is_inside = false;
	}
	return true;
}

static bool handle_changed(struct world *w, const struct tsr_session_changed *changed)
{
	INVARIANT(changed->state_seq == w->state_seq + 1);
	w->state_seq = changed->state_seq;
	for (uint32_t id = 1; id <= w->n_members; id++) {
		if (w->people[id].is_inside)
			see_changed(w->s, &w->people[id].seen, changed, role_of(w, id));
	}
	return true;
}

static bool handle_event(struct world *w, const struct tsr_session_event *event)
{
	struct person *p = &w->people[event->member.v];

	switch (event->kind) {
	case TSR_SESSION_COMMIT:
		INVARIANT(w->commit.seq == 0 && event->commit.seq > w->store.seq);
		take_commit(w, &event->commit);
		break;
	case TSR_SESSION_ADMITTED:
		p->conn = event->conn;
		p->is_inside = true;
		see_all(w->s, &p->seen, role_of(w, event->member.v));
		break;
	case TSR_SESSION_FULL_STATE:
		INVARIANT(p->is_inside && p->conn == event->conn);
		see_all(w->s, &p->seen, role_of(w, event->member.v));
		break;
	case TSR_SESSION_WAITING:
		p->conn = event->conn;
		p->is_inside = false;
		break;
	case TSR_SESSION_CLOSE:
		return handle_close(w, event);
	case TSR_SESSION_RESULT:
		INVARIANT(p->conn == event->conn);
		w->n_nomem += event->result.err == TSR_ERR_NOMEM;
		break;
	case TSR_SESSION_LOBBY_TEXT:
		INVARIANT(event->lobby_text.about.v
				  ? role_of(w, event->member.v) == TSR_ROLE_ORGANIZER
				  : !p->is_inside);
		break;
	case TSR_SESSION_CHANGED:
		return handle_changed(w, &event->changed);
	case TSR_SESSION_END:
		w->has_ended = true;
		break;
	case TSR_SESSION_STREAM_CLOSED:
	case TSR_SESSION_EPOCH:
		break;
	}
	return true;
}

/* ---- invariants
 * -------------------------------------------------------------------------------------- */

static bool check_streams(struct world *w)
{
	const struct tsr_session_settings *set = tsr_session_settings(w->s);
	uint32_t presenter = set->presenter.v;
	uint32_t organizer = set->organizer.v;

	for (const struct tsr_stream *st = tsr_session_next_stream(w->s, NULL); st;
		st = tsr_session_next_stream(w->s, st)) {
		const struct tsr_member *m = tsr_session_find_member(w->s, st->from);

		INVARIANT(m && m->presence == TSR_PRESENCE_PRESENT);
		INVARIANT(st->class != TSR_STREAM_SCREEN || st->from.v == presenter);
		INVARIANT(st->class != TSR_STREAM_SCREEN || m->record.may_share ||
			  st->from.v == organizer);
		INVARIANT(st->class != TSR_STREAM_POINTER || st->from.v == presenter);
		INVARIANT(st->class != TSR_STREAM_CONTROL);
		INVARIANT(st->class != TSR_STREAM_AUDIO || st->from.v == organizer ||
			  (m->record.may_audio && set->audio));
		INVARIANT(st->class != TSR_STREAM_VIDEO || st->from.v == organizer ||
			  (m->record.may_video && set->video));
		INVARIANT(!st->is_muted || st->paused == TSR_PAUSE_BLANK);
	}
	return true;
}

static bool check_members(struct world *w)
{
	const struct tsr_session_settings *set = tsr_session_settings(w->s);
	unsigned n_organizers = 0;

	for (const struct tsr_member *m = tsr_session_next_member(w->s, NULL); m;
		m = tsr_session_next_member(w->s, m)) {
		bool is_inside =
			m->presence == TSR_PRESENCE_PRESENT || m->presence == TSR_PRESENCE_AWAY;
		const struct person *p = &w->people[m->record.id.v];

		n_organizers += tsr_session_role(w->s, m) == TSR_ROLE_ORGANIZER;
		INVARIANT(!is_inside || (m->record.is_admitted && !m->record.has_left));
		INVARIANT(!is_inside || (!m->record.is_removed && !m->record.is_barred));
		INVARIANT(p->is_inside == (m->presence == TSR_PRESENCE_PRESENT));
		INVARIANT(m->record.id.v != set->presenter.v || is_inside);
	}
	INVARIANT(n_organizers <= 1);
	return true;
}

/* The places in the queue are 1, 2, 3 .. without a gap, and held by members only. */
static bool check_hands(struct world *w)
{
	bool is_taken[WORLD_MEMBERS_MAX + 2] = { false };
	uint32_t n = 0;

	for (const struct tsr_member *m = tsr_session_next_member(w->s, NULL); m;
		m = tsr_session_next_member(w->s, m)) {
		if (m->hand == 0)
			continue;
		INVARIANT(m->presence == TSR_PRESENCE_PRESENT || m->presence == TSR_PRESENCE_AWAY);
		INVARIANT(m->hand <= w->n_members && !is_taken[m->hand]);
		is_taken[m->hand] = true;
		n++;
	}
	INVARIANT(n == 0 || is_taken[n]);
	return true;
}

static bool check_all(struct world *w)
{
	struct tsr_session_event event;

	while (tsr_session_poll_event(w->s, &event)) {
		if (!handle_event(w, &event))
			return false;
	}
	if (w->has_ended)
		return true;
	return check_members(w) && check_hands(w) && check_streams(w) && check_replicas(w);
}

/* ---- inputs
 * ------------------------------------------------------------------------------------------- */

static bool give(struct world *w, int r)
{
	INVARIANT(r == 0 || r == TSR_ERR_NOMEM || r == TSR_ERR_STALE || r == TSR_ERR_ENDED);
	w->n_nomem += r == TSR_ERR_NOMEM;
	return check_all(w);
}

static bool come(struct world *w)
{
	struct tsr_member_id id = somebody(w);
	struct tsr_session_claims claims = {
		.member = id, .role = TSR_ROLE_ATTENDEE, .by_link = below(w, 2), .name = "Ada"
	};

	if (id.v == 1)
		claims.role = TSR_ROLE_ORGANIZER;
	else if (below(w, 5) == 0)
		claims.role = TSR_ROLE_WAITING;
	claims.device_hash[0] = (uint8_t)id.v;
	return give(w, tsr_session_handle_connect(w->s, &claims, ++w->next_conn, w->now));
}

static bool drop(struct world *w)
{
	struct tsr_member_id id = somebody(w);
	struct person *p = &w->people[id.v];
	uint64_t conn = p->conn;

	if (conn == 0)
		return true;
	p->conn = 0;
	p->is_inside = false;
	return give(w, tsr_session_handle_drop(w->s, id, conn, w->now));
}

static void fill_action(struct world *w, struct tsr_action *action)
{
	uint32_t n_streams = (uint32_t)(w->next_conn + 4);

	switch (action->act) {
	case TSR_ACT_OPEN_SCREEN:
		action->open = (struct tsr_stream_params){ .format = 1 + below(w, 2),
			.width = 1 + below(w, 4000),
			.height = 1 + below(w, 4000) };
		break;
	case TSR_ACT_SET_CHAT:
		action->chat.public_allowed = below(w, 2);
		action->chat.private_allowed = below(w, 2);
		break;
	case TSR_ACT_MUTE:
	case TSR_ACT_SET_MEDIA_RIGHT:
		action->media.audio = below(w, 2);
		action->media.video = below(w, 2);
		break;
	case TSR_ACT_DENY:
	case TSR_ACT_LOBBY_TEXT:
		action->text = "words";
		break;
	case TSR_ACT_CLOSE_STREAM:
	case TSR_ACT_PAUSE_STREAM:
	case TSR_ACT_RESIZE_STREAM: {
		const struct tsr_stream *st = tsr_session_next_stream(w->s, NULL);

		for (uint32_t skip = below(w, n_streams); st && skip; skip--)
			st = tsr_session_next_stream(w->s, st);
		action->stream = st ? st->id : (struct tsr_stream_id){ 1 };
		if (action->act == TSR_ACT_PAUSE_STREAM)
			action->pause = (enum tsr_pause)below(w, 3);
		else
			action->size.width = action->size.height = 1 + below(w, 2000);
		break;
	}
	default:
		action->on = below(w, 2);
		break;
	}
}

/* Mostly the organizer's asking is worth it; the end comes seldom. */
static void post(struct world *w)
{
	struct mail *mail = &w->mails[w->n_mails];
	uint32_t who = below(w, 2) ? tsr_session_settings(w->s)->organizer.v : 0;

	if (w->n_mails == MAIL_MAX)
		return;
	memset(mail, 0, sizeof(*mail));
	mail->from = who ? (struct tsr_member_id){ who } : somebody(w);
	mail->conn = w->people[mail->from.v].conn;
	mail->arrives_at = w->now + below(w, 400) * TSR_MS;
	mail->action.act = (enum tsr_act)(1 + below(w, TSR_ACT_SEND_SCREEN - 1));
	if (below(w, 8) == 0)
		mail->action.act = (enum tsr_act)(TSR_ACT_OPEN_AUDIO + below(w, 4));
	if (mail->action.act == TSR_ACT_END && below(w, 50))
		mail->action.act = TSR_ACT_ADMIT;
	if (mail->action.act == TSR_ACT_PING || mail->action.act == TSR_ACT_ATTACH ||
		mail->action.act == TSR_ACT_WATCH_STREAM)
		mail->action.act = TSR_ACT_TAKE_PRESENTER;
	mail->action.request = 1 + below(w, 1000);
	if (below(w, 4))
		mail->action.member = somebody(w);
	if (mail->action.act >= TSR_ACT_SET_LOCKED && mail->action.act <= TSR_ACT_SET_OPEN)
		mail->action.member.v = 0;
	fill_action(w, &mail->action);
	w->n_mails += mail->conn != 0;
}

/* Deliveries in order of arrival, not of posting. */
static bool deliver(struct world *w)
{
	for (size_t i = 0; i < w->n_mails; i++) {
		struct mail mail = w->mails[i];

		if (mail.arrives_at > w->now)
			continue;
		w->mails[i] = w->mails[--w->n_mails];
		return give(w, tsr_session_handle_action(
				       w->s, mail.from, mail.conn, &mail.action, w->now));
	}
	return true;
}

static bool answer(struct world *w)
{
	uint64_t seq = w->commit.seq;

	if (seq == 0 || w->commit.answered_at > w->now)
		return true;
	w->commit.seq = 0;
	return give(w, tsr_session_handle_commit(w->s, seq, w->commit.answer, w->now));
}

/* The owner dies; another takes over what the store has. */
static bool restart(struct world *w)
{
	struct tsr_member_record records[WORLD_MEMBERS_MAX];
	struct tsr_session_record record = {
		.state_seq = w->store.seq, .settings = w->store.settings, .members = records
	};
	struct tsr_session *next;

	for (uint32_t id = 1; id <= w->n_members; id++) {
		if (w->store.records[id].id.v)
			records[record.n_members++] = w->store.records[id];
		w->people[id].conn = 0;
		w->people[id].is_inside = false;
	}
	w->next_epoch += 100;
	if (tsr_session_create(&next, &record, w->next_epoch, w->now) != 0) {
		w->n_nomem++;
		/* Still dead: everybody is dropped from the old one instead. */
		for (uint32_t id = 1; id <= w->n_members; id++) {
			const struct tsr_member *m =
				tsr_session_find_member(w->s, (struct tsr_member_id){ id });

			w->people[id].conn = m ? m->conn : 0;
			w->people[id].is_inside = m && m->presence == TSR_PRESENCE_PRESENT;
		}
		return true;
	}
	tsr_session_destroy(w->s);
	w->s = next;
	w->state_seq = w->store.seq;
	w->commit.seq = 0;
	w->n_mails = 0;
	return check_all(w);
}

/* Who is in the roster may send exactly what the table says; a frame of anybody else is refused. */
static bool send_frame(struct world *w)
{
	struct tsr_member_id id = somebody(w);
	const struct tsr_stream *st = tsr_session_next_stream(w->s, NULL);
	struct tsr_frame frame = { .from = id.v, .epoch = (uint8_t)tsr_session_epoch(w->s) };
	int r;

	for (uint32_t skip = below(w, 8); st && skip; skip--)
		st = tsr_session_next_stream(w->s, st);
	if (!st)
		return true;
	frame.stream = st->id.v;
	frame.class = (uint8_t)st->class;
	r = tsr_session_check_frame(w->s, id, &frame, w->now);
	INVARIANT(r != 0 || (st->from.v == id.v && w->people[id.v].is_inside));
	INVARIANT(
		r != 0 || st->class != TSR_STREAM_SCREEN ||
		(st->paused == TSR_PAUSE_NONE && tsr_session_settings(w->s)->presenter.v == id.v));
	return true;
}

bool world_step(struct world *w)
{
	uint32_t dice = below(w, 100);

	w->now += below(w, 100) == 0 ? below(w, 100) * TSR_SECOND : below(w, 60) * TSR_MS;
	if (!answer(w))
		return false;
	if (w->has_ended)
		return true;
	if (tsr_session_next_timeout(w->s) <= w->now &&
		!give(w, tsr_session_handle_timeout(w->s, w->now)))
		return false;
	if (!w->has_ended && !deliver(w))
		return false;
	if (w->has_ended)
		return true;
	if (dice < 20)
		return come(w);
	if (dice < 28)
		return drop(w);
	if (dice < 38)
		return send_frame(w);
	if (dice == 99 && below(w, 4) == 0)
		return restart(w);
	post(w);
	return true;
}

bool world_has_ended(const struct world *w)
{
	return w->has_ended;
}

unsigned world_n_nomem(const struct world *w)
{
	return w->n_nomem;
}

static bool check_store(struct world *w)
{
	const struct tsr_session_settings *set = tsr_session_settings(w->s);

	INVARIANT(w->store.settings.is_locked == set->is_locked);
	INVARIANT(w->store.settings.has_lobby == set->has_lobby);
	INVARIANT(w->store.settings.is_open == set->is_open);
	INVARIANT(w->store.settings.chat_public == set->chat_public);
	INVARIANT(w->store.settings.chat_private == set->chat_private);
	INVARIANT(w->store.settings.audio == set->audio);
	INVARIANT(w->store.settings.video == set->video);
	INVARIANT(w->store.settings.presenter.v == set->presenter.v);
	INVARIANT(w->store.settings.organizer.v == set->organizer.v);
	for (const struct tsr_member *m = tsr_session_next_member(w->s, NULL); m;
		m = tsr_session_next_member(w->s, m)) {
		const struct tsr_member_record *have = &m->record;
		const struct tsr_member_record *kept = &w->store.records[have->id.v];

		if (m->presence == TSR_PRESENCE_WAITING && kept->id.v == 0)
			continue; /* only waited */
		INVARIANT(kept->id.v == have->id.v);
		INVARIANT(kept->is_admitted == have->is_admitted);
		INVARIANT(kept->is_removed == have->is_removed);
		INVARIANT(kept->is_barred == have->is_barred);
		INVARIANT(kept->has_left == have->has_left);
		INVARIANT(kept->role == have->role);
		INVARIANT(kept->may_chat_public == have->may_chat_public);
		INVARIANT(kept->may_chat_private == have->may_chat_private);
		INVARIANT(kept->may_share == have->may_share);
		INVARIANT(kept->may_audio == have->may_audio);
		INVARIANT(kept->may_video == have->may_video);
	}
	return true;
}

bool world_rest(struct world *w)
{
	w->is_perfect = true;
	w->n_mails = 0;
	/* Not in the middle of a commit: a succession may have begun just now. */
	for (int i = 0; (i < 400 || w->commit.seq != 0) && !w->has_ended; i++) {
		w->now += 100 * TSR_MS;
		if (!answer(w))
			return false;
		if (!w->has_ended && tsr_session_next_timeout(w->s) <= w->now &&
			!give(w, tsr_session_handle_timeout(w->s, w->now)))
			return false;
	}
	return w->has_ended ? w->store.has_ended : check_store(w);
}

struct world *world_create(uint64_t seed, uint32_t n_members)
{
	struct world *w = calloc(1, sizeof(*w));
	struct tsr_session_record record = { .settings = { .chat_public = true, .audio = true } };

	if (!w)
		return NULL;
	w->seed = w->random = seed;
	w->n_members = n_members;
	w->next_epoch = FIRST_EPOCH;
	w->store.settings = record.settings;
	if (tsr_session_create(&w->s, &record, w->next_epoch, w->now) != 0) {
		free(w);
		return NULL;
	}
	return w;
}

void world_destroy(struct world *w)
{
	if (!w)
		return;
	tsr_session_destroy(w->s);
	free(w);
}
