/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_ROOM_H
#define TSR_TEST_ROOM_H

#include <stdlib.h>

#include "core/base/err.h"
#include "core/session/session.h"
#include "test.h"

/*
 * room: a session under test, with a clock, that remembers the events of the last round.
 * Commits are answered by hand, or at once when keeps_at_once is set.
 */
#define ROOM_EVENTS 512

struct room {
	struct tsr_session *s;
	tsr_time now;
	uint64_t next_conn;
	bool keeps_at_once;
	uint64_t commit_seq; /* of the last COMMIT seen; 0 = none open */
	struct tsr_session_commit commit;
	struct tsr_member_record commit_record; /* its first */
	struct tsr_session_event events[ROOM_EVENTS];
	size_t n_events;
};

static inline struct tsr_member_id member(uint32_t id)
{
	return (struct tsr_member_id){ id };
}

static inline void room_drain(struct room *room)
{
	struct tsr_session_event event;

	while (tsr_session_poll_event(room->s, &event)) {
		if (event.kind == TSR_SESSION_COMMIT) {
			room->commit = event.commit;
			room->commit_seq = event.commit.seq;
			if (event.commit.n_members)
				room->commit_record = event.commit.members[0];
		}
		if (room->n_events < ROOM_EVENTS)
			room->events[room->n_events++] = event;
	}
}

static inline void room_answer(struct room *room, enum tsr_commit_answer answer)
{
	uint64_t seq = room->commit_seq;

	room->commit_seq = 0;
	if (seq && tsr_session_handle_commit(room->s, seq, answer, room->now) == 0)
		room_drain(room);
}

/* After an input: collects its events, and keeps what it asks to be kept. */
static inline void room_settle(struct room *room)
{
	room_drain(room);
	while (room->keeps_at_once && room->commit_seq)
		room_answer(room, TSR_COMMIT_KEPT);
}

static inline int room_connect_as(struct room *room, uint32_t id, enum tsr_role role, bool by_link)
{
	struct tsr_session_claims claims = {
		.member = { id }, .role = role, .by_link = by_link, .client = 1, .name = "Ada"
	};
	int r;

	claims.device_key[0] = claims.device_hash[0] = (uint8_t)id;
	room->n_events = 0;
	r = tsr_session_handle_connect(room->s, &claims, ++room->next_conn, room->now);
	room_settle(room);
	return r;
}

static inline uint64_t room_conn(const struct room *room, uint32_t id)
{
	const struct tsr_member *m = tsr_session_find_member(room->s, member(id));

	return m ? m->conn : 0;
}

static inline enum tsr_presence room_presence(const struct room *room, uint32_t id)
{
	const struct tsr_member *m = tsr_session_find_member(room->s, member(id));

	return m ? m->presence : TSR_PRESENCE_ABSENT;
}

static inline const struct tsr_session_event *room_find(
	const struct room *room, enum tsr_session_event_kind kind, uint32_t id)
{
	for (size_t i = 0; i < room->n_events; i++) {
		if (room->events[i].kind == kind && (id == 0 || room->events[i].member.v == id))
			return &room->events[i];
	}
	return NULL;
}

/* The result of the last act of this member in this round; 1 when there is none. */
static inline int room_result(const struct room *room, uint32_t id)
{
	const struct tsr_session_event *event = room_find(room, TSR_SESSION_RESULT, id);

	return event ? event->result.err : 1;
}

static inline int room_do(struct room *room, uint32_t id, struct tsr_action action)
{
	int r;

	room->n_events = 0;
	action.request = action.request ? action.request : 7;
	r = tsr_session_handle_action(room->s, member(id), room_conn(room, id), &action, room->now);
	room_settle(room);
	return r ? r : room_result(room, id);
}

static inline int room_act(struct room *room, uint32_t id, enum tsr_act act, uint32_t target)
{
	return room_do(room, id, (struct tsr_action){ .act = act, .member = { target } });
}

static inline int room_switch(
	struct room *room, uint32_t id, enum tsr_act act, uint32_t target, bool on)
{
	return room_do(room, id, (struct tsr_action){ .act = act, .member = { target }, .on = on });
}

static inline int room_open(struct room *room, uint32_t id, enum tsr_act act)
{
	struct tsr_action action = { .act = act };

	if (act == TSR_ACT_OPEN_SCREEN)
		action.open = (struct tsr_stream_params){ .format = 1, .width = 64, .height = 64 };
	return room_do(room, id, action);
}

static inline void room_drop(struct room *room, uint32_t id)
{
	room->n_events = 0;
	if (tsr_session_handle_drop(room->s, member(id), room_conn(room, id), room->now) == 0)
		room_settle(room);
}

/* Lets time pass, with everything that falls due meanwhile; remembers all its events. */
static inline void room_pass(struct room *room, tsr_time duration)
{
	tsr_time end = room->now + duration;

	room->n_events = 0;
	while (tsr_session_next_timeout(room->s) <= end) {
		if (room->now < tsr_session_next_timeout(room->s))
			room->now = tsr_session_next_timeout(room->s);
		if (tsr_session_handle_timeout(room->s, room->now) != 0)
			break;
		room_settle(room);
	}
	room->now = end;
}

static const struct tsr_session_settings room_plain = {
	.chat_public = true, .chat_private = true, .audio = true, .video = true
};

static inline bool room_create(struct room *room, const struct tsr_session_settings *settings)
{
	struct tsr_session_record record = { .settings = *settings };

	memset(room, 0, sizeof(*room));
	room->now = 1000 * TSR_SECOND;
	room->keeps_at_once = true;
	return tsr_session_create(&room->s, &record, 1000, room->now) == 0;
}

/* Organizer 1, attendees 2 to n, everything off. */
static inline bool room_with(struct room *room, uint32_t n)
{
	if (!room_create(room, &room_plain))
		return false;
	if (room_connect_as(room, 1, TSR_ROLE_ORGANIZER, true) != 0)
		return false;
	for (uint32_t id = 2; id <= n; id++) {
		if (room_connect_as(room, id, TSR_ROLE_ATTENDEE, true) != 0)
			return false;
	}
	room_pass(room, TSR_MINUTE);
	return true;
}

static inline void room_destroy(struct room *room)
{
	tsr_session_destroy(room->s);
	room->s = NULL;
}

#endif
