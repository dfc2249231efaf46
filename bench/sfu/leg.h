/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_LEG_H
#define TSR_BENCH_SFU_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sfu/feedback.h"
#include "bench/sfu/source.h"
#include "bench/sfu/tally.h"
#include "core/base/slice.h"
#include "core/base/time.h"
#include "core/media/transport.h"

/*
 * leg: one WebRTC transport of the load client: a UDP socket of its own, and the client's side of
 * core/media/transport.h on it. The server may be ours, Janus, or the bare loop, for which the keys
 * are known (bench_leg_raw()).
 */
#define BENCH_LEG_SOURCES 8
#define BENCH_BATCH 64

enum bench_leg_state {
	BENCH_LEG_NEW,
	BENCH_LEG_CONNECTING,
	BENCH_LEG_CONNECTED,
	BENCH_LEG_ENDED, /* by the server, or it never came to be */
};

struct bench_leg {
	uint32_t id;
	int fd;
	enum bench_leg_state state;
	struct tsr_ice_credentials local;
	struct tsr_transport *transport; /* NULL: raw */
	struct tsr_srtp *out, *in;       /* raw */
	struct tsr_tuple tuple;
	tsr_time began, connected_at;

	uint16_t twcc_seq; /* of what we send */
	bool is_sending;   /* a frame of its source every BENCH_SEND_EVERY, whatever else is done */
	struct bench_source *source;
	struct bench_feedback feedback; /* on what we receive */
	uint8_t twcc_ext, rtx_pt;       /* 0: none */

	/* What is expected and what came in this run. */
	struct bench_tally tally[BENCH_LEG_SOURCES];
	uint32_t sources[BENCH_LEG_SOURCES];
	size_t n_sources;
	/* Packets so far: not authentic, of no source that is expected, seen before. */
	uint64_t n_bad, n_unknown, n_twice;
	uint64_t n_pli, n_nack; /* asked of us */
};

/* What a leg's owner is told. rx_ns: when the kernel took the packet in (CLOCK_REALTIME). */
struct bench_leg_handler {
	void (*rtp)(struct bench_leg *leg, struct tsr_slice packet, uint64_t rx_ns);
	void (*rtcp)(struct bench_leg *leg, struct tsr_slice packet);
};

/* Opens a socket and draws the credentials. Keeps identity. */
struct bench_leg *bench_leg_create(uint32_t id, struct tsr_dtls_identity *identity);
/* Without a word to the server. */
void bench_leg_destroy(struct bench_leg *leg);

struct bench_leg_peer {
	const char *host, *ufrag, *password, *fingerprint; /* "AB:CD:...", SHA-256 */
	uint16_t port;
};
/* Begins: from now on bench_leg_handle() and bench_leg_timeout() bring it to CONNECTED. */
void bench_leg_connect(struct bench_leg *leg, const struct bench_leg_peer *peer, tsr_time now);
/* CONNECTED at once, with keys that both sides know (bench/sfu/raw.h). */
void bench_leg_raw(struct bench_leg *leg, uint16_t port, bool is_receiver, uint16_t index);
/* Says goodbye (close_notify). */
void bench_leg_close(struct bench_leg *leg);

/* Whether what was sent as one UDP_SEGMENT message is received as one, too (UDP_GRO). */
void bench_leg_set_gro(struct bench_leg *leg, bool is_on);
/* Reads all that is there. */
void bench_leg_handle(struct bench_leg *leg, const struct bench_leg_handler *handler);
void bench_leg_timeout(struct bench_leg *leg, tsr_time now);
tsr_time bench_leg_next_timeout(const struct bench_leg *leg, tsr_time now);

/* Sends the packets of one frame of its source, protected. */
void bench_leg_send_frame(struct bench_leg *leg, uint32_t interval_us);
/* Protects a plain packet in place, which has room for the tag; its length then, 0 when refused. */
size_t bench_leg_protect(struct bench_leg *leg, uint8_t *packet, size_t len);
void bench_leg_send_rtcp(struct bench_leg *leg, const uint8_t *packet, size_t len);
/* Sends bytes as they are. */
void bench_leg_send(struct bench_leg *leg, const void *bytes, size_t len);

/* For who does not go the usual way (bench/sfu/rogue.h): the socket towards a server without a word
 * said, and another one towards the same. */
void bench_leg_aim(struct bench_leg *leg, const char *host, uint16_t port);
int bench_leg_other_socket(const struct bench_leg *leg);
void bench_leg_close_socket(struct bench_leg *leg);

/* CLOCK_MONOTONIC, and CLOCK_REALTIME as the kernel's time stamps have it. */
tsr_time bench_now(void);
uint64_t bench_wall_ns(void);

#endif
