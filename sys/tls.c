/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/wire/demux.h"
#include "sys/files.h"
#include "sys/tls_ctx.h"

#define SHUTDOWN_TIME (2 * TSR_SECOND)
#define DRAIN_BURST 16   /* reads in one turn while shutting down */
#define CLEANSE_LEN 4096 /* longer writes are ciphertext frames or public files */
#define FIRST_TLS 0x16   /* content type handshake */

/*
 *   PEEKING -> SHAKING -> OPEN -> CLOSING -> OVER
 *       \---(plain)-------^
 * A server begins by peeking, a client by shaking. OVER has reported, or is about to.
 */
enum state { PEEKING, SHAKING, OPEN, CLOSING, OVER };

struct tsr_tls {
	enum state state;
	enum tsr_tls_kind kind;
	struct tsr_loop *loop;
	struct tsr_tls_ctx *ctx;
	SSL *ssl; /* NULL when plain, or still peeking */
	int fd;
	struct tsr_poll *poll;
	struct tsr_timer *timer; /* handshake or shutdown deadline; when OPEN: another turn soon */
	const struct tsr_tls_events *events;
	void *user;
	struct tsr_tls_seen seen;
	uint8_t *staged;   /* a record that the kernel did not take yet */
	size_t staged_len; /* 0: none */
	size_t staged_at;  /* plain only: bytes of it that went */
	int err;           /* why it is OVER */
	bool is_reading;
	bool has_drained;      /* the last read found nothing */
	bool is_dry;           /* OpenSSL gave all it had: the kernel says when there is more */
	bool wants_room;       /* somebody waits for on_room */
	bool read_wants_write; /* OpenSSL must write before it can read on */
	bool shake_wants_write;
	bool has_sent_notify;
	bool is_busy, is_closed, is_reported;
};

static _Thread_local uint8_t scratch[TSR_TLS_RECORD_LEN];

/* ---- OpenSSL's answers ---- */

/* TSR_ERR_AGAIN with *wants_write set, or what ended it. Clears the error queue. */
static int err_from_ssl(struct tsr_tls *tls, int ret, bool *wants_write)
{
	int saved = errno, r;

	*wants_write = false;
	switch (SSL_get_error(tls->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		r = TSR_ERR_AGAIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		*wants_write = true;
		r = TSR_ERR_AGAIN;
		break;
	case SSL_ERROR_ZERO_RETURN:
		r = TSR_ERR_CLOSED;
		break;
	case SSL_ERROR_SYSCALL:
		r = saved == 0 || saved == ECONNRESET || saved == EPIPE ? TSR_ERR_CLOSED
									: TSR_ERR_IO;
		break;
	default:
		r = TSR_ERR_FORMAT;
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			r = TSR_ERR_CLOSED; /* above us every message knows its length */
		else if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED)
			r = TSR_ERR_AUTH;
	}
	ERR_clear_error();
	return r;
}

/* ---- state ---- */

static void free_tls(struct tsr_tls *tls)
{
	free(tls);
}

static void update_poll(struct tsr_tls *tls)
{
	unsigned events = 0;

	if (!tls->poll)
		return;
	switch (tls->state) {
	case PEEKING:
		events = TSR_POLL_READ;
		break;
	case SHAKING:
		events = tls->shake_wants_write ? TSR_POLL_WRITE : TSR_POLL_READ;
		break;
	case OPEN:
		if (tls->is_reading)
			events |= TSR_POLL_READ;
		if (tls->wants_room || tls->staged_len > 0 || tls->read_wants_write)
			events |= TSR_POLL_WRITE;
		break;
	case CLOSING:
		events = tls->staged_len > 0 ? TSR_POLL_WRITE : TSR_POLL_READ;
		break;
	case OVER:
		break;
	}
	tsr_poll_set(tls->poll, events);
}

/* Marks it as over; reported at the end of this turn, or in the next one when not in a callback. */
static void fail(struct tsr_tls *tls, int err)
{
	if (tls->state == OVER)
		return;
	tls->state = OVER;
	tls->err = err;
	tsr_poll_set(tls->poll, 0);
	if (!tls->is_busy)
		tsr_timer_set(tls->timer, tsr_loop_now(tls->loop));
}

