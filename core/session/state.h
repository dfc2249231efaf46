/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_STATE_H
#define TSR_SESSION_STATE_H

#include "core/base/list.h"
#include "core/session/idmap.h"
#include "core/session/session.h"

/*
 * state: what the files of core/session share and nobody else sees.
 *
 *	session.c     create, destroy, dispatch, questions
 *	round.c       one round: from a handle_*() call to its events
 *	facts.c       what policy.c is told; judging acts and data frames
 *	seats.c       seats: one per member record, and the list that each is in
 *	members.c     connecting, dropping, leaving; hands
 *	lobby.c       deny, texts both ways, time-out
 *	streams.c     streams
 *	durable.c     the queue of durable changes and the one that the store has
 *	change.c      what each durable change does to records and to the live session
 *	succession.c  who follows the organizer, and when
 */

/* What the others were told about a member or stream last. */
enum announced { ANNOUNCED_NOT, ANNOUNCED_INSIDE, ANNOUNCED_WAITING };

/* A member record and what belongs to it. */
struct seat {
	struct tsr_member m;
	struct tsr_list place_link;   /* tsr_session.inside, .lobby or .absent, by m.presence */
	struct tsr_list away_link;    /* tsr_session.away */
	struct tsr_list hand_link;    /* tsr_session.hands */
	struct tsr_list touched_link; /* tsr_session.touched_seats */
	struct tsr_list dirty_link;   /* tsr_session.dirty_seats */
	struct tsr_list streams;      /* stream_entry.owner_link */
	enum announced announced;
	tsr_time away_until;
	uint64_t move;     /* tsr_session.n_moves when he came in, or to the lobby */
	bool is_kept;      /* the store has its record */
	bool is_in_flight; /* its record is in the COMMIT that is not answered yet */
};

struct stream_entry {
	struct tsr_stream st;
	struct tsr_list link; /* tsr_session.streams, or .closed_streams until the round ends */
	struct tsr_list owner_link;   /* seat.streams */
	struct tsr_list touched_link; /* tsr_session.touched_streams */
	bool is_announced;
};

/* A durable change that somebody asked for. */
struct durable {
	enum tsr_act act;
	struct tsr_member_id asker; /* 0 = the session itself: succession */
	uint64_t conn;
	uint32_t request;
	struct tsr_member_id member;
	bool on;                             /* SET_*; SET_CHAT: public; SET_MEDIA_RIGHT: audio */
	bool on_private;                     /* SET_CHAT: private; SET_MEDIA_RIGHT: video */
	bool was_allowed;                    /* when it was asked */
	struct tsr_member_id presenter_seen; /* who presented when it was asked */
	tsr_time asked_at;
};

/* What the store was asked to keep and has not answered. */
struct flight {
	bool is_busy;
	bool is_flush;    /* carries soft facts, nobody asked for it */
	bool is_in_doubt; /* the patience is over, the asker was told: not now */
	uint64_t seq;
	tsr_time deadline;
	struct durable op; /* unless is_flush */
	struct tsr_session_settings settings;
	struct tsr_member_record *records; /* cap of them */
	size_t n_records;
	size_t cap;
};

/* An event that waits to be polled; what is large is looked up when it is. */
struct queued {
	enum tsr_session_event_kind kind;
	struct tsr_member_id member;
	uint64_t conn;
	uint32_t number; /* resumed, is_locked, reason, request, epoch */
	int err;
	struct tsr_stream_id stream;
	struct tsr_member_id about;
	const char *text;
	bool kept_media;
};

struct tsr_session {
	struct tsr_session_settings settings;
	uint64_t state_seq;
	bool has_ended;
	tsr_time now; /* of the round */

	struct tsr_idmap seats_by_id;
	struct tsr_list inside; /* seat.place_link, PRESENT and AWAY, in order of joining */
	struct tsr_list lobby;  /* seat.place_link, WAITING, in order of coming */
	struct tsr_list absent; /* seat.place_link, in order of going */
	struct tsr_list away;   /* seat.away_link, in order of away_until */
	struct tsr_list hands;  /* seat.hand_link, in order of raising */
	size_t n_seats;
	size_t n_inside;
	size_t n_waiting;

	struct tsr_idmap streams_by_id;
	struct tsr_list streams;        /* stream_entry.link, in order of opening */
	struct tsr_list closed_streams; /* stream_entry.link, closed in this round */
	size_t n_streams;
	uint32_t next_stream;

	uint32_t epoch;
	tsr_time old_epoch_until; /* the one before is taken until then */

	uint64_t n_moves; /* of seats from list to list: an order where the clock stands still */
	tsr_time organizer_lost_at;   /* TSR_TIME_NEVER: he is present, or has never come */
	uint64_t organizer_lost_move; /* n_moves at that time */
	struct tsr_member_id successor;
	bool is_succession_queued;
	tsr_time succession_retry_at;

	tsr_time presenter_changed_at;

	struct durable
		pending[TSR_SESSION_PENDING_MAX + 1]; /* ring; one place is for "more of it" */
	size_t first_pending;
	size_t n_pending;
	struct flight flight;
	uint64_t commit_seq;
	struct tsr_list dirty_seats; /* seat.dirty_link: the store does not know yet */
	bool are_settings_dirty;
	tsr_time flush_at;

	/* the round */
	struct queued *queue;
	size_t n_queue, first_queue, cap_queue;
	struct tsr_list touched_seats;   /* seat.touched_link */
	struct tsr_list touched_streams; /* stream_entry.touched_link */
	bool are_settings_touched;
	bool are_hands_touched;
	bool is_roster_touched;             /* the successor may be another */
	struct tsr_member_id full_state[2]; /* whose view changed; 0 = nobody's */
	struct tsr_session_changed changed;
	struct tsr_member_id *seat_ids;   /* 4 * cap_seats: the lists of changed */
	struct tsr_stream_id *stream_ids; /* 2 * cap_streams */
	size_t cap_seats, cap_streams;
	char text[TSR_LOBBY_TEXT_SIZE];
};

