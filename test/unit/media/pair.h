/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_UNIT_MEDIA_PAIR_H
#define TSR_TEST_UNIT_MEDIA_PAIR_H

#include "core/media/transport.h"

/*
 * pair: a client and a server transport with a network between them, in virtual time. It loses,
 * doubles and reorders as its seed says. OpenSSL's clock is this one: pair.c defines
 * gettimeofday(), which libssl asks.
 */
#define PAIR_FLIGHTS 512
#define PAIR_EVENTS 128

struct flight {
	tsr_time at; /* of arrival */
	bool to_server;
	struct tsr_tuple tuple; /* as the receiver sees it */
	size_t len;
	uint8_t data[TSR_DATAGRAM_MAX];
};

struct pair_side {
	struct tsr_transport *transport;
	struct tsr_dtls_identity *identity;
	struct tsr_ice_credentials credentials;
	struct tsr_transport_event events[PAIR_EVENTS];
	uint32_t n_events;
	uint32_t n_rtp, n_rtcp; /* that came out plain */
	int last_err;           /* of the last datagram */
	uint8_t last[TSR_DATAGRAM_MAX];
	size_t last_len;
};

struct pair {
	tsr_time now;
	uint64_t rng;
	uint32_t loss, doubles; /* of 1,000 */
	tsr_time delay, jitter;
	bool is_cut;           /* nothing arrives */
	struct tsr_tuple path; /* as the client sees it */
	struct pair_side client, server;
	uint32_t n_flights, n_sent;
	struct flight flights[PAIR_FLIGHTS];
	struct tsr_outbox outbox;
};

extern struct pair *pair_clock; /* whose now gettimeofday() says */

/* Both are made and know each other's fingerprint; nothing is checked yet. */
bool pair_create(struct pair *pair, uint64_t seed);
void pair_destroy(struct pair *pair);
/* The client begins to check this path. */
void pair_check(struct pair *pair, const struct tsr_tuple *path);
struct tsr_tuple pair_path(uint16_t client_port);
struct tsr_tuple pair_swap(const struct tsr_tuple *tuple);

/* Lets time pass. */
void pair_run(struct pair *pair, tsr_time for_);
/* Until both are connected; false when that takes longer. */
bool pair_connect(struct pair *pair, tsr_time within);

/* A datagram out of nowhere, at once. Returns what the transport said. */
int pair_inject(struct pair *pair, bool to_server, const void *data, size_t len,
	const struct tsr_tuple *tuple);
/* One RTP packet to the other side. Returns what protecting said. */
int pair_send_rtp(struct pair *pair, bool to_server, uint32_t ssrc, uint16_t seq);
/* The same as bytes, not sent. */
size_t pair_make_srtp(struct pair *pair, bool to_server, uint8_t *out, uint32_t ssrc, uint16_t seq);

/* How many events of a kind a side has had; for STATE those of the state. */
uint32_t pair_count(const struct pair_side *side, enum tsr_transport_event_kind kind,
	enum tsr_transport_state state);

#endif