/* What every entry from the loop does at its end. */
static void leave(struct tsr_tls *tls)
{
	if (!tls->is_closed && tls->state == OVER && !tls->is_reported) {
		tls->is_reported = true;
		tsr_timer_set(tls->timer, TSR_TIME_NEVER);
		tls->events->on_close(tls->user, tls->err);
	}
	tls->is_busy = false;
	if (tls->is_closed) {
		free_tls(tls);
		return;
	}
	if (tls->state == OPEN) {
		/* What OpenSSL holds already, the poll cannot see. */
		bool again = tls->is_reading && !tls->has_drained && tls->ssl &&
			     SSL_has_pending(tls->ssl);

		tsr_timer_set(tls->timer, again ? tsr_loop_now(tls->loop) : TSR_TIME_NEVER);
	}
	update_poll(tls);
}

/* ---- beginning ---- */

static void become_open(struct tsr_tls *tls, enum tsr_tls_kind kind)
{
	tls->state = OPEN;
	tls->kind = kind;
	tsr_timer_set(tls->timer, TSR_TIME_NEVER);
	tls->events->on_open(tls->user);
}

static void shake(struct tsr_tls *tls)
{
	int ret, r;

	ERR_clear_error();
	errno = 0;
	ret = SSL_do_handshake(tls->ssl);
	if (ret == 1) {
		become_open(tls, TSR_TLS_SECURE);
		return;
	}
	r = err_from_ssl(tls, ret, &tls->shake_wants_write);
	if (r != TSR_ERR_AGAIN)
		fail(tls, r);
}

static int start_ssl(struct tsr_tls *tls)
{
	tls->ssl = SSL_new(tsr_tls_ctx_ssl(tls->ctx));
	if (!tls->ssl || SSL_set_fd(tls->ssl, tls->fd) != 1) {
		ERR_clear_error();
		return TSR_ERR_NOMEM;
	}
	SSL_set_app_data(tls->ssl, &tls->seen);
	tls->state = SHAKING;
	return 0;
}

/* So many bytes tell STUN from garbage; until they are there, readable is no news. */
static void wait_for_more(struct tsr_tls *tls, int n)
{
	setsockopt(tls->fd, SOL_SOCKET, SO_RCVLOWAT, &n, sizeof(n));
}

static void peek_stun(struct tsr_tls *tls, struct tsr_slice first)
{
	switch (tsr_demux(first)) {
	case TSR_DEMUX_STUN:
		wait_for_more(tls, 1);
		become_open(tls, TSR_TLS_STUN);
		break;
	case TSR_DEMUX_MORE:
		wait_for_more(tls, TSR_DEMUX_LEN);
		break;
	default:
		fail(tls, TSR_ERR_FORMAT);
	}
}

/* One byte is enough to tell a handshake record, or the first letter of a method. */
static void peek(struct tsr_tls *tls)
{
	uint8_t first[TSR_DEMUX_LEN];
	ssize_t n = recv(tls->fd, first, sizeof(first), MSG_PEEK);
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(tls, TSR_ERR_CLOSED);
	} else if (first[0] == FIRST_TLS) {
		if ((r = start_ssl(tls)) != 0) {
			fail(tls, r);
			return;
		}
		SSL_set_accept_state(tls->ssl);
		shake(tls);
	} else if (first[0] >= 'A' && first[0] <= 'Z') {
		become_open(tls, TSR_TLS_PLAIN);
	} else {
		peek_stun(tls, tsr_slice(first, (size_t)n));
	}
}

/* ---- writing ---- */

/* Gives bytes to the kernel: 0 with *n > 0, TSR_ERR_AGAIN, or what ended it. */
static int put(struct tsr_tls *tls, const uint8_t *data, size_t len, size_t *n)
{
	bool wants_write;
	ssize_t sent;
	int ret;

	*n = 0;
	errno = 0;
	if (tls->ssl) {
		ERR_clear_error();
		ret = SSL_write_ex(tls->ssl, data, len, n);
		return ret == 1 ? 0 : err_from_ssl(tls, ret, &wants_write);
	}
	do
		sent = send(tls->fd, data, len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		*n = (size_t)sent;
		return 0;
	}
	if (errno == EAGAIN)
		return TSR_ERR_AGAIN;
	return errno == EPIPE || errno == ECONNRESET ? TSR_ERR_CLOSED : TSR_ERR_IO;
}

