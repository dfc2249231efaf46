/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round lasts from a handle_*() call to the last of its events. What changes is only marked
 * meanwhile; at the end of the round the marks become one CHANGED, by comparing what each seat
 * and stream is now with what was last told about it. So the replicas cannot differ from the
 * session by a forgotten or doubled delta.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

/* Events of a round that belong to no seat or stream: results of the queue, END and the like. */
#define EVENTS_EXTRA (TSR_SESSION_PENDING_MAX + 16)
#define SEATS_MIN 16
#define STREAMS_MIN 16

int tsr_round_begin(struct tsr_session *s, tsr_time now)
{
	if (s->first_queue < s->n_queue)
		return TSR_ERR_UNDRAINED;
	if (s->has_ended)
		return TSR_ERR_ENDED;
	s->now = now;
	s->n_queue = s->first_queue = 0;
	s->changed = (struct tsr_session_changed){ 0 };
	return 0;
}

/* Grows an array that holds nothing between rounds. */
static int widen(void **array, size_t n, size_t size)
{
	void *wider = realloc(*array, n * size);

	if (!wider)
		return TSR_ERR_NOMEM;
	*array = wider;
	return 0;
}

static size_t doubled_to(size_t cap, size_t least)
{
	while (cap < least)
		cap *= 2;
	return cap;
}

int tsr_round_reserve(struct tsr_session *s, size_t more_seats, size_t more_streams)
{
	size_t n_seats = s->n_inside + s->n_waiting + more_seats;
	size_t n_streams = s->n_streams + more_streams;
	size_t seats = doubled_to(s->cap_seats ? s->cap_seats : SEATS_MIN, n_seats);
	size_t streams = doubled_to(s->cap_streams ? s->cap_streams : STREAMS_MIN, n_streams);
	size_t queue = 2 * seats + streams + EVENTS_EXTRA;
	int r;

	if (seats > s->cap_seats) {
		if ((r = widen((void **)&s->seat_ids, 4 * seats, sizeof(*s->seat_ids))) != 0)
			return r;
		s->cap_seats = seats;
	}
	if (streams > s->cap_streams) {
		if ((r = widen((void **)&s->stream_ids, 2 * streams, sizeof(*s->stream_ids))) != 0)
			return r;
		s->cap_streams = streams;
	}
	if (queue > s->cap_queue) {
		if ((r = widen((void **)&s->queue, queue, sizeof(*s->queue))) != 0)
			return r;
		s->cap_queue = queue;
	}
	return 0;
}

void tsr_round_push(struct tsr_session *s, const struct queued *event)
{
	assert(s->n_queue < s->cap_queue);
	s->queue[s->n_queue++] = *event;
}

void tsr_round_push_close(
	struct tsr_session *s, const struct seat *seat, enum tsr_close reason, const char *text)
{
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_CLOSE,
				  .member = seat->m.record.id,
				  .conn = seat->m.conn,
				  .number = reason,
				  .text = text });
}

void tsr_round_push_result(
	struct tsr_session *s, const struct durable *op, int err, struct tsr_stream_id stream)
{
	const struct seat *asker = tsr_seat_find(s, op->asker);

	/* Who went away, or came back by another connection, does not wait for it any more. */
	if (op->request == 0 || !asker || asker->m.conn == 0 || asker->m.conn != op->conn)
		return;
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_RESULT,
				  .member = op->asker,
				  .conn = op->conn,
				  .number = op->request,
				  .err = err,
				  .stream = stream });
}

const char *tsr_round_keep_text(struct tsr_session *s, const char *text)
{
	size_t len = text ? strnlen(text, sizeof(s->text) - 1) : 0;

	if (len)
		memcpy(s->text, text, len);
	s->text[len] = '\0';
	return s->text;
}

void tsr_round_touch_seat(struct tsr_session *s, struct seat *seat)
{
	tsr_list_remove(&seat->touched_link);
	tsr_list_append(&s->touched_seats, &seat->touched_link);
}

void tsr_round_touch_stream(struct tsr_session *s, struct stream_entry *stream)
{
	tsr_list_remove(&stream->touched_link);
	tsr_list_append(&s->touched_streams, &stream->touched_link);
}

static void number_hands(struct tsr_session *s)
{
	uint32_t place = 0;

	if (!s->are_hands_touched)
		return;
	s->are_hands_touched = false;
	tsr_list_each (pos, next, &s->hands) {
		struct seat *seat = tsr_list_entry(pos, struct seat, hand_link);

		if (seat->m.hand != ++place) {
			seat->m.hand = place;
			tsr_round_touch_seat(s, seat);
		}
	}
}

static enum announced to_announce(const struct seat *seat)
{
	if (tsr_seat_is_inside(seat))
		return ANNOUNCED_INSIDE;
	return seat->m.presence == TSR_PRESENCE_WAITING ? ANNOUNCED_WAITING : ANNOUNCED_NOT;
}

/* The four lists of seats in CHANGED share one array. */
struct seat_lists {
	struct tsr_member_id *members, *members_gone, *waiting, *waiting_gone;
};