/* session.c: what every round ends with. */
void tsr_session_finish_round(struct tsr_session *s);

/* round.c */
/* 0, TSR_ERR_UNDRAINED or TSR_ERR_ENDED. */
TSR_CHECKED int tsr_round_begin(struct tsr_session *s, tsr_time now);
void tsr_round_end(struct tsr_session *s);
/* Makes room for all events and lists of any round with this many more seats and streams, so
 * that nothing can fail once a change has begun. */
TSR_CHECKED int tsr_round_reserve(struct tsr_session *s, size_t more_seats, size_t more_streams);
void tsr_round_push(struct tsr_session *s, const struct queued *event);
void tsr_round_push_close(
	struct tsr_session *s, const struct seat *seat, enum tsr_close reason, const char *text);
void tsr_round_push_result(
	struct tsr_session *s, const struct durable *op, int err, struct tsr_stream_id stream);
const char *tsr_round_keep_text(struct tsr_session *s, const char *text);
void tsr_round_touch_seat(struct tsr_session *s, struct seat *seat);
void tsr_round_touch_stream(struct tsr_session *s, struct stream_entry *stream);

/* facts.c */
struct tsr_policy_facts tsr_facts_of(
	const struct tsr_session *s, const struct seat *actor, struct tsr_member_id target);
uint32_t tsr_facts_of_stream(const struct seat *actor, const struct stream_entry *stream);

/* seats.c */
struct seat *tsr_seat_find(const struct tsr_session *s, struct tsr_member_id id);
struct stream_entry *tsr_stream_find(const struct tsr_session *s, struct tsr_stream_id id);
/* Returns a new seat, ABSENT, with room in every list of the session; NULL: out of memory. */
struct seat *tsr_seat_add(struct tsr_session *s, const struct tsr_member_record *record);
void tsr_seat_free(struct tsr_session *s, struct seat *seat);
/* Moves the seat to the list of its new presence and touches it. */
void tsr_seat_move(struct tsr_session *s, struct seat *seat, enum tsr_presence presence);
void tsr_seat_mark_dirty(struct tsr_session *s, struct seat *seat);
bool tsr_seat_is_inside(const struct seat *seat);
bool tsr_seat_is_forgettable(const struct tsr_session *s, const struct seat *seat);
/* Makes room for one more record by forgetting who left long ago. 0 or TSR_ERR_FULL. */
TSR_CHECKED int tsr_seat_make_room(struct tsr_session *s);

/* members.c */
void tsr_member_admit(struct tsr_session *s, struct seat *seat, bool keeps_media);
/* He is out: his streams, hand and presenter role end; reason NONE when nothing is to be closed. */
void tsr_member_go(
	struct tsr_session *s, struct seat *seat, enum tsr_close reason, const char *text);
void tsr_member_leave(struct tsr_session *s, struct seat *seat);
void tsr_member_expire_away(struct tsr_session *s);
int tsr_member_set_hand(struct tsr_session *s, struct seat *seat, const struct tsr_action *action);

/* lobby.c */
void tsr_lobby_wait(struct tsr_session *s, struct seat *seat);
void tsr_lobby_expire(struct tsr_session *s);
int tsr_lobby_deny(struct tsr_session *s, struct seat *seat, const struct tsr_action *action);
int tsr_lobby_text(struct tsr_session *s, struct seat *seat, const struct tsr_action *action);

/* streams.c */
int tsr_stream_act(struct tsr_session *s, struct seat *seat, const struct tsr_action *action,
	struct tsr_stream_id *opened);
void tsr_stream_close(struct tsr_session *s, struct stream_entry *stream);
void tsr_stream_close_all(struct tsr_session *s, struct seat *seat);
/* All but AUDIO and VIDEO, which do not hang on the connection. */
void tsr_stream_close_connected(struct tsr_session *s, struct seat *seat);
int tsr_stream_mute(struct tsr_session *s, struct seat *seat, const struct tsr_action *action);
/* Closes those that he could not open now. */
void tsr_stream_close_unlawful(struct tsr_session *s, struct seat *seat);
void tsr_stream_free(struct stream_entry *stream);

/* durable.c */
bool tsr_durable_covers(enum tsr_act act);
void tsr_durable_ask(struct tsr_session *s, const struct durable *op);
/* Hands the next change to the store, when it has none. */
void tsr_durable_pump(struct tsr_session *s);
void tsr_durable_answer(struct tsr_session *s, uint64_t seq, enum tsr_commit_answer answer);
void tsr_durable_expire(struct tsr_session *s);
tsr_time tsr_durable_next_timeout(const struct tsr_session *s);

/* change.c */
/* Whose records op would change: ids, at most TSR_SESSION_COMMIT_MAX; returns how many. */
size_t tsr_change_targets(const struct tsr_session *s, const struct durable *op,
	struct tsr_member_id ids[static TSR_SESSION_COMMIT_MAX]);
void tsr_change_record(const struct durable *op, struct tsr_member_record *record);
void tsr_change_settings(const struct durable *op, struct tsr_session_settings *settings);
/* Applies what the store has kept: s->flight. */
void tsr_change_apply(struct tsr_session *s, const struct durable *op);
void tsr_change_set_presenter(struct tsr_session *s, struct tsr_member_id presenter);
void tsr_change_end(struct tsr_session *s);

/* succession.c */
void tsr_succession_update(struct tsr_session *s);
void tsr_succession_expire(struct tsr_session *s);
tsr_time tsr_succession_at(const struct tsr_session *s);

#endif
