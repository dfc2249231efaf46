/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_POLICY_H
#define TSR_SESSION_POLICY_H

#include <stdint.h>

#include "core/base/attr.h"

/*
 * policy: who may do what in which state, as one table (policy.c). The owner of a session asks
 * it for every message and data frame; every endpoint asks the same table, about the sender,
 * for what it receives. It knows no session, only facts given as bits, so it also runs as WASM.
 * docs/roles.md holds the table for people; a test compares the two.
 */

/* What can be done: the messages of session.proto that need a right (one per meaning), then
 * data frames, then entering. The numbers are part of the interface to the browser: append only. */
#define TSR_ACT_MAP(X) \
	X(LEAVE, "leave") \
	X(PING, "ping") \
	X(ATTACH, "attach a bulk connection") \
	X(OPEN_SCREEN, "open a screen stream") \
	X(OPEN_CHAT, "open a chat stream") \
	X(OPEN_CONTROL, "open a remote-control stream") \
	X(OPEN_POINTER, "open a pointer stream") \
	X(CLOSE_STREAM, "close a stream") \
	X(PAUSE_STREAM, "pause or resume a stream") \
	X(RESIZE_STREAM, "change the size of a stream") \
	X(WATCH_STREAM, "acknowledge, refresh or subscribe a stream") \
	X(RAISE_HAND, "raise a hand") \
	X(LOWER_HAND, "lower a hand") \
	X(TAKE_PRESENTER, "take the presenter role") \
	X(MAKE_PRESENTER, "make somebody the presenter") \
	X(SET_LOCKED, "lock or unlock") \
	X(SET_LOBBY, "switch the lobby") \
	X(SET_OPEN, "let everybody present or not") \
	X(SET_CHAT, "allow or stop chat") \
	X(SET_SHARE_RIGHT, "grant or revoke the right to share") \
	X(ADMIT, "admit from the lobby") \
	X(DENY, "deny entry from the lobby") \
	X(REMOVE, "remove") \
	X(BAR, "remove and bar") \
	X(TO_LOBBY, "send to the lobby") \
	X(UNBAR, "lift a bar") \
	X(HAND_OVER, "hand over the organizer role") \
	X(END, "end the session for all") \
	X(LOBBY_TEXT, "write to or from the lobby") \
	X(SEND_SCREEN, "send screen pictures") \
	X(SEND_CHAT_PUBLIC, "chat to all") \
	X(SEND_CHAT_PRIVATE, "chat to one") \
	X(SEND_CONTROL, "send remote control") \
	X(SEND_POINTER, "send the pointer") \
	X(ENTER, "enter without waiting") \
	X(OPEN_AUDIO, "open a microphone") \
	X(OPEN_VIDEO, "open a camera") \
	X(MUTE, "mute a microphone or stop a camera") \
	X(SET_MEDIA_RIGHT, "allow or stop microphones and cameras") \
	X(SEND_AUDIO, "be heard") \
	X(SEND_VIDEO, "be seen")

enum tsr_act {
	TSR_ACT_NONE,
#define X(name, text) TSR_ACT_##name,
	TSR_ACT_MAP(X)
#undef X
		TSR_ACT_N
};

/* Who acts. Exactly one of the first three; the rest as it is. */
enum tsr_actor_bit {
	TSR_ACTOR_WAITING = 1 << 0, /* in the lobby; ENTER: the token says "waiting" */
	TSR_ACTOR_ATTENDEE = 1 << 1,
	TSR_ACTOR_ORGANIZER = 1 << 2,
	TSR_ACTOR_PRESENTER = 1 << 3,
	TSR_ACTOR_MAY_CHAT_PUBLIC = 1 << 4,
	TSR_ACTOR_MAY_CHAT_PRIVATE = 1 << 5,
	TSR_ACTOR_MAY_SHARE = 1 << 6,
	/* ENTER only: what the durable record says */
	TSR_ACTOR_ADMITTED = 1 << 7, /* was let in before */
	TSR_ACTOR_LEFT = 1 << 8,     /* and then left, or was away for too long */
	TSR_ACTOR_SENT_OUT =
		1 << 9, /* removed, barred or sent to the lobby, and not let in since */
	TSR_ACTOR_SHARING = 1 << 10, /* shows a screen that is not paused */
	TSR_ACTOR_MAY_AUDIO = 1 << 11,
	TSR_ACTOR_MAY_VIDEO = 1 << 12,
};