static void announce_seat(struct tsr_session *s, const struct seat_lists *lists, struct seat *seat)
{
	struct tsr_session_changed *changed = &s->changed;
	struct tsr_member_id id = seat->m.record.id;
	enum announced before = seat->announced;

	seat->announced = to_announce(seat);
	if (seat->announced == ANNOUNCED_INSIDE)
		lists->members[changed->n_members++] = id;
	else if (before == ANNOUNCED_INSIDE)
		lists->members_gone[changed->n_members_gone++] = id;
	if (seat->announced == ANNOUNCED_WAITING)
		lists->waiting[changed->n_waiting++] = id;
	else if (before == ANNOUNCED_WAITING)
		lists->waiting_gone[changed->n_waiting_gone++] = id;
	assert(changed->n_members <= s->cap_seats && changed->n_members_gone <= s->cap_seats);
	assert(changed->n_waiting <= s->cap_seats && changed->n_waiting_gone <= s->cap_seats);
}

static void announce_seats(struct tsr_session *s)
{
	struct seat_lists lists = { s->seat_ids, s->seat_ids + s->cap_seats,
		s->seat_ids + 2 * s->cap_seats, s->seat_ids + 3 * s->cap_seats };

	s->changed.members = lists.members;
	s->changed.members_gone = lists.members_gone;
	s->changed.waiting = lists.waiting;
	s->changed.waiting_gone = lists.waiting_gone;
	tsr_list_each (pos, next, &s->touched_seats) {
		struct seat *seat = tsr_list_entry(pos, struct seat, touched_link);

		tsr_list_remove(pos);
		announce_seat(s, &lists, seat);
		if (tsr_seat_is_forgettable(s, seat))
			tsr_seat_free(s, seat);
	}
}

static void announce_streams(struct tsr_session *s)
{
	struct tsr_session_changed *changed = &s->changed;
	struct tsr_stream_id *streams = s->stream_ids, *gone = s->stream_ids + s->cap_streams;

	changed->streams = streams;
	changed->streams_gone = gone;
	tsr_list_each (pos, next, &s->touched_streams) {
		struct stream_entry *stream =
			tsr_list_entry(pos, struct stream_entry, touched_link);

		tsr_list_remove(pos);
		stream->is_announced = true;
		streams[changed->n_streams++] = stream->st.id;
	}
	tsr_list_each (pos, next, &s->closed_streams) {
		struct stream_entry *stream = tsr_list_entry(pos, struct stream_entry, link);

		if (stream->is_announced)
			gone[changed->n_streams_gone++] = stream->st.id;
		tsr_stream_free(stream);
	}
	assert(changed->n_streams <= s->cap_streams && changed->n_streams_gone <= s->cap_streams);
}

static void push_changed(struct tsr_session *s)
{
	struct tsr_session_changed *changed = &s->changed;

	changed->settings = s->are_settings_touched;
	s->are_settings_touched = false;
	if (changed->n_members || changed->n_members_gone || changed->n_waiting ||
		changed->n_waiting_gone || changed->n_streams || changed->n_streams_gone ||
		changed->settings) {
		changed->state_seq = ++s->state_seq;
		tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_CHANGED });
	}
}

static void push_full_states(struct tsr_session *s)
{
	for (size_t i = 0; i < 2; i++) {
		const struct seat *seat = tsr_seat_find(s, s->full_state[i]);

		if (seat && seat->m.presence == TSR_PRESENCE_PRESENT)
			tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_FULL_STATE,
						  .member = seat->m.record.id,
						  .conn = seat->m.conn });
		s->full_state[i].v = 0;
	}
}

void tsr_round_end(struct tsr_session *s)
{
	number_hands(s);
	tsr_succession_update(s);
	announce_streams(s);
	announce_seats(s);
	push_changed(s);
	push_full_states(s);
	if (s->has_ended)
		tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_END });
}

static void fill_commit(const struct tsr_session *s, struct tsr_session_commit *commit)
{
	commit->seq = s->flight.seq;
	commit->settings = s->flight.settings;
	commit->members = s->flight.records;
	commit->n_members = s->flight.n_records;
	commit->ended = !s->flight.is_flush && s->flight.op.act == TSR_ACT_END;
}

bool tsr_session_poll_event(struct tsr_session *s, struct tsr_session_event *out)
{
	const struct queued *event;

	if (s->first_queue == s->n_queue)
		return false;
	event = &s->queue[s->first_queue++];
	memset(out, 0, sizeof(*out));
	out->kind = event->kind;
	out->member = event->member;
	out->conn = event->conn;
	switch (event->kind) {
	case TSR_SESSION_COMMIT:
		fill_commit(s, &out->commit);
		break;
	case TSR_SESSION_ADMITTED:
		out->resumed = event->number;
		out->kept_media = event->kept_media;
		break;
	case TSR_SESSION_WAITING:
		out->is_locked = event->number;
		break;
	case TSR_SESSION_CLOSE:
		out->close.reason = (enum tsr_close)event->number;
		out->close.text = event->text;
		break;
	case TSR_SESSION_RESULT:
		out->result.request = event->number;
		out->result.err = event->err;
		out->result.stream = event->stream;
		break;
	case TSR_SESSION_STREAM_CLOSED:
		out->stream_closed.stream = event->stream;
		out->stream_closed.from = event->about;
		break;
	case TSR_SESSION_EPOCH:
		out->epoch = event->number;
		break;
	case TSR_SESSION_LOBBY_TEXT:
		out->lobby_text.about = event->about;
		out->lobby_text.text = event->text;
		break;
	case TSR_SESSION_CHANGED:
		out->changed = s->changed;
		break;
	case TSR_SESSION_FULL_STATE:
	case TSR_SESSION_END:
		break;
	}
	return true;
}
