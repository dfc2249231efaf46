/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_UDP_H
#define TSR_SYS_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "sys/tcp.h"

/*
 * udp: sockets that threads share by SO_REUSEPORT, and whole batches in and out of them. Where a
 * datagram was sent to comes with it (IP_PKTINFO), and is where the answer leaves from.
 */
#define TSR_UDP_BATCH 64      /* datagrams of one receive, messages of one send */
#define TSR_UDP_LEN 1600      /* longest datagram that is taken in */
#define TSR_UDP_SEGMENTS 64   /* most of one message; the kernel's limit */
#define TSR_UDP_RUN_LEN 65000 /* most bytes of one message */

/* Binds a non-blocking socket of a SO_REUSEPORT set; errors as tsr_tcp_listen(). */
TSR_CHECKED int tsr_udp_bind(int *fd, const struct tsr_addr *addr);

/* 0 when nobody has the port, else as tsr_tcp_listen(). */
TSR_CHECKED int tsr_udp_probe(const struct tsr_addr *addr);

/* The family that a socket was bound in: AF_INET or AF_INET6. */
int tsr_udp_family(int fd);

/* ---- in ---- */

/* An address without a port: 4 bytes in front, or all 16. */
struct tsr_udp_ip {
	bool is_v6;
	uint8_t bytes[16];
};

struct tsr_udp_in {
	uint8_t *data; /* inside the batch, writable, until the next receive */
	size_t len;
	struct tsr_udp_ip from, to;
	uint16_t from_port;
};

/* Room for one receive of a thread; about 120 KiB. NULL when out of memory. */
struct tsr_udp_batch;
struct tsr_udp_batch *tsr_udp_batch_create(void);
void tsr_udp_batch_destroy(struct tsr_udp_batch *batch); /* NULL is fine */

/* Takes what is there, at most TSR_UDP_BATCH datagrams; returns how many are in v. What was longer
 * than TSR_UDP_LEN has len 0. */
size_t tsr_udp_receive(
	struct tsr_udp_batch *batch, int fd, struct tsr_udp_in v[static TSR_UDP_BATCH]);

/* ---- out ---- */

/* One message: datagrams of segment bytes, one after the other; the last may be shorter. */
struct tsr_udp_out {
	const uint8_t *data;
	size_t len; /* of all of them */
	uint16_t segment;
	struct tsr_udp_ip from, to;
	uint16_t to_port;
};

/* messages: that the kernel took, of one or more datagrams; lost: datagrams that it did not (a full
 * socket: as on any line). */
struct tsr_udp_sent {
	size_t messages, lost;
};

/* Sends all, at most TSR_UDP_BATCH messages. Where the kernel does not split a message, its
 * datagrams go one by one. */
struct tsr_udp_sent tsr_udp_send(int fd, const struct tsr_udp_out *v, size_t n);

/* ---- where this machine can be reached ---- */

/* Addresses of the interfaces that are up: global ones, and loopback when asked for. Returns how
 * many are in v. */
size_t tsr_interfaces_list(struct tsr_addr *v, size_t cap, bool with_loopback);

#endif
