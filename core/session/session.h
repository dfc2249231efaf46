/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_SESSION_H
#define TSR_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/session/action.h"
#include "core/session/policy.h"
#include "core/session/record.h"

/*
 * session: the one writer of a session. Its owner thread hands in connections, actions, commit
 * answers and time; out come events. After every handle_*() call drain
 * tsr_session_poll_event(), or the next call returns TSR_ERR_UNDRAINED.
 *
 * Soft changes (presence, hands, streams) apply at once. Durable ones are asked of the store by
 * a COMMIT event and apply, and are acknowledged, only when tsr_session_handle_commit() says
 * that they are kept; one is in flight, more wait in order and are judged again at their turn.
 *
 * A handle_*() that returns an error changed nothing and has no events, unless it says otherwise.
 *
 * Bounds: the limits below; at most 0.6 KiB per member record and 0.5 KiB per stream, so at the
 * very most 2.5 MiB + 8 MiB for a session with every limit reached.
 */
#define TSR_SESSION_MEMBERS_MAX 2000 /* admitted and present or away */
#define TSR_SESSION_WAITING_MAX 200
#define TSR_SESSION_RECORDS_MAX 4096 /* with those who left, were removed or barred */
#define TSR_SESSION_MEMBER_STREAMS_MAX 8
#define TSR_SESSION_SCREENS_MAX 4  /* screen streams of one presenter */
#define TSR_SESSION_PENDING_MAX 64 /* durable actions that wait for their turn */
#define TSR_SESSION_COMMIT_MAX 100 /* member records in one COMMIT: fits a packet of 64 KiB */
#define TSR_LOBBY_TEXT_SIZE 2001   /* 500 code points and the NUL */

#define TSR_SESSION_COMMIT_PATIENCE (5 * TSR_SECOND) /* then the asker is told: not now */
#define TSR_SESSION_SUCCESSION_AFTER (60 * TSR_SECOND)
#define TSR_SESSION_AWAY_MAX (15 * TSR_MINUTE)
#define TSR_SESSION_WAITING_TIME_MAX (60 * TSR_MINUTE)
#define TSR_SESSION_OLD_EPOCH_FOR (10 * TSR_SECOND)
/* Who takes the presenter role this soon after it changed cannot have seen that it did. */
#define TSR_SESSION_TAKE_HOLD (1 * TSR_SECOND)

enum tsr_presence {
	TSR_PRESENCE_ABSENT,  /* a record only; in no roster */
	TSR_PRESENCE_WAITING, /* connected, in the lobby */
	TSR_PRESENCE_PRESENT, /* connected, admitted */
	TSR_PRESENCE_AWAY,    /* admitted, link lost; returns within TSR_SESSION_AWAY_MAX */
};

/* A member as the session sees him; read only for everybody else. */
struct tsr_member {
	struct tsr_member_record record;
	enum tsr_presence presence;
	uint64_t conn;                          /* his control connection; 0 = none */
	uint8_t device_key[TSR_DEVICE_KEY_LEN]; /* zero until he connected once to this owner */
	uint32_t client;                        /* tessera.v1.Client */
	uint32_t hand;                          /* place in the queue from 1; 0 = down */
	tsr_time joined_at;                     /* admitted (waiting: came) at */
	unsigned n_streams;
};

struct tsr_stream {
	struct tsr_stream_id id;
	struct tsr_member_id from;
	enum tsr_stream_class class;
	uint8_t nonce[TSR_STREAM_NONCE_LEN];
	uint32_t format;
	uint32_t width;
	uint32_t height;
	enum tsr_pause paused;
	char label[TSR_NAME_SIZE];
	tsr_time opened_at;
	uint32_t epoch; /* of its opening */
};

/* The numbers are those of tessera.v1.CloseReason. */
enum tsr_close {
	TSR_CLOSE_NONE,
	TSR_CLOSE_RELOAD,
	TSR_CLOSE_REFUSED,
	TSR_CLOSE_REMOVED,
	TSR_CLOSE_BARRED,
	TSR_CLOSE_DENIED,
	TSR_CLOSE_ENDED,
	TSR_CLOSE_ELSEWHERE,
	TSR_CLOSE_PROTOCOL,
	TSR_CLOSE_TOO_MUCH,
	TSR_CLOSE_RESTART,
	TSR_CLOSE_LEFT,
	TSR_CLOSE_TO_LOBBY,
	TSR_CLOSE_FULL,
	TSR_CLOSE_LOBBY_TIMEOUT,
};

