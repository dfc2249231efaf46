/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/tcp_socket.h"

#define NOTSENT_LOWAT 65536
#define BACKLOG 1024
#define ACCEPT_BURST 64 /* then others on the loop get their turn */
#define ACCEPT_REST (100 * TSR_MS)

/* ---- addresses ---- */

int tsr_addr_parse(struct tsr_addr *out, const char *text, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->ss;
	char bare[INET6_ADDRSTRLEN + 1];
	size_t len = strlen(text);

	memset(out, 0, sizeof(*out));
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return TSR_ERR_FORMAT;
	memcpy(bare, text, len);
	bare[len] = 0;
	if (inet_pton(AF_INET, bare, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		out->len = sizeof(*v4);
		return 0;
	}
	if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		out->len = sizeof(*v6);
		return 0;
	}
	return TSR_ERR_FORMAT;
}

bool tsr_addr_is_loopback(const struct tsr_addr *addr)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&addr->ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&addr->ss;

	if (addr->ss.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return addr->ss.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

uint16_t tsr_addr_port(const struct tsr_addr *addr)
{
	if (addr->ss.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&addr->ss)->sin_port);
	if (addr->ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&addr->ss)->sin6_port);
	return 0;
}

void tsr_addr_set_port(struct tsr_addr *addr, uint16_t port)
{
	if (addr->ss.ss_family == AF_INET)
		((struct sockaddr_in *)&addr->ss)->sin_port = htons(port);
	if (addr->ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&addr->ss)->sin6_port = htons(port);
}

/* The bytes that name its network: 3 of IPv4, 6 of IPv6; 0 when it is neither. */
static size_t prefix_bytes(const struct tsr_addr *addr, uint8_t out[static 6])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&addr->ss;

	if (addr->ss.ss_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *)&addr->ss)->sin_addr, 3);
		return 3;
	}
	if (addr->ss.ss_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		memcpy(out, v6->sin6_addr.s6_addr + 12, 3);
		return 3;
	}
	memcpy(out, v6->sin6_addr.s6_addr, 6);
	return 6;
}

void tsr_addr_prefix(const struct tsr_addr *addr, char out[static TSR_PREFIX_LEN])
{
	uint8_t bytes[16] = { 0 };
	char text[INET6_ADDRSTRLEN];

	switch (prefix_bytes(addr, bytes)) {
	case 3:
		snprintf(out, TSR_PREFIX_LEN, "%u.%u.%u.0/24", bytes[0], bytes[1], bytes[2]);
		break;
	case 6:
		if (!inet_ntop(AF_INET6, bytes, text, sizeof(text)))
			text[0] = 0;
		snprintf(out, TSR_PREFIX_LEN, "%.42s/48", text);
		break;
	default:
		snprintf(out, TSR_PREFIX_LEN, "local");
	}
}

uint64_t tsr_addr_prefix_hash(const struct tsr_addr *addr)
{
	uint8_t bytes[6] = { 0 };
	size_t len = prefix_bytes(addr, bytes);
	uint64_t h = 0xcbf29ce484222325u ^ len; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* ---- sockets ---- */

static int bind_err(void)
{
	switch (errno) {
	case EADDRINUSE:
		return TSR_ERR_BUSY;
	case EACCES:
	case EPERM:
		return TSR_ERR_DENIED;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return TSR_ERR_UNKNOWN;
	default:
		return TSR_ERR_IO;
	}
}

int tsr_socket_bind(int *fd_out, const struct tsr_addr *addr, int type, bool share)
{
	const int on = 1;
	int fd = socket(addr->ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r;

	*fd_out = -1;
	if (fd < 0)
		return bind_err();
	if (type == SOCK_STREAM) /* over old TIME_WAITs; for datagrams it would be SO_REUSEPORT */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (share)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (addr->ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&addr->ss, addr->len) != 0) {
		r = bind_err();
		tsr_fd_close(&fd);
		return r;
	}
	*fd_out = fd;
	return 0;
}

int tsr_tcp_probe(const struct tsr_addr *addr)
{
	int fd, r = tsr_socket_bind(&fd, addr, SOCK_STREAM, false);

	tsr_fd_close(&fd);
	return r;
}

int tsr_tcp_listen(int *fd_out, const struct tsr_addr *addr)
{
	int fd, r;

	*fd_out = -1;
	if ((r = tsr_socket_bind(&fd, addr, SOCK_STREAM, true)) != 0)
		return r;
	if (listen(fd, BACKLOG) != 0) {
		r = bind_err();
		tsr_fd_close(&fd);
		return r;
	}
	*fd_out = fd;
	return 0;
}

void tsr_tcp_tune(int fd)
{
	const int on = 1, lowat = NOTSENT_LOWAT;

	/* Both only make it faster: a Unix socket in a test has neither. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof(lowat));
}

int tsr_tcp_accept(int *fd_out, struct tsr_addr *peer, int listener)
{
	struct tsr_addr addr = { .len = sizeof(addr.ss) };
	int fd;

	*fd_out = -1;
	do
		fd = accept4(listener, (struct sockaddr *)&addr.ss, &addr.len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			return TSR_ERR_FULL;
		return TSR_ERR_AGAIN; /* the rest are troubles of the one connection */
	}
	tsr_tcp_tune(fd);
	if (peer)
		*peer = addr;
	*fd_out = fd;
	return 0;
}

