/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_MAIL_H
#define TSR_EDGE_MAIL_H

#include "core/base/ids.h"
#include "core/base/list.h"
#include "core/base/msg.h"
#include "core/e2e/proof.h"
#include "core/e2e/token.h"
#include "core/session/session.h"
#include "core/wire/frame.h"
#include "proto/unpack.h"
#include "session.pb-c.h"
#include "sys/tcp.h"

/*
 * mail: what the threads hand to each other about members. A conn is a reference (tsr_ref());
 * host is a session's id at its owner. Each item has one receiver, who frees it.
 *
 *	connection → hub → owner     tsr_entry       he proved who he is and wants in
 *	connection → owner           tsr_upward      a message or data frame of a member
 *	                             tsr_attach      a bulk connection wants to belong to a member
 *	owner → connection           tsr_bind        whose connection this is from now on
 *	                             tsr_send        messages
 *	                             tsr_closing     goodbye
 */

/* Of a connection whose token and proof are good. */
struct tsr_entry {
	struct tsr_list link; /* while the hub has no owner for it */
	uint64_t conn;
	struct tsr_token_claims claims;
	uint8_t device_key[TSR_DEVICE_KEY_LEN];
	char name[TSR_NAME_SIZE];
	uint32_t client; /* tessera.v1.Client */
	bool keeps_media;
	tsr_time since;
};

struct tsr_upward {
	uint64_t host;
	uint64_t conn;
	struct tsr_member_id member;
	struct tsr_arena arena; /* a ToServer, or empty */
	struct tsr_msg *frame;  /* a data frame with its kind, or NULL */
	struct tsr_frame header;
};

struct tsr_attach {
	uint64_t conn;
	uint8_t nonce[TSR_CHALLENGE_LEN];
	uint8_t ticket[TSR_BULK_TICKET_LEN];
	uint8_t proof[TSR_SIGNATURE_LEN];
};

enum tsr_bind_as { TSR_BIND_WAITING, TSR_BIND_ADMITTED, TSR_BIND_BULK, TSR_BIND_PHANTOM };

struct tsr_bind {
	uint64_t conn;
	enum tsr_bind_as as;
	unsigned owner; /* worker of the session */
	uint64_t host;
	struct tsr_member_id member;
	uint8_t first_epoch; /* bulk: low byte of the oldest epoch that he has the seed of */
	unsigned n_screens;  /* bulk: his own screens */
	uint32_t screens[TSR_SESSION_SCREENS_MAX];
};

/* A message for some connections of one worker. */
struct tsr_send {
	struct tsr_msg *msg; /* kind first */
	unsigned flags;      /* TSR_SENDQ_SECRET: then n is 1 */
	uint32_t n;
	uint64_t conns[];
};

struct tsr_closing {
	uint64_t conn;
	enum tsr_close reason;
	uint32_t retry_ms;
	char text[TSR_LOBBY_TEXT_SIZE];
};

/* A screen of the member on this (bulk) connection was opened or closed. After an opening the
 * answer is sent on, so that no frame can come before the connection knows its stream. */
struct tsr_own_screen {
	uint64_t conn;
	uint32_t stream;
	bool is_open;
	uint64_t answer_to; /* control connection; 0: none */
	struct tsr_msg *answer;
};

#endif
