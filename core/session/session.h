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
#include "core/session/event.h"
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
#define TSR_SESSION_WAITING_TIME_MAX (15 * TSR_MINUTE)
#define TSR_SESSION_OLD_EPOCH_FOR (10 * TSR_SECOND)
/* Who takes the presenter role this soon after it changed cannot have seen that it did. */
#define TSR_SESSION_TAKE_HOLD (1 * TSR_SECOND)

/* What control's token and Hello say about who connects. Borrows name. */
struct tsr_session_claims {
	struct tsr_member_id member;
	enum tsr_role role; /* ORGANIZER: by the organizer's credential; WAITING: to the lobby */
	bool by_link;
	uint8_t device_key[TSR_DEVICE_KEY_LEN];
	uint8_t device_hash[TSR_DEVICE_HASH_LEN];
	uint32_t client;  /* tessera.v1.Client */
	const char *name; /* cleaned and cut by the caller */
	/* The client comes by another way, and its audio and video stream on: those streams stay
	 * open if the connection before is still there. */
	bool keeps_media;
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

/* After END every handle_*() returns TSR_ERR_ENDED. */

/* The connection is gone without a goodbye. A connection that is not the member's any more is
 * ignored. */
TSR_CHECKED int tsr_session_handle_drop(
	struct tsr_session *s, struct tsr_member_id member, uint64_t conn, tsr_time now);

/* member asks, on connection conn. An action that is refused, for whatever reason, is a RESULT
 * event (if request is not 0) and returns 0 too. Returns TSR_ERR_STALE when conn is not the
 * member's connection: close it. LEAVE and END are answered by CLOSE. Acts that the engine does not
 * carry out (PING, ATTACH, WATCH_STREAM, SEND_*, ENTER) return TSR_ERR_RANGE; for them ask
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