static void drop_staged(struct tsr_tls *tls)
{
	if (tls->staged)
		OPENSSL_cleanse(tls->staged, tls->staged_len);
	free(tls->staged);
	tls->staged = NULL;
	tls->staged_len = tls->staged_at = 0;
}

/* 0 when nothing is staged any more. */
static int flush_staged(struct tsr_tls *tls)
{
	while (tls->staged_len > tls->staged_at) {
		size_t n;
		int r = put(
			tls, tls->staged + tls->staged_at, tls->staged_len - tls->staged_at, &n);

		if (r != 0)
			return r;
		tls->staged_at += n;
	}
	drop_staged(tls);
	return 0;
}

static int stage(struct tsr_tls *tls, const uint8_t *data, size_t len)
{
	tls->staged = malloc(len);
	if (!tls->staged)
		return TSR_ERR_NOMEM;
	memcpy(tls->staged, data, len);
	tls->staged_len = len;
	tls->staged_at = 0;
	return 0;
}

/* A place in a list of slices. */
struct cursor {
	const struct tsr_slice *slices;
	size_t n_slices, at, offset;
};

/* The next record's bytes: in place where one slice has enough or is the last, else gathered into
 * scratch. */
static struct tsr_slice next_record(struct cursor *cursor)
{
	size_t len = 0;

	while (cursor->at < cursor->n_slices) {
		struct tsr_slice slice = cursor->slices[cursor->at];
		size_t left = slice.len - cursor->offset, take = TSR_TLS_RECORD_LEN - len;

		if (take > left)
			take = left;
		if (len == 0 && take > 0 &&
			(take == TSR_TLS_RECORD_LEN || cursor->at + 1 == cursor->n_slices)) {
			cursor->offset += take;
			return tsr_slice(slice.data + cursor->offset - take, take);
		}
		if (take > 0)
			memcpy(scratch + len, slice.data + cursor->offset, take);
		len += take;
		cursor->offset += take;
		if (cursor->offset < slice.len)
			break;
		cursor->at++;
		cursor->offset = 0;
	}
	return tsr_slice(scratch, len);
}

static int write_record(struct tsr_tls *tls, struct tsr_slice record)
{
	size_t n = 0;
	int r = put(tls, record.data, record.len, &n);

	if (r == TSR_ERR_AGAIN || (r == 0 && n < record.len)) {
		/* OpenSSL has the record half out: these bytes must come again, so keep them. */
		r = stage(tls, record.data + n, record.len - n);
	}
	if (record.data == scratch && record.len <= CLEANSE_LEN)
		OPENSSL_cleanse(scratch, record.len);
	return r;
}

int tsr_tls_write(
	struct tsr_tls *tls, const struct tsr_slice *slices, size_t n_slices, size_t *written)
{
	struct cursor cursor = { slices, n_slices, 0, 0 };
	struct tsr_slice record;
	int r = 0;

	*written = 0;
	if (tls->state == OVER)
		return tls->err;
	if (tls->state != OPEN)
		return TSR_ERR_STATE;
	if (tls->staged_len > 0)
		r = flush_staged(tls);
	while (r == 0 && tls->staged_len == 0 && (record = next_record(&cursor)).len > 0) {
		r = write_record(tls, record);
		if (r == 0)
			*written += record.len;
	}
	if (r != 0 && r != TSR_ERR_AGAIN) {
		fail(tls, r);
		return r;
	}
	if (tls->staged_len > 0)
		tls->wants_room = true;
	if (!tls->is_busy)
		update_poll(tls);
	return r;
}

/* ---- reading ---- */

static int read_plain(struct tsr_tls *tls, void *buf, size_t cap, size_t *n)
{
	ssize_t got;

	do
		got = recv(tls->fd, buf, cap, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		*n = (size_t)got;
		return 0;
	}
	if (got < 0 && errno == EAGAIN)
		return TSR_ERR_AGAIN;
	return got == 0 || errno == ECONNRESET ? TSR_ERR_CLOSED : TSR_ERR_IO;
}

static int read_some(struct tsr_tls *tls, void *buf, size_t cap, size_t *n)
{
	int ret;

	*n = 0;
	if (!tls->ssl)
		return read_plain(tls, buf, cap, n);
	tls->read_wants_write = false;
	ERR_clear_error();
	errno = 0;
	ret = SSL_read_ex(tls->ssl, buf, cap, n);
	return ret == 1 ? 0 : err_from_ssl(tls, ret, &tls->read_wants_write);
}