enum tsr_session_event_kind {
	/* Keep this, then call tsr_session_handle_commit() with its seq. */
	TSR_SESSION_COMMIT,
	/* member/conn is in: send Welcome (resumed), Epoch, full State. He is in the CHANGED of
	 * the same round like for everybody; the full State may be sent instead of it. */
	TSR_SESSION_ADMITTED,
	/* member/conn waits: send Waiting (is_locked). */
	TSR_SESSION_WAITING,
	/* Send Closed (reason, text) on conn and close it; no drop is to be reported for it. */
	TSR_SESSION_CLOSE,
	/* Answer to an action with a request number: err as Refusal by tsr_policy_refusal(). */
	TSR_SESSION_RESULT,
	/* One stream is no more: erase what is cached of it. Comes before its CHANGED. */
	TSR_SESSION_STREAM_CLOSED,
	/* Draw a new seed and send Epoch to all admitted; comes after the CLOSE of who must not
	 * read it. */
	TSR_SESSION_EPOCH,
	/* To member/conn: text from or about the lobby; about = the waiter (0 when it is himself).
	 */
	TSR_SESSION_LOBBY_TEXT,
	/* State delta for every admitted member; see struct below. At most one in a round. */
	TSR_SESSION_CHANGED,
	/* member/conn may see other things than before (waiters, bars): send a full State. */
	TSR_SESSION_FULL_STATE,
	/* The session is over; all have been sent CLOSE. Erase the seed, destroy the session. */
	TSR_SESSION_END,
};

/*
 * What changed in one round, state_seq being one more than before. Look the contents up with
 * tsr_session_find_*(). The waiting lists are for who may admit; the others get the same
 * delta without them, empty if need be, so that nobody sees a gap in state_seq.
 */
struct tsr_session_changed {
	uint64_t state_seq;
	const struct tsr_member_id *members;
	size_t n_members;
	const struct tsr_member_id *members_gone;
	size_t n_members_gone;
	const struct tsr_member_id *waiting;
	size_t n_waiting;
	const struct tsr_member_id *waiting_gone;
	size_t n_waiting_gone;
	const struct tsr_stream_id *streams;
	size_t n_streams;
	const struct tsr_stream_id *streams_gone;
	size_t n_streams_gone;
	bool settings; /* settings, or for who may admit the list of barred members, changed */
};

struct tsr_session_commit {
	uint64_t seq; /* rises with every COMMIT; always above the state_seq restored from */
	struct tsr_session_settings settings;
	const struct tsr_member_record *members; /* insert or replace */
	size_t n_members;
	bool ended;
};

struct tsr_session_event {
	enum tsr_session_event_kind kind;
	struct tsr_member_id member; /* ADMITTED WAITING CLOSE RESULT LOBBY_TEXT FULL_STATE */
	uint64_t conn;               /* the same */
	union {
		bool resumed;   /* ADMITTED */
		bool is_locked; /* WAITING */
		struct {
			enum tsr_close reason;
			const char *text; /* "" or the organizer's words */
		} close;                  /* CLOSE */
		struct {
			uint32_t request;
			int err;
			struct tsr_stream_id stream; /* OPEN_*: the new one */
		} result;                            /* RESULT */
		struct {
			struct tsr_stream_id stream;
			struct tsr_member_id from;
		} stream_closed; /* STREAM_CLOSED */
		uint32_t epoch;  /* EPOCH */
		struct {
			struct tsr_member_id about;
			const char *text;
		} lobby_text;                       /* LOBBY_TEXT */
		struct tsr_session_commit commit;   /* COMMIT */
		struct tsr_session_changed changed; /* CHANGED */
	};
};

/* What control's token and Hello say about who connects. Borrows name. */
struct tsr_session_claims {
	struct tsr_member_id member;
	enum tsr_role role; /* ORGANIZER: by the organizer's credential; WAITING: to the lobby */
	bool by_link;
	uint8_t device_key[TSR_DEVICE_KEY_LEN];
	uint8_t device_hash[TSR_DEVICE_HASH_LEN];
	uint32_t client;  /* tessera.v1.Client */
	const char *name; /* cleaned and cut by the caller */
};

enum tsr_commit_answer {
	TSR_COMMIT_KEPT,
	TSR_COMMIT_REFUSED, /* nothing of it was kept */
	TSR_COMMIT_LOST,    /* nobody knows: the link to the store broke */
};

struct tsr_session;

/* Creates a session from its durable record (borrows); members that had not left count as AWAY
 * since now, except those whose token was never used. first_epoch numbers the first epoch; it and
 * the ids of streams, which derive from it, must not have been used by an earlier owner.
 * Returns 0, TSR_ERR_NOMEM, TSR_ERR_FULL or TSR_ERR_FORMAT (an id is 0 or twice). */