uint16_t tsr_tcp_local_port(int fd)
{
	struct tsr_addr addr = { .len = sizeof(addr.ss) };

	if (getsockname(fd, (struct sockaddr *)&addr.ss, &addr.len) != 0)
		return 0;
	return tsr_addr_port(&addr);
}

int tsr_tcp_local_ip(char out[static TSR_IP_TEXT_LEN], int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)&ss)->sin6_addr;
	const void *ip = v6;
	int family = AF_INET6;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return TSR_ERR_CLOSED;
	if (ss.ss_family != AF_INET6 || IN6_IS_ADDR_V4MAPPED(v6)) {
		ip = ss.ss_family == AF_INET6
			     ? (const void *)(v6->s6_addr + 12)
			     : (const void *)&((const struct sockaddr_in *)&ss)->sin_addr;
		family = AF_INET;
	}
	return inet_ntop(family, ip, out, TSR_IP_TEXT_LEN) ? 0 : TSR_ERR_FORMAT;
}

uint32_t tsr_tcp_rtt_ms(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 || info.tcpi_rtt == 0)
		return 0;
	return info.tcpi_rtt < 1500 ? 1 : (info.tcpi_rtt + 500) / 1000;
}

/* ---- listener ---- */

struct tsr_listener {
	struct tsr_loop *loop;
	struct tsr_poll *poll;
	struct tsr_timer *rest;
	tsr_accept_fn fn;
	void *user;
	int fd;
	bool is_busy;   /* in a callback */
	bool is_closed; /* then freed after it */
};

static void on_listener(void *user, unsigned events)
{
	struct tsr_listener *listener = user;
	struct tsr_addr peer;
	int fd, r = 0;

	(void)events;
	listener->is_busy = true;
	for (int i = 0; i < ACCEPT_BURST && !listener->is_closed; i++) {
		if ((r = tsr_tcp_accept(&fd, &peer, listener->fd)) != 0)
			break;
		listener->fn(listener->user, fd, &peer);
	}
	listener->is_busy = false;
	if (listener->is_closed) {
		free(listener);
	} else if (r == TSR_ERR_FULL) {
		tsr_poll_set(listener->poll, 0);
		tsr_timer_set(listener->rest, tsr_loop_now(listener->loop) + ACCEPT_REST);
	}
}

static void on_rested(void *user)
{
	struct tsr_listener *listener = user;

	tsr_poll_set(listener->poll, TSR_POLL_READ);
}

int tsr_listener_open(
	struct tsr_listener **out, struct tsr_loop *loop, int fd, tsr_accept_fn fn, void *user)
{
	struct tsr_listener *listener = calloc(1, sizeof(*listener));
	int r;

	*out = NULL;
	if (!listener)
		return TSR_ERR_NOMEM;
	listener->loop = loop;
	listener->fd = fd;
	listener->fn = fn;
	listener->user = user;
	if ((r = tsr_poll_open(&listener->poll, loop, fd, on_listener, listener)) != 0 ||
		(r = tsr_timer_open(&listener->rest, loop, on_rested, listener)) != 0) {
		tsr_listener_close(&listener);
		return r;
	}
	tsr_poll_set(listener->poll, TSR_POLL_READ);
	*out = listener;
	return 0;
}

void tsr_listener_close(struct tsr_listener **listener_)
{
	struct tsr_listener *listener = *listener_;

	*listener_ = NULL;
	if (!listener)
		return;
	tsr_poll_close(&listener->poll);
	tsr_timer_close(&listener->rest);
	listener->is_closed = true;
	if (!listener->is_busy)
		free(listener);
}
