/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/admin_socket.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/log.h"

struct client {
	struct tsr_admin_socket *socket;
	uint64_t id;
	struct tsr_ipc *ipc; /* NULL: the place is free */
	tsr_time quiet_since;
};

struct tsr_admin_socket {
	struct tsr_loop *loop;
	struct tsr_poll *poll;
	struct tsr_timer *timer;
	int fd;
	tsr_admin_fn fn;
	void *user;
	uint64_t last_id;
	struct client clients[TSR_ADMIN_CLIENTS];
};

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct client *client = user;
	struct tsr_admin_socket *socket = client->socket;

	(void)fds;
	(void)n_fds;
	client->quiet_since = tsr_loop_now(socket->loop);
	if (socket->fn(socket->user, client->id, packet) != 0)
		tsr_ipc_close(&client->ipc);
}

static void on_close(void *user, int err)
{
	struct client *client = user;

	(void)err;
	tsr_ipc_close(&client->ipc);
}

static const struct tsr_ipc_events ipc_events = { .on_packet = on_packet, .on_close = on_close };

static void drop_quiet(void *user)
{
	struct tsr_admin_socket *socket = user;
	tsr_time now = tsr_loop_now(socket->loop);

	for (size_t i = 0; i < TSR_ADMIN_CLIENTS; i++) {
		struct client *client = &socket->clients[i];

		if (client->ipc && now - client->quiet_since > TSR_ADMIN_PATIENCE)
			tsr_ipc_close(&client->ipc);
	}
	tsr_timer_set(socket->timer, now + TSR_ADMIN_PATIENCE);
}

/* Whoever comes when all places are taken is turned away. Takes fd. */
static void add_client(struct tsr_admin_socket *socket, int fd)
{
	for (size_t i = 0; i < TSR_ADMIN_CLIENTS; i++) {
		struct client *client = &socket->clients[i];

		if (client->ipc)
			continue;
		*client = (struct client){ .socket = socket,
			.id = ++socket->last_id,
			.quiet_since = tsr_loop_now(socket->loop) };
		if (tsr_ipc_open(&client->ipc, socket->loop, fd, &ipc_events, client) != 0)
			client->ipc = NULL;
		return;
	}
	tsr_fd_close(&fd);
}

static void on_ready(void *user, unsigned events)
{
	struct tsr_admin_socket *socket = user;
	unsigned uid;
	int fd;

	(void)events;
	while (tsr_unix_accept(&fd, &uid, socket->fd) == 0) {
		/* The mode of the file says so already; a passed descriptor must not widen it. */
		if (uid == 0 || uid == geteuid()) {
			add_client(socket, fd);
		} else {
			tsr_log(TSR_LOG_WARN, "administration refused to another user");
			tsr_fd_close(&fd);
		}
	}
}

int tsr_admin_socket_open(
	struct tsr_admin_socket **out, struct tsr_loop *loop, int fd, tsr_admin_fn fn, void *user)
{
	struct tsr_admin_socket *socket = calloc(1, sizeof(*socket));
	int r;

	*out = NULL;
	if (!socket)
		return TSR_ERR_NOMEM;
	socket->loop = loop;
	socket->fd = fd;
	socket->fn = fn;
	socket->user = user;
	if ((r = tsr_timer_open(&socket->timer, loop, drop_quiet, socket)) != 0 ||
		(r = tsr_poll_open(&socket->poll, loop, fd, on_ready, socket)) != 0) {
		tsr_admin_socket_close(&socket);
		return r;
	}
	tsr_timer_set(socket->timer, tsr_loop_now(loop) + TSR_ADMIN_PATIENCE);
	tsr_poll_set(socket->poll, TSR_POLL_READ);
	*out = socket;
	return 0;
}

void tsr_admin_socket_close(struct tsr_admin_socket **socket)
{
	struct tsr_admin_socket *s = *socket;

	*socket = NULL;
	if (!s)
		return;
	for (size_t i = 0; i < TSR_ADMIN_CLIENTS; i++)
		tsr_ipc_close(&s->clients[i].ipc);
	tsr_poll_close(&s->poll);
	tsr_timer_close(&s->timer);
	free(s);
}

void tsr_admin_socket_send(
	struct tsr_admin_socket *socket, uint64_t client, struct tsr_slice packet)
{
	for (size_t i = 0; i < TSR_ADMIN_CLIENTS; i++) {
		struct client *c = &socket->clients[i];

		if (c->id == client && c->ipc && tsr_ipc_send(c->ipc, packet, NULL, 0) != 0)
			tsr_ipc_close(&c->ipc);
	}
}
