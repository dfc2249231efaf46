/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_EVENT_H
#define TSR_SESSION_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/session/action.h"
#include "core/session/record.h"

/* event: members and streams as a session shows them, and what it tells its owner to do. */

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
	bool is_muted; /* AUDIO, VIDEO: the organizer paused it */
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
	/* Have this kept, then call tsr_session_handle_commit() with its seq, whatever happens:
	 * when the link to the store breaks, with TSR_COMMIT_LOST. */
	TSR_SESSION_COMMIT,
	/* member/conn is in: send Welcome (resumed, kept_media), Epoch, full State. He is in the
	 * CHANGED of the same round like for everybody; the full State may be sent instead of it.
	 */
	TSR_SESSION_ADMITTED,
	/* member/conn waits: send Waiting (is_locked; the title only to who came by link). */
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
		struct {
			bool resumed;
			bool kept_media; /* as the claims asked */
		};                       /* ADMITTED */
		bool is_locked;          /* WAITING */
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

#endif
