/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/loop_uv.h"
#include "sys/tcp.h"
#include "sys/tcp_socket.h"

#define DIAL_TRIES 8
#define DIAL_STAGGER (250 * TSR_MS)

struct
try {
	struct tsr_dial *dial;
	struct tsr_poll *poll;
	int fd;
};

/* Begins resolving; then tries[0 .. n_started-1] are under way or have failed. */
struct tsr_dial {
	uv_getaddrinfo_t request; /* first: libuv hands its address back */
	struct tsr_loop *loop;
	struct tsr_timer *stagger;
	struct tsr_timer *deadline;
	tsr_dial_fn fn;
	void *user;
	bool is_resolving; /* the request is libuv's until its callback */
	bool is_closed;
	bool is_done; /* fn was called */
	int last_err;
	size_t n_addrs, n_started, n_pending;
	struct tsr_addr addrs[DIAL_TRIES];
	struct try tries[DIAL_TRIES];
};

static void stop_tries(struct tsr_dial *dial)
{
	for (size_t i = 0; i < dial->n_started; i++) {
		tsr_poll_close(&dial->tries[i].poll);
		tsr_fd_close(&dial->tries[i].fd);
	}
	tsr_timer_close(&dial->stagger);
	tsr_timer_close(&dial->deadline);
}

/* Ends it with fd, or with -1 and err. The dial may be gone afterwards. */
static void finish(struct tsr_dial *dial, int fd, int err)
{
	dial->is_done = true;
	stop_tries(dial);
	dial->fn(dial->user, fd, err);
}

static int err_from_connect(int err)
{
	switch (err) {
	case ECONNREFUSED:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ECONNRESET:
		return TSR_ERR_CLOSED;
	case ETIMEDOUT:
		return TSR_ERR_EXPIRED;
	default:
		return TSR_ERR_IO;
	}
}

static void start_next(struct tsr_dial *dial);

static void fail_try(struct tsr_dial *dial, struct try *try, int err)
{
	tsr_poll_close(&try->poll);
	tsr_fd_close(&try->fd);
	dial->last_err = err_from_connect(err);
	dial->n_pending--;
	if (dial->n_started < dial->n_addrs)
		start_next(dial);
	else if (dial->n_pending == 0)
		finish(dial, -1, dial->last_err);
}

static void on_connected(void *user, unsigned events)
{
	struct try *try = user;
	int err = 0, fd;
	socklen_t len = sizeof(err);

	(void)events;
	if (getsockopt(try->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	if (err != 0) {
		fail_try(try->dial, try, err);
		return;
	}
	tsr_poll_close(&try->poll);
	fd = try->fd;
	try->fd = -1;
	tsr_tcp_tune(fd);
	finish(try->dial, fd, 0);
}

static void start_next(struct tsr_dial *dial)
{
	const struct tsr_addr *addr = &dial->addrs[dial->n_started];
	struct try *try = &dial->tries[dial->n_started++];

	try->dial = dial;
	dial->n_pending++;
	if (dial->n_started < dial->n_addrs)
		tsr_timer_set(dial->stagger, tsr_loop_now(dial->loop) + DIAL_STAGGER);
	else
		tsr_timer_set(dial->stagger, TSR_TIME_NEVER);
	try->fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (try->fd < 0 || (connect(try->fd, (const struct sockaddr *)&addr->ss, addr->len) != 0 &&
				   errno != EINPROGRESS)) {
		fail_try(dial, try, errno);
		return;
	}
	if (tsr_poll_open(&try->poll, dial->loop, try->fd, on_connected, try) != 0) {
		fail_try(dial, try, ENOMEM);
		return;
	}
	tsr_poll_set(try->poll, TSR_POLL_WRITE);
}

static void on_stagger(void *user)
{
	struct tsr_dial *dial = user;

	if (dial->n_started < dial->n_addrs)
		start_next(dial);
}

static void on_deadline(void *user)
{
	finish(user, -1, TSR_ERR_EXPIRED);
}

/* Takes addresses of both families in turn, so that a broken one costs one stagger only. */
static void keep_addrs(struct tsr_dial *dial, const struct addrinfo *list)
{
	const struct addrinfo *next[2] = { list, list };
	int family[2] = { list ? list->ai_family : AF_INET6, 0 };
	bool any = true;

	family[1] = family[0] == AF_INET6 ? AF_INET : AF_INET6;
	while (any && dial->n_addrs < DIAL_TRIES) {
		any = false;
		for (int i = 0; i < 2 && dial->n_addrs < DIAL_TRIES; i++) {
			while (next[i] && next[i]->ai_family != family[i])
				next[i] = next[i]->ai_next;
			if (!next[i])
				continue;
			memcpy(&dial->addrs[dial->n_addrs].ss, next[i]->ai_addr,
				next[i]->ai_addrlen);
			dial->addrs[dial->n_addrs++].len = next[i]->ai_addrlen;
			next[i] = next[i]->ai_next;
			any = true;
		}
	}
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct tsr_dial *dial = (struct tsr_dial *)request;

	dial->is_resolving = false;
	if (!dial->is_closed && !dial->is_done && status == 0)
		keep_addrs(dial, list);
	uv_freeaddrinfo(list);
	if (dial->is_closed) {
		free(dial);
		return;
	}
	if (dial->is_done)
		return;
	if (dial->n_addrs == 0)
		finish(dial, -1, TSR_ERR_UNKNOWN);
	else
		start_next(dial);
}

int tsr_dial_open(struct tsr_dial **out, struct tsr_loop *loop, const char *host, uint16_t port,
	tsr_time timeout, tsr_dial_fn fn, void *user)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct tsr_dial *dial = calloc(1, sizeof(*dial));
	char service[8];
	int r;

	*out = NULL;
	if (!dial)
		return TSR_ERR_NOMEM;
	dial->loop = loop;
	dial->fn = fn;
	dial->user = user;
	for (size_t i = 0; i < DIAL_TRIES; i++)
		dial->tries[i].fd = -1;
	snprintf(service, sizeof(service), "%u", port);
	if ((r = tsr_timer_open(&dial->stagger, loop, on_stagger, dial)) != 0 ||
		(r = tsr_timer_open(&dial->deadline, loop, on_deadline, dial)) != 0)
		goto fail;
	if (uv_getaddrinfo(tsr_loop_uv(loop), &dial->request, on_resolved, host, service, &hints) !=
		0) {
		r = TSR_ERR_UNKNOWN;
		goto fail;
	}
	dial->is_resolving = true;
	tsr_timer_set(dial->deadline, tsr_loop_now(loop) + timeout);
	*out = dial;
	return 0;
fail:
	tsr_dial_close(&dial);
	return r;
}

void tsr_dial_close(struct tsr_dial **dial_)
{
	struct tsr_dial *dial = *dial_;

	*dial_ = NULL;
	if (!dial)
		return;
	stop_tries(dial);
	dial->is_closed = true;
	if (dial->is_resolving)
		uv_cancel((uv_req_t *)&dial->request); /* freed when libuv gives it back */
	else
		free(dial);
}