/* Whom or what it is done to. 0: there is no such member or stream. */
enum tsr_target_bit {
	TSR_TARGET_ALL = 1 << 0, /* member 0: everybody, or the session itself */
	TSR_TARGET_SELF = 1 << 1,
	TSR_TARGET_WAITING = 1 << 2,
	TSR_TARGET_ATTENDEE = 1 << 3,
	TSR_TARGET_ORGANIZER = 1 << 4,
	TSR_TARGET_MAY_SHARE = 1 << 5,
	TSR_TARGET_AWAY = 1 << 6,     /* admitted, link lost */
	TSR_TARGET_SENT_OUT = 1 << 7, /* not inside; removed or barred */
	TSR_TARGET_STREAM = 1 << 8,   /* it is a stream that is open */
	TSR_TARGET_OWN = 1 << 9,      /* the actor opened it */
	TSR_TARGET_SCREEN = 1 << 10,  /* it carries a screen */
	TSR_TARGET_PAUSED = 1 << 11,
	TSR_TARGET_AUDIO = 1 << 12, /* it carries a microphone */
	TSR_TARGET_VIDEO = 1 << 13, /* it carries a camera */
};

enum tsr_session_bit {
	TSR_SESSION_LOCKED = 1 << 0,
	TSR_SESSION_LOBBY = 1 << 1,
	TSR_SESSION_OPEN = 1 << 2, /* everybody may present */
	TSR_SESSION_CHAT_PUBLIC = 1 << 3,
	TSR_SESSION_CHAT_PRIVATE = 1 << 4,
	TSR_SESSION_ENDED = 1 << 5,
	TSR_SESSION_AUDIO = 1 << 6, /* attendees may open a microphone, */
	TSR_SESSION_VIDEO = 1 << 7, /* a camera */
};

struct tsr_policy_facts {
	uint32_t actor;   /* TSR_ACTOR_* */
	uint32_t target;  /* TSR_TARGET_*; TSR_TARGET_ALL where an act has no target */
	uint32_t session; /* TSR_SESSION_* */
};

/* Returns 0 when allowed; TSR_ERR_RANGE for no such act; TSR_ERR_ENDED; TSR_ERR_DENIED when the
 * actor may not do that, or not to this target; TSR_ERR_UNKNOWN when he may but the target
 * does not exist; TSR_ERR_LOCKED for ENTER refused by the lock. */
TSR_CHECKED int tsr_policy_allows(enum tsr_act act, const struct tsr_policy_facts *facts);

/* The same for the browser: 0, or the error as a positive number (-TSR_ERR_*). */
uint32_t tsr_policy_check(
	uint32_t act, uint32_t actor_bits, uint32_t target_bits, uint32_t session_bits);

/* "OPEN_SCREEN" and "open a screen stream"; "?" for a number that is no act. */
const char *tsr_act_name(enum tsr_act act);
const char *tsr_act_text(enum tsr_act act);

/* What a client is told (tessera.v1.Refusal, by number) for a TSR_ERR_*; 0 for 0. */
uint32_t tsr_policy_refusal(int err);

/* A row of the table: allowed when everything it names holds. An act is allowed when one of its
 * rows is, and by nobody when it has none. */
struct tsr_policy_row {
	enum tsr_act act;
	uint32_t roles;        /* one of these; TSR_ACTOR_PRESENTER counts as a role */
	uint32_t actor_all;    /* all of these */
	uint32_t actor_none;   /* none of these */
	uint32_t target_any;   /* one of these; 0 = whatever */
	uint32_t target_all;   /* all of these */
	uint32_t target_none;  /* none of these */
	uint32_t session_all;  /* all of these */
	uint32_t session_none; /* none of these */
};

/* The table itself, for tests and for printing it. */
const struct tsr_policy_row *tsr_policy_rows(unsigned *n);

#endif
