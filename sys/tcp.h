/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_TCP_H
#define TSR_SYS_TCP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/attr.h"
#include "sys/loop.h"

/* tcp: addresses, listeners and outgoing connections. All descriptors are non-blocking and
 * close on exec; connections have TCP_NODELAY and TCP_NOTSENT_LOWAT = 64 KiB. */

struct tsr_addr {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* Reads a literal IPv4 or IPv6 address ("::1", "[::1]" too). TSR_ERR_FORMAT for anything else. */
TSR_CHECKED int tsr_addr_parse(struct tsr_addr *out, const char *text, uint16_t port);

/* Whether only this machine can be reached there: 127.0.0.0/8, ::1. */
bool tsr_addr_is_loopback(const struct tsr_addr *addr);

uint16_t tsr_addr_port(const struct tsr_addr *addr);
void tsr_addr_set_port(struct tsr_addr *addr, uint16_t port);

/* The network it comes from, "203.0.113.0/24" or "2001:db8:1::/48"; IPv4 inside IPv6 counts as
 * IPv4. What limits and bars are bound to; the whole address is never kept nor logged. */
#define TSR_PREFIX_LEN 48
void tsr_addr_prefix(const struct tsr_addr *addr, char out[static TSR_PREFIX_LEN]);

/* A number for tables: equal for equal prefixes (not the reverse). */
uint64_t tsr_addr_prefix_hash(const struct tsr_addr *addr);

/* Binds and listens with SO_REUSEPORT. TSR_ERR_BUSY when the port is taken, TSR_ERR_DENIED when
 * this user may not have it, TSR_ERR_UNKNOWN when the machine has no such address (or no IPv6),
 * else TSR_ERR_IO with errno. */
TSR_CHECKED int tsr_tcp_listen(int *fd, const struct tsr_addr *addr);

/* 0 when nobody has the port, else as tsr_tcp_listen(). That one shares a port with whoever else
 * of this user shares it, a second server too; so look first. */
TSR_CHECKED int tsr_tcp_probe(const struct tsr_addr *addr);

/* Takes one waiting connection. TSR_ERR_AGAIN when there is none, TSR_ERR_FULL when out of
 * descriptors. peer may be NULL. */
TSR_CHECKED int tsr_tcp_accept(int *fd, struct tsr_addr *peer, int listener);

/* Where a socket is bound, 0 when it is not. */
uint16_t tsr_tcp_local_port(int fd);

/* Our address of a connection as text, an IPv4 one inside IPv6 as IPv4. */
#define TSR_IP_TEXT_LEN 46
TSR_CHECKED int tsr_tcp_local_ip(char out[static TSR_IP_TEXT_LEN], int fd);

/* The kernel's smoothed round-trip time to the peer, in milliseconds and at least 1; 0 when it does
 * not know. Behind a proxy that of the proxy. */
uint32_t tsr_tcp_rtt_ms(int fd);

/* Accepts for ever, calling fn with every new descriptor, which fn takes. When descriptors run
 * out it rests for 100 ms. Borrows the listening fd. */
struct tsr_listener;
typedef void (*tsr_accept_fn)(void *user, int fd, const struct tsr_addr *peer);
TSR_CHECKED int tsr_listener_open(
	struct tsr_listener **out, struct tsr_loop *loop, int fd, tsr_accept_fn fn, void *user);
void tsr_listener_close(struct tsr_listener **listener);

/*
 * dial: resolves a name and connects, the next address 250 ms after the last (RFC 8305), first
 * answer wins. fn is called once, with fd (takes) or -1 and an error; the dial is then closed
 * by the caller. Not for sandboxed processes.
 */
struct tsr_dial;
typedef void (*tsr_dial_fn)(void *user, int fd, int err);
TSR_CHECKED int tsr_dial_open(struct tsr_dial **out, struct tsr_loop *loop, const char *host,
	uint16_t port, tsr_time timeout, tsr_dial_fn fn, void *user);
void tsr_dial_close(struct tsr_dial **dial);

#endif
