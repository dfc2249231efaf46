/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_PACKET_H
#define TSR_MEDIA_PACKET_H

#include "core/base/slice.h"

/*
 * packet: what a datagram of the media path is, by its first two bytes (RFC 7983, RFC 5761), the
 * addresses it travels between, and the outbox into which engines put what they want sent.
 *
 *	0..3      STUN
 *	20..63    DTLS
 *	128..191  RTCP when the second byte is 192..223, else RTP
 *
 * A datagram too short to be what it says it is, is UNKNOWN.
 */
#define TSR_DATAGRAM_MAX 2048 /* nothing longer is taken; a browser sends at most 1,500 */

enum tsr_packet_kind {
	TSR_PACKET_UNKNOWN,
	TSR_PACKET_STUN,
	TSR_PACKET_DTLS,
	TSR_PACKET_RTP,
	TSR_PACKET_RTCP,
};

enum tsr_packet_kind tsr_packet_kind(struct tsr_slice datagram);

/* Two ends of a path; no padding, so that tuples compare and hash as bytes. */
struct tsr_tuple {
	uint8_t local_ip[16], remote_ip[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t local_port, remote_port;
	uint32_t link; /* 0: UDP; else the number of a TCP connection, never used twice */
};

static inline bool tsr_tuple_equal(const struct tsr_tuple *a, const struct tsr_tuple *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Outbox: the datagrams that the calls of one turn want sent; one per thread serves all its
 * transports. Whoever owns it sends them (over TCP with the length of framing.h before each) and
 * sets both counts to 0. What does not fit is lost, as the network loses: STUN and DTLS are sent
 * again.
 */
#define TSR_OUTBOX_N 32
#define TSR_OUTBOX_BYTES (16 * 1024)

struct tsr_datagram {
	struct tsr_tuple tuple;
	uint32_t at, len; /* in bytes[] */
};

struct tsr_outbox {
	size_t n, used; /* datagrams, bytes */
	struct tsr_datagram datagrams[TSR_OUTBOX_N];
	uint8_t bytes[TSR_OUTBOX_BYTES];
};

/* Room for a datagram of up to cap bytes, or NULL when there is none; tsr_outbox_commit() says
 * how many it has and where it goes. */
uint8_t *tsr_outbox_space(struct tsr_outbox *outbox, size_t cap);
void tsr_outbox_commit(struct tsr_outbox *outbox, const struct tsr_tuple *tuple, size_t len);

static inline struct tsr_slice tsr_outbox_slice(const struct tsr_outbox *outbox, size_t i)
{
	return tsr_slice(outbox->bytes + outbox->datagrams[i].at, outbox->datagrams[i].len);
}

#endif
