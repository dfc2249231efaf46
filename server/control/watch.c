/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/wire/http.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/tcp.h"

#define HEAD_ROOM 512 /* our own status line and headers */

struct client {
	struct tsr_watch *watch;
	int fd; /* -1: the place is free */
	struct tsr_poll *poll;
	tsr_time until;
	struct tsr_http_request request;
	uint8_t head[TSR_HTTP_HEAD_MAX];
	uint8_t *reply; /* NULL: still reading */
	size_t len;
	size_t sent;
};

struct tsr_watch {
	struct tsr_loop *loop;
	const struct tsr_watch_source *source;
	void *user;
	int unix_fd;
	struct tsr_poll *unix_poll;
	struct tsr_listener *tcp;
	struct tsr_timer *timer;
	struct client clients[TSR_WATCH_CLIENTS];
};

static void drop(struct client *client)
{
	tsr_poll_close(&client->poll);
	tsr_fd_close(&client->fd);
	free(client->reply);
	client->reply = NULL;
}

static void write_more(struct client *client)
{
	while (client->sent < client->len) {
		ssize_t n = send(client->fd, client->reply + client->sent,
			client->len - client->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			tsr_poll_set(client->poll, TSR_POLL_WRITE);
			return;
		}
		if (n <= 0)
			break;
		client->sent += (size_t)n;
	}
	(void)shutdown(client->fd, SHUT_WR);
	drop(client);
}

static void answer(struct client *client, int status, const char *type, struct tsr_slice body)
{
	struct tsr_writer wr;

	client->reply = malloc(HEAD_ROOM + body.len);
	if (!client->reply) {
		drop(client);
		return;
	}
	wr = tsr_writer(client->reply, HEAD_ROOM + body.len);
	tsr_http_write_status(&wr, status);
	tsr_http_write_header(&wr, "Content-Type", tsr_slice_str(type));
	tsr_http_write_header_u64(&wr, "Content-Length", body.len);
	tsr_http_write_header(&wr, "Cache-Control", tsr_slice_str("no-store"));
	tsr_http_write_header(&wr, "Connection", tsr_slice_str("close"));
	tsr_http_write_end(&wr);
	tsr_writer_bytes(&wr, body);
	if (tsr_writer_end(&wr) != 0) {
		drop(client);
		return;
	}
	client->len = wr.len;
	client->sent = 0;
	write_more(client);
}

static void answer_text(struct client *client, int status, const char *text)
{
	char line[256];
	size_t len = 0;

	for (; text[len] && len < sizeof(line) - 1; len++)
		line[len] = text[len];
	line[len++] = '\n';
	answer(client, status, "text/plain; charset=utf-8", tsr_slice(line, len));
}

static void answer_metrics(struct client *client)
{
	struct tsr_watch *watch = client->watch;
	char *text = malloc(TSR_WATCH_METRICS);

	if (!text) {
		drop(client);
		return;
	}
	answer(client, 200, "text/plain; version=0.0.4; charset=utf-8",
		tsr_slice(
			text, watch->source->write_metrics(watch->user, text, TSR_WATCH_METRICS)));
	free(text);
}

static void handle_request(struct client *client)
{
	const struct tsr_http_request *request = &client->request;
	struct tsr_watch *watch = client->watch;
	const char *why;

	if (!tsr_http_is_method(request, "GET")) {
		answer_text(client, 405, "only GET");
	} else if (tsr_slice_equal(request->path, tsr_slice_str("/livez"))) {
		answer_text(client, 200, "ok");
	} else if (tsr_slice_equal(request->path, tsr_slice_str("/readyz"))) {
		if (watch->source->is_ready(watch->user, &why))
			answer_text(client, 200, "ok");
		else
			answer_text(client, 503, why);
	} else if (tsr_slice_equal(request->path, tsr_slice_str("/metrics"))) {
		answer_metrics(client);
	} else {
		answer_text(client, 404, "there are /livez, /readyz and /metrics");
	}
}

