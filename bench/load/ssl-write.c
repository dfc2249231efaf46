/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssl-write: the peer of relay-fanout and relay-memory, the least that a relay over TLS can be. It
 * takes connections, reads messages from the one that says "P" first, and SSL_writes each to all
 *that say "V". No sessions, no flow control, no policy, no copies but OpenSSL's own.
 *
 *	ssl-write CHAIN.pem KEY.pem [--release]
 *
 * Prints the port it chose. --release: SSL_MODE_RELEASE_BUFFERS, for idle connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define RING 64
#define FRAME_MAX 65540

struct conn {
	int fd;
	SSL *ssl;
	char says; /* 0 until known */
	bool is_open, is_waiting;
	uint64_t next; /* frame to send */
	size_t off;    /* bytes of it that are gone */
	struct conn *link;
};

static struct {
	int epoll, listener;
	SSL_CTX *ctx;
	struct conn *viewers;
	uint8_t frames[RING][FRAME_MAX];
	size_t len[RING];
	uint64_t n_frames;
	size_t have; /* bytes of the frame that is being read */
} relay;

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "ssl-write: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_events(struct conn *c, bool out)
{
	struct epoll_event event = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c };

	c->is_waiting = out;
	if (epoll_ctl(relay.epoll, EPOLL_CTL_MOD, c->fd, &event) != 0)
		die("epoll");
}

static void drop(struct conn *c)
{
	for (struct conn **at = &relay.viewers; *at; at = &(*at)->link) {
		if (*at == c) {
			*at = c->link;
			break;
		}
	}
	SSL_free(c->ssl);
	close(c->fd);
	free(c);
}

static void write_frames(struct conn *c)
{
	if (c->next + RING < relay.n_frames)
		die("a viewer fell behind");
	while (c->next < relay.n_frames) {
		const uint8_t *frame = relay.frames[c->next % RING];
		size_t len = relay.len[c->next % RING], n = 0;

		if (SSL_write_ex(c->ssl, frame + c->off, len - c->off, &n) != 1) {
			if (!c->is_waiting)
				set_events(c, true);
			return;
		}
		c->off += n;
		if (c->off == len) {
			c->off = 0;
			c->next++;
		}
	}
	if (c->is_waiting)
		set_events(c, false);
}

/* Bytes that the frame being read needs in all: 4 of header say how many follow. */
static size_t frame_len(void)
{
	const uint8_t *p = relay.frames[relay.n_frames % RING];

	return relay.have < 4 ? 4 : 4 + (size_t)(p[2] << 8 | p[3]);
}

static bool read_presenter(struct conn *c)
{
	size_t n = 0;
	uint8_t *to = relay.frames[relay.n_frames % RING];

	if (SSL_read_ex(c->ssl, to + relay.have, frame_len() - relay.have, &n) != 1)
		return SSL_get_error(c->ssl, 0) == SSL_ERROR_WANT_READ;
	relay.have += n;
	if (relay.have >= 4 && relay.have == frame_len()) {
		relay.len[relay.n_frames % RING] = relay.have;
		relay.have = 0;
		relay.n_frames++;
		for (struct conn *v = relay.viewers; v; v = v->link) {
			if (!v->is_waiting)
				write_frames(v);
		}
	}
	return read_presenter(c);
}

static bool read_conn(struct conn *c)
{
	char buf[64];
	size_t n = 0;

	if (!c->is_open) {
		int r = SSL_accept(c->ssl);

		if (r != 1)
			return SSL_get_error(c->ssl, r) == SSL_ERROR_WANT_READ;
		c->is_open = true;
	}
	if (c->says == 'P')
		return read_presenter(c);
	if (SSL_read_ex(c->ssl, buf, c->says ? sizeof(buf) : 1, &n) != 1)
		return SSL_get_error(c->ssl, 0) == SSL_ERROR_WANT_READ;
	if (!c->says) {
		c->says = buf[0];
		if (c->says == 'V') {
			c->next = relay.n_frames;
			c->link = relay.viewers;
			relay.viewers = c;
		}
	}
	return read_conn(c);
}

static void accept_all(void)
{
	int fd, on = 1;

	while ((fd = accept4(relay.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct conn *c = calloc(1, sizeof(*c));
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (!c || !(c->ssl = SSL_new(relay.ctx)) || !SSL_set_fd(c->ssl, fd))
			die("out of memory");
		c->fd = fd;
		SSL_set_accept_state(c->ssl);
		if (epoll_ctl(relay.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			die("epoll");
	}
	if (errno != EAGAIN)
		die("accept");
}

static void start(const char *chain, const char *key, bool release)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	struct rlimit files;
	socklen_t len = sizeof(addr);

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	relay.ctx = SSL_CTX_new(TLS_server_method());
	if (!relay.ctx || !SSL_CTX_set_ciphersuites(relay.ctx, "TLS_AES_256_GCM_SHA384") ||
		SSL_CTX_use_certificate_chain_file(relay.ctx, chain) != 1 ||
		SSL_CTX_use_PrivateKey_file(relay.ctx, key, SSL_FILETYPE_PEM) != 1)
		die("certificate or key");
	SSL_CTX_set_options(relay.ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(relay.ctx, 0);
	SSL_CTX_set_session_cache_mode(relay.ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(relay.ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					    (release ? SSL_MODE_RELEASE_BUFFERS : 0));
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	relay.epoll = epoll_create1(EPOLL_CLOEXEC);
	relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (relay.epoll < 0 || relay.listener < 0 ||
		bind(relay.listener, (struct sockaddr *)&addr, len) != 0 ||
		listen(relay.listener, 1024) != 0 ||
		getsockname(relay.listener, (struct sockaddr *)&addr, &len) != 0 ||
		epoll_ctl(relay.epoll, EPOLL_CTL_ADD, relay.listener, &event) != 0)
		die("listening");
	printf("%u\n", ntohs(addr.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct epoll_event events[128];

	if (argc < 3)
		die("usage: ssl-write CHAIN.pem KEY.pem [--release]");
	start(argv[1], argv[2], argc > 3);
	for (;;) {
		int n = epoll_wait(relay.epoll, events, 128, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (!c)
				accept_all();
			else if ((events[i].events & EPOLLIN || !c->is_open) && !read_conn(c))
				drop(c);
			else if (events[i].events & EPOLLOUT)
				write_frames(c);
		}
	}
}
