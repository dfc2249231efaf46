/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_ICE_H
#define TSR_MEDIA_ICE_H

#include "core/base/time.h"
#include "core/media/stun.h"

/*
 * ice: which paths are proven, and which one is sent on.
 *
 * LITE (the server, RFC 8445 2.5): answers checks, sends none. A tuple is valid from the first
 * request on it with the right MESSAGE-INTEGRITY. The first valid one is sent on; then the last
 * nominated (USE-CANDIDATE), except that a worse priority waits until the selected one was not
 * nominated for a second: Firefox nominates every pair that works.
 * Consent (RFC 7675), as a lite agent sees it: the peer's requests are its consent. A tuple
 * without one for TSR_ICE_CONSENT is no longer valid; without a valid tuple nothing is sent.
 *
 * FULL, cut down to one pair: the client of tests and load; it checks the tuple that it is given,
 * nominates it and renews consent.
 */
#define TSR_ICE_TUPLES_MAX 8 /* one more drops the one silent for longest */
#define TSR_ICE_CONSENT (30 * TSR_SECOND)
#define TSR_ICE_UFRAG_MAX 32
#define TSR_ICE_PWD_MAX 64

struct tsr_ice_credentials {
	char ufrag[TSR_ICE_UFRAG_MAX + 1];
	char pwd[TSR_ICE_PWD_MAX + 1];
};

/* Draws randomness: 12 characters for the ufrag after prefix, which is at most 8 characters of
 * ALPHA / DIGIT / "+" / "/" (what the owner wants to read off a ufrag), 24 for the password. */
void tsr_ice_draw(struct tsr_ice_credentials *out, const char *prefix);

struct tsr_ice_tuple {
	struct tsr_tuple tuple;
	tsr_time checked_at;   /* last authentic request (LITE) or response (FULL) */
	tsr_time nominated_at; /* last USE-CANDIDATE, if any: */
	bool is_nominated;
	uint32_t priority;   /* the last request's */
	uint32_t generation; /* of the credentials that the last request used: restarts before them
			      */
};

struct tsr_ice {
	bool is_lite;
	int32_t selected; /* in tuples; -1: none */
	uint32_t n_tuples;
	struct tsr_ice_tuple tuples[TSR_ICE_TUPLES_MAX];
	struct tsr_ice_credentials local;
	struct tsr_ice_credentials old;    /* before a restart, until the new are used; "": none */
	struct tsr_ice_credentials remote; /* FULL */
	uint32_t generation;               /* restarts so far */
	struct {                           /* FULL */
		bool is_on;
		bool is_answered; /* the request of this transaction */
		struct tsr_tuple tuple;
		uint8_t transaction[TSR_STUN_TRANSACTION_LEN];
		uint64_t tie_breaker;
		tsr_time at;       /* when a request goes out */
		tsr_time interval; /* to the next while none is answered */
	} check;
};

void tsr_ice_init(struct tsr_ice *ice, bool is_lite, const struct tsr_ice_credentials *local);

/* ICE restart: the old credentials hold until a request comes with the new ones. */
void tsr_ice_restart(struct tsr_ice *ice, const struct tsr_ice_credentials *local);

/* FULL: begins to check tuple against the peer's credentials, now. Draws randomness. */
void tsr_ice_check(struct tsr_ice *ice, const struct tsr_ice_credentials *remote,
	const struct tsr_tuple *tuple, tsr_time now);

/* What a STUN message made of its tuple. */
struct tsr_ice_result {
	bool is_new;   /* the tuple was not valid before */
	bool has_gone; /* and another gave way for it: */
	struct tsr_tuple gone;
};

/* A STUN message that came on tuple. Returns 0, or why it was dropped: TSR_ERR_SHORT,
 * TSR_ERR_FORMAT, TSR_ERR_RANGE, TSR_ERR_AUTH, TSR_ERR_STALE (answers no request of ours). A
 * request that cannot be granted (unknown attribute, wrong role) is answered with an error. */
TSR_CHECKED int tsr_ice_handle_stun(struct tsr_ice *ice, struct tsr_ice_result *result,
	struct tsr_slice datagram, const struct tsr_tuple *tuple, tsr_time now,
	struct tsr_outbox *outbox);

/* Sends what is due. Gives one tuple whose consent has run out, if any: call again then. */
bool tsr_ice_handle_timeout(
	struct tsr_ice *ice, struct tsr_tuple *gone, tsr_time now, struct tsr_outbox *outbox);
tsr_time tsr_ice_next_timeout(const struct tsr_ice *ice);

/* A TCP connection is closed: its tuple is no longer valid. True when it was. */
bool tsr_ice_drop(struct tsr_ice *ice, const struct tsr_tuple *tuple);

bool tsr_ice_is_valid(const struct tsr_ice *ice, const struct tsr_tuple *tuple);
/* Where to send; NULL when nowhere. */
const struct tsr_tuple *tsr_ice_selected(const struct tsr_ice *ice);

#endif