static void read_more(struct client *client)
{
	uint8_t buf[1024];
	size_t used;
	ssize_t n = recv(client->fd, buf, sizeof(buf), 0);
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(client);
		return;
	}
	r = tsr_http_request_feed(&client->request, tsr_slice(buf, (size_t)n), &used);
	if (r == 0)
		handle_request(client);
	else if (r != TSR_ERR_AGAIN)
		answer_text(
			client, client->request.status, tsr_http_reason(client->request.status));
}

static void on_client(void *user, unsigned events)
{
	struct client *client = user;

	(void)events;
	if (client->reply)
		write_more(client);
	else
		read_more(client);
}

/* Takes fd. */
static void add_client(struct tsr_watch *watch, int fd)
{
	for (size_t i = 0; i < TSR_WATCH_CLIENTS; i++) {
		struct client *client = &watch->clients[i];

		if (client->fd >= 0)
			continue;
		client->fd = fd;
		client->until = tsr_loop_now(watch->loop) + TSR_WATCH_PATIENCE;
		tsr_http_request_init(&client->request, client->head, sizeof(client->head), 0);
		if (tsr_poll_open(&client->poll, watch->loop, fd, on_client, client) != 0) {
			drop(client);
			return;
		}
		tsr_poll_set(client->poll, TSR_POLL_READ);
		return;
	}
	tsr_fd_close(&fd);
}

static void on_tcp(void *user, int fd, const struct tsr_addr *peer)
{
	(void)peer;
	add_client(user, fd);
}

static void on_unix(void *user, unsigned events)
{
	struct tsr_watch *watch = user;
	int fd;

	(void)events;
	while (tsr_unix_accept(&fd, NULL, watch->unix_fd) == 0)
		add_client(watch, fd);
}

static void drop_slow(void *user)
{
	struct tsr_watch *watch = user;
	tsr_time now = tsr_loop_now(watch->loop);

	for (size_t i = 0; i < TSR_WATCH_CLIENTS; i++) {
		if (watch->clients[i].fd >= 0 && watch->clients[i].until <= now)
			drop(&watch->clients[i]);
	}
	tsr_timer_set(watch->timer, now + TSR_WATCH_PATIENCE);
}

static int open_all(struct tsr_watch *watch, int tcp_fd)
{
	int r;

	if ((r = tsr_timer_open(&watch->timer, watch->loop, drop_slow, watch)) != 0)
		return r;
	tsr_timer_set(watch->timer, tsr_loop_now(watch->loop) + TSR_WATCH_PATIENCE);
	if (watch->unix_fd >= 0) {
		r = tsr_poll_open(&watch->unix_poll, watch->loop, watch->unix_fd, on_unix, watch);
		if (r != 0)
			return r;
		tsr_poll_set(watch->unix_poll, TSR_POLL_READ);
	}
	return tcp_fd < 0 ? 0 : tsr_listener_open(&watch->tcp, watch->loop, tcp_fd, on_tcp, watch);
}

int tsr_watch_open(struct tsr_watch **out, struct tsr_loop *loop, int unix_fd, int tcp_fd,
	const struct tsr_watch_source *source, void *user)
{
	struct tsr_watch *watch = calloc(1, sizeof(*watch));
	int r;

	*out = NULL;
	if (!watch)
		return TSR_ERR_NOMEM;
	watch->loop = loop;
	watch->unix_fd = unix_fd;
	watch->source = source;
	watch->user = user;
	for (size_t i = 0; i < TSR_WATCH_CLIENTS; i++) {
		watch->clients[i].watch = watch;
		watch->clients[i].fd = -1;
	}
	if ((r = open_all(watch, tcp_fd)) == 0)
		*out = watch;
	else
		tsr_watch_close(&watch);
	return r;
}

void tsr_watch_close(struct tsr_watch **watch)
{
	struct tsr_watch *w = *watch;

	*watch = NULL;
	if (!w)
		return;
	for (size_t i = 0; i < TSR_WATCH_CLIENTS; i++)
		drop(&w->clients[i]);
	tsr_poll_close(&w->unix_poll);
	tsr_listener_close(&w->tcp);
	tsr_timer_close(&w->timer);
	free(w);
}
