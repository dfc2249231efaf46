/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_STATE_H
#define TSR_CONTROL_STATE_H

#include "core/base/list.h"
#include "server/control/api.h"
#include "server/control/control.h"
#include "server/control/join_body.h"
#include "server/control/phantoms.h"
#include "server/control/rates.h"
#include "server/control/show.h"

/* state: what the engine's files share. Nobody else includes this. */
#define TSR_HELD_MAX 256   /* answers that wait for their time */
#define TSR_HASHING_MAX 16 /* somebody who waits for an Argon2id */

struct tsr_held {
	struct tsr_list link; /* tsr_control.held, in no order */
	uint64_t id;
	tsr_time due;
	struct tsr_reply reply;
};

/* Who waits for a password hash. */
struct tsr_hashing {
	struct tsr_list link; /* tsr_control.hashing, oldest first */
	uint64_t job;
	void (*done)(struct tsr_control *control, struct tsr_hashing *waiter,
		const struct tsr_hash_job *job, struct tsr_now now);
	bool for_edge; /* forgotten with the link */
	uint64_t id;   /* edge's or administrator's */
	/* a join */
	tsr_time arrival;
	struct tsr_session_uid uid;
	char source[TSR_SOURCE_LEN];
	struct tsr_join_body body; /* its password is wiped */
	/* a creation */
	uint64_t client;
	struct tsr_session_row row;
};

struct tsr_control {
	struct tsr_store *store;
	struct tsr_keys *keys;
	const struct tsr_control_ops *ops;
	void *user;
	const char *base_url;
	tsr_time started;
	struct tsr_limits *limits;
	struct tsr_phantoms phantoms;
	struct tsr_list held; /* tsr_held.link */
	size_t n_held;
	struct tsr_list hashing; /* tsr_hashing.link */
	size_t n_hashing;
	uint64_t last_job;
	struct tsr_showing showing[TSR_SHOW_MAX];
	uint64_t last_query;
	bool is_linked;
	bool was_linked;
	tsr_time stranded_at; /* when nobody has linked an edge until then */
	tsr_time quiet_since; /* the edge holds no session since; TSR_TIME_NEVER: it does */
	tsr_time retention_at;
	tsr_time logged_at; /* last line about trouble */
};

/* Queues the job for waiter, which it takes. TSR_ERR_FULL: nothing was taken. */
TSR_CHECKED int tsr_control_hash(
	struct tsr_control *control, struct tsr_hashing *waiter, struct tsr_hash_job *job);

/* Sends a ToEdge or AdminReply. */
struct ProtobufCMessage;
void tsr_control_send(struct tsr_control *control, const struct ProtobufCMessage *message);
void tsr_control_send_admin(
	struct tsr_control *control, uint64_t client, const struct ProtobufCMessage *message);

/* Tells the edge that a session is over. */
void tsr_control_end_at_edge(struct tsr_control *control, const struct tsr_session_uid *uid);

/* Empties the database's log after something was erased. */
void tsr_control_flush(struct tsr_control *control, struct tsr_now now);

/* Whether it is time for another line about trouble: at most one in ten seconds, whatever comes. */
bool tsr_control_may_log(struct tsr_control *control, struct tsr_now now);

/* Says in the log that the store failed, at most once in ten seconds, and counts it. */
void tsr_control_note_trouble(struct tsr_control *control, int err, struct tsr_now now);

#endif