int tsr_tls_read(struct tsr_tls *tls, void *buf, size_t cap, size_t *n)
{
	int r;

	*n = 0;
	if (tls->state == OVER)
		return tls->err;
	if (tls->state != OPEN)
		return TSR_ERR_STATE;
	r = tls->is_dry ? TSR_ERR_AGAIN : read_some(tls, buf, cap, n);
	tls->has_drained = r == TSR_ERR_AGAIN;
	/* Asking the kernel again would cost as much as what was just read; it says so by itself.
	 */
	tls->is_dry = r == 0 && tls->ssl && !SSL_has_pending(tls->ssl);
	if (r != 0 && r != TSR_ERR_AGAIN)
		fail(tls, r);
	return r;
}

void tsr_tls_stop_wiping(struct tsr_tls *tls)
{
	if (tls->ssl)
		SSL_clear_options(tls->ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

void tsr_tls_set_reading(struct tsr_tls *tls, bool on)
{
	if (tls->is_reading == on)
		return;
	tls->is_reading = on;
	if (on && tls->state == OPEN && !tls->is_busy)
		tsr_timer_set(tls->timer, tsr_loop_now(tls->loop)); /* OpenSSL may hold some */
	if (on)
		tls->has_drained = false;
	if (!tls->is_busy)
		update_poll(tls);
}

/* ---- ending ---- */

static void go_on_closing(struct tsr_tls *tls)
{
	int r = 0;
	size_t n;

	if (tls->staged_len > 0)
		r = flush_staged(tls);
	if (r == 0 && !tls->has_sent_notify) {
		tls->has_sent_notify = true;
		if (tls->ssl) {
			ERR_clear_error();
			SSL_shutdown(tls->ssl); /* a notify that does not fit is lost, no harm */
			ERR_clear_error();
		}
		shutdown(tls->fd, SHUT_WR);
	}
	/* Read the rest away: closing with unread bytes would reset what was just sent. */
	for (int i = 0; r == 0 && i < DRAIN_BURST; i++)
		r = read_plain(tls, scratch, sizeof(scratch), &n);
	if (r != 0 && r != TSR_ERR_AGAIN)
		fail(tls, TSR_ERR_CLOSED);
}

void tsr_tls_shutdown(struct tsr_tls *tls)
{
	if (tls->state == CLOSING || tls->state == OVER)
		return;
	if (tls->state != OPEN) {
		fail(tls, TSR_ERR_CLOSED);
		return;
	}
	tls->state = CLOSING;
	tsr_timer_set(tls->timer, tsr_loop_now(tls->loop) + SHUTDOWN_TIME);
	go_on_closing(tls);
	if (!tls->is_busy)
		update_poll(tls);
}

/* ---- the loop's entries ---- */

static void handle_open(struct tsr_tls *tls, unsigned events)
{
	int r;

	if (events & TSR_POLL_WRITE) {
		r = flush_staged(tls);
		if (r != 0 && r != TSR_ERR_AGAIN) {
			/* Let the reader see what came before the end, if anything did. */
			if (!tls->is_reading || !(events & TSR_POLL_READ)) {
				fail(tls, r);
				return;
			}
		} else if (r == 0 && tls->wants_room) {
			tls->wants_room = false;
			tls->events->on_room(tls->user);
		}
		if (tls->read_wants_write)
			events |= TSR_POLL_READ;
	}
	if (tls->is_closed || tls->state != OPEN || !tls->is_reading)
		return;
	if (events & TSR_POLL_READ) {
		tls->has_drained = tls->is_dry = false;
		tls->events->on_data(tls->user);
	}
}

static void on_poll(void *user, unsigned events)
{
	struct tsr_tls *tls = user;

	tls->is_busy = true;
	switch (tls->state) {
	case PEEKING:
		peek(tls);
		break;
	case SHAKING:
		shake(tls);
		break;
	case OPEN:
		if ((events & TSR_POLL_ERROR) && !tls->is_reading)
			fail(tls, TSR_ERR_CLOSED);
		else
			handle_open(tls, events);
		break;
	case CLOSING:
		go_on_closing(tls);
		break;
	case OVER:
		break;
	}
	leave(tls);
}

static void on_timer(void *user)
{
	struct tsr_tls *tls = user;

	tls->is_busy = true;
	switch (tls->state) {
	case PEEKING:
	case SHAKING:
		fail(tls, TSR_ERR_EXPIRED);
		break;
	case OPEN:
		handle_open(tls, TSR_POLL_READ);
		break;
	case CLOSING:
		fail(tls, TSR_ERR_CLOSED);
		break;
	case OVER:
		break;
	}
	leave(tls);
}

/* ---- making ---- */

static int open_common(struct tsr_tls **out, struct tsr_tls_ctx *ctx, struct tsr_loop *loop, int fd,
	tsr_time timeout, const struct tsr_tls_events *events, void *user)
{
	struct tsr_tls *tls = calloc(1, sizeof(*tls));
	int r;

	*out = NULL;
	if (!tls) {
		tsr_fd_close(&fd);
		return TSR_ERR_NOMEM;
	}
	tls->fd = fd;
	tls->loop = loop;
	tls->ctx = tsr_tls_ctx_ref(ctx);
	tls->events = events;
	tls->user = user;
	tls->is_reading = true;
	if ((r = tsr_poll_open(&tls->poll, loop, fd, on_poll, tls)) != 0 ||
		(r = tsr_timer_open(&tls->timer, loop, on_timer, tls)) != 0) {
		tsr_tls_close(&tls);
		return r;
	}
	tsr_timer_set(tls->timer, tsr_loop_now(loop) + timeout);
	*out = tls;
	return 0;
}

int tsr_tls_open_server(struct tsr_tls **out, struct tsr_tls_ctx *ctx, struct tsr_loop *loop,
	int fd, tsr_time timeout, const struct tsr_tls_events *events, void *user)
{
	int r = open_common(out, ctx, loop, fd, timeout, events, user);

	if (r != 0)
		return r;
	update_poll(*out);
	return 0;
}

static bool expect_host(SSL *ssl, const char *host)
{
	struct in6_addr addr;

	if (inet_pton(AF_INET, host, &addr) == 1 || inet_pton(AF_INET6, host, &addr) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

int tsr_tls_open_client(struct tsr_tls **out, struct tsr_tls_ctx *ctx, struct tsr_loop *loop,
	int fd, const char *host, tsr_time timeout, const struct tsr_tls_events *events, void *user)
{
	struct tsr_tls *tls;
	int r = open_common(&tls, ctx, loop, fd, timeout, events, user);

	*out = NULL;
	if (r != 0)
		return r;
	if ((r = start_ssl(tls)) != 0) {
		tsr_tls_close(&tls);
		return r;
	}
	if (!expect_host(tls->ssl, host)) {
		ERR_clear_error();
		tsr_tls_close(&tls);
		return TSR_ERR_FORMAT;
	}
	SSL_set_connect_state(tls->ssl);
	tls->shake_wants_write = true; /* the ClientHello goes in the loop's next turn */
	update_poll(tls);
	*out = tls;
	return 0;
}

enum tsr_tls_kind tsr_tls_kind(const struct tsr_tls *tls)
{
	return tls->kind;
}

int tsr_tls_release(struct tsr_tls *tls)
{
	int fd = tls->fd;

	tsr_poll_close(&tls->poll);
	tls->fd = -1;
	return fd;
}

int tsr_tls_fd(const struct tsr_tls *tls)
{
	return tls->fd;
}

int tsr_tls_peer_pin(const struct tsr_tls *tls, uint8_t pin[static TSR_TLS_PIN_LEN])
{
	if (!tls->seen.has_pin)
		return TSR_ERR_UNKNOWN;
	memcpy(pin, tls->seen.pin, TSR_TLS_PIN_LEN);
	return 0;
}

void tsr_tls_close(struct tsr_tls **tls_)
{
	struct tsr_tls *tls = *tls_;

	*tls_ = NULL;
	if (!tls)
		return;
	tsr_poll_close(&tls->poll);
	tsr_timer_close(&tls->timer);
	SSL_free(tls->ssl);
	ERR_clear_error();
	drop_staged(tls);
	tsr_fd_close(&tls->fd);
	tsr_tls_ctx_unref(&tls->ctx);
	tls->is_closed = true;
	if (!tls->is_busy)
		free_tls(tls);
}