TSR_CHECKED int tsr_session_create(struct tsr_session **out,
	const struct tsr_session_record *record, uint32_t first_epoch, tsr_time now);
void tsr_session_destroy(struct tsr_session *s); /* NULL is fine */

/* Somebody proved by token and device key that he is claims->member, on connection conn (not 0,
 * never reused). Events: ADMITTED or WAITING, or CLOSE of conn when he may not come in now; and
 * CLOSE_ELSEWHERE for the connection that he had before. Returns 0, TSR_ERR_AUTH (the device is
 * not the member's), TSR_ERR_FULL, TSR_ERR_ENDED, TSR_ERR_NOMEM: then close conn. */
TSR_CHECKED int tsr_session_handle_connect(struct tsr_session *s,
	const struct tsr_session_claims *claims, uint64_t conn, tsr_time now);

/* The connection is gone without a goodbye. A connection that is not the member's any more is
 * ignored. Returns 0 or TSR_ERR_UNDRAINED. */
TSR_CHECKED int tsr_session_handle_drop(
	struct tsr_session *s, struct tsr_member_id member, uint64_t conn, tsr_time now);

/* member asks, on connection conn. An action that is refused, for whatever reason, is a RESULT
 * event (if request is not 0) and returns 0 too. Returns TSR_ERR_STALE when conn is not the
 * member's connection: close it. LEAVE is answered by CLOSE. Acts that the engine does not carry
 * out (PING, ATTACH, WATCH_STREAM, SEND_*, ENTER) return TSR_ERR_RANGE; for them ask
 * tsr_session_check(). */
TSR_CHECKED int tsr_session_handle_action(struct tsr_session *s, struct tsr_member_id member,
	uint64_t conn, const struct tsr_action *action, tsr_time now);

/* The store answered COMMIT seq. Answers to other seqs than the one in flight are ignored. */
TSR_CHECKED int tsr_session_handle_commit(
	struct tsr_session *s, uint64_t seq, enum tsr_commit_answer answer, tsr_time now);

/* An administrator ends it; the store knows already. */
TSR_CHECKED int tsr_session_handle_end(struct tsr_session *s, tsr_time now);

TSR_CHECKED int tsr_session_handle_timeout(struct tsr_session *s, tsr_time now);
tsr_time tsr_session_next_timeout(const struct tsr_session *s);

/* The next event, or false. Pointers in it stay valid until the next handle_*() call. */
bool tsr_session_poll_event(struct tsr_session *s, struct tsr_session_event *out);

/* May this member, now, do act to member target (0 = all) or, where the act is about a stream, to
 * stream? For WATCH_STREAM, PING, ATTACH; changes nothing. 0 or an error of tsr_policy_allows(). */
TSR_CHECKED int tsr_session_check(const struct tsr_session *s, struct tsr_member_id member,
	enum tsr_act act, struct tsr_member_id target, struct tsr_stream_id stream);

/* May member send this data frame now? Checks from, class, stream, pause, epoch, to and the right
 * itself. Returns 0, TSR_ERR_DENIED, TSR_ERR_UNKNOWN (stream or receiver), TSR_ERR_STALE (epoch),
 * TSR_ERR_FORMAT (from or class do not match): then drop and count the frame. */
struct tsr_frame;
TSR_CHECKED int tsr_session_check_frame(const struct tsr_session *s, struct tsr_member_id member,
	const struct tsr_frame *frame, tsr_time now);

/* Questions. Pointers stay valid until the next handle_*() call. */
const struct tsr_session_settings *tsr_session_settings(const struct tsr_session *s);
uint64_t tsr_session_state_seq(const struct tsr_session *s);
uint32_t tsr_session_epoch(const struct tsr_session *s);
bool tsr_session_has_ended(const struct tsr_session *s);
const struct tsr_member *tsr_session_find_member(
	const struct tsr_session *s, struct tsr_member_id id);
const struct tsr_stream *tsr_session_find_stream(
	const struct tsr_session *s, struct tsr_stream_id id);
enum tsr_role tsr_session_role(const struct tsr_session *s, const struct tsr_member *member);
/* Who becomes organizer if the organizer's link dies; 0 = nobody could. */
struct tsr_member_id tsr_session_successor(const struct tsr_session *s);
/* Walks all records, absent ones too, in the order in which they came: start with NULL. */
const struct tsr_member *tsr_session_next_member(
	const struct tsr_session *s, const struct tsr_member *after);
const struct tsr_stream *tsr_session_next_stream(
	const struct tsr_session *s, const struct tsr_stream *after);
/* Admitted, present or away. */
size_t tsr_session_n_members(const struct tsr_session *s);
size_t tsr_session_n_waiting(const struct tsr_session *s);

#endif
