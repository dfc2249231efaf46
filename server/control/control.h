/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_CONTROL_H
#define TSR_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/slice.h"
#include "core/base/time.h"
#include "core/crypto/password.h"
#include "server/control/keys.h"
#include "server/control/records.h"
#include "store/store.h"

/*
 * control: the engine of the control process. Packets of the edge and of administrators come
 * in, packets go out through tsr_control_ops; it reads no clock, opens nothing and starts no
 * thread. main.c gives it those.
 */
struct tsr_control;

/* Both clocks, read once per event. */
struct tsr_now {
	tsr_time mono;    /* limits and delays */
	uint64_t wall_ms; /* tokens and records: Unix milliseconds */
};

/* One Argon2id to be done elsewhere, one at a time. */
struct tsr_hash_job {
	uint64_t id;
	bool make;                        /* make a hash; otherwise verify */
	char hash[TSR_PASSWORD_HASH_LEN]; /* to verify against, empty: nobody's; or what was made */
	size_t password_len;
	uint8_t password[TSR_PASSWORD_MAX]; /* wiped by whoever did the work */
	int result;                         /* of tsr_password_verify() or tsr_password_hash() */
};

/* Does the work of the job and wipes the password; takes about 30 ms and 19 MiB. */
void tsr_hash_job_run(struct tsr_hash_job *job);

struct tsr_control_ops {
	/* A ToEdge packet; borrows. */
	void (*send)(void *user, struct tsr_slice packet);
	/* Queues a copy of the job; tsr_control_handle_hash() comes later, never from inside.
	 * TSR_ERR_FULL when too many wait. */
	int (*hash)(void *user, const struct tsr_hash_job *job);
	/* An AdminReply packet for the administrator who asked; borrows. */
	void (*admin)(void *user, uint64_t client, struct tsr_slice packet);
	/* Uniform in 0..n-1. */
	uint32_t (*uniform)(uint32_t n);
};

/* Keeps store, keys, ops, user and base_url. */
struct tsr_control_config {
	struct tsr_store *store;
	struct tsr_keys *keys; /* its node is named anew with each link */
	const struct tsr_control_ops *ops;
	void *user;
	const char *base_url;
	struct tsr_now started;
};

TSR_CHECKED int tsr_control_create(
	struct tsr_control **out, const struct tsr_control_config *config);
void tsr_control_destroy(struct tsr_control *control); /* NULL is fine */

/* A new link to an edge: forgets what the old one was owed, says NodeKeys. */
void tsr_control_handle_link(struct tsr_control *control, struct tsr_now now);
void tsr_control_handle_link_lost(struct tsr_control *control, struct tsr_now now);
/* No edge has been linked for so long that none is being started: it lives, and its link broke.
 * Only a process that is started anew gets another one, so this one should end. */
bool tsr_control_is_stranded(const struct tsr_control *control, struct tsr_now now);

/* A ToControl packet. An error, counted and logged already: it was no such packet. */
TSR_CHECKED int tsr_control_handle_packet(
	struct tsr_control *control, struct tsr_slice packet, struct tsr_now now);

/* A finished job; borrows. */
void tsr_control_handle_hash(
	struct tsr_control *control, const struct tsr_hash_job *job, struct tsr_now now);

/* An AdminRequest of the administrator known as client. An error: not understood, drop him. */
TSR_CHECKED int tsr_control_handle_admin(
	struct tsr_control *control, uint64_t client, struct tsr_slice packet, struct tsr_now now);

/* Answers that were held back and jobs by the clock. */
void tsr_control_handle_timeout(struct tsr_control *control, struct tsr_now now);
tsr_time tsr_control_next_timeout(const struct tsr_control *control);

/* Whether the service can take sessions: the store can be written and an edge is linked. When
 * not, *why (a sentence, static) says what is wrong. */
bool tsr_control_is_ready(struct tsr_control *control, const char **why);

#endif
