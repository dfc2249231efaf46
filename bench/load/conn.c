/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/load/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/writer.h"
#include "core/crypto/random.h"
#include "core/wire/http.h"
#include "core/wire/websocket.h"

#define PATIENCE_S 20
#define CLIENT_HEADER_MAX 14

void bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

SSL_CTX *bench_client_ctx(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
		!SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384"))
		bench_die("OpenSSL does not start");
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return ctx;
}

static int connect_from(uint16_t port, unsigned net)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	from.sin_addr.s_addr = htonl(0x7f000001u | (net & 0xff) << 8);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		bench_die("no more sockets: %s (ulimit -n)", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		bench_die("no connection to port %u: %s", port, strerror(errno));
	return fd;
}

void bench_conn_open(struct bench_conn *conn, SSL_CTX *ctx, uint16_t port, unsigned net)
{
	*conn = (struct bench_conn){ .fd = connect_from(port, net), .is_blocking = true };
	conn->ssl = SSL_new(ctx);
	conn->in = malloc(BENCH_IN_CAP);
	if (!conn->ssl || !conn->in || !SSL_set_fd(conn->ssl, conn->fd))
		bench_die("out of memory");
	if (SSL_connect(conn->ssl) != 1)
		bench_die("the TLS handshake failed on port %u", port);
}

void bench_conn_close(struct bench_conn *conn)
{
	if (conn->ssl) {
		SSL_free(conn->ssl);
		close(conn->fd);
	}
	free(conn->in);
	free(conn->out);
	free(conn->early);
	*conn = (struct bench_conn){ .fd = -1 };
}

void bench_conn_set_blocking(struct bench_conn *conn, bool on)
{
	int flags = fcntl(conn->fd, F_GETFL);

	if (flags < 0 || fcntl(conn->fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK))
		bench_die("fcntl: %s", strerror(errno));
	conn->is_blocking = on;
}

/* ---- bytes ------------------------------------------------------------------------------- */

static void queue(struct bench_conn *conn, struct tsr_slice bytes)
{
	if (conn->out_len + bytes.len > conn->out_cap) {
		conn->out_cap = 2 * (conn->out_len + bytes.len);
		conn->out = realloc(conn->out, conn->out_cap);
		if (!conn->out)
			bench_die("out of memory");
	}
	memcpy(conn->out + conn->out_len, bytes.data, bytes.len);
	conn->out_len += bytes.len;
}

bool bench_conn_flush(struct bench_conn *conn)
{
	size_t done = 0;

	while (done < conn->out_len) {
		size_t n = 0;

		if (SSL_write_ex(conn->ssl, conn->out + done, conn->out_len - done, &n) == 1) {
			done += n;
			continue;
		}
		if (SSL_get_error(conn->ssl, 0) != SSL_ERROR_WANT_WRITE)
			bench_die("the server closed a connection that was written to");
		break;
	}
	memmove(conn->out, conn->out + done, conn->out_len - done);
	conn->out_len -= done;
	return conn->out_len == 0;
}

void bench_conn_write(struct bench_conn *conn, struct tsr_slice bytes)
{
	queue(conn, bytes);
	bench_conn_flush(conn);
}

bool bench_conn_read(struct bench_conn *conn)
{
	size_t n = 0;
	int r;

	if (conn->in_at > 0) {
		memmove(conn->in, conn->in + conn->in_at, conn->in_len - conn->in_at);
		conn->in_len -= conn->in_at;
		conn->in_at = 0;
	}
	if (conn->in_len == BENCH_IN_CAP)
		bench_die("a message is longer than any should be");
	if (SSL_read_ex(conn->ssl, conn->in + conn->in_len, BENCH_IN_CAP - conn->in_len, &n) == 1) {
		conn->in_len += n;
		return true;
	}
	r = SSL_get_error(conn->ssl, 0);
	if (r == SSL_ERROR_WANT_READ && !conn->is_blocking)
		return false;
	bench_die(r == SSL_ERROR_WANT_READ ? "no answer within %d s"
					   : "the server closed a connection (limit %d s)",
		PATIENCE_S);
}

/* ---- WebSocket --------------------------------------------------------------------------- */

void bench_conn_upgrade(struct bench_conn *conn, uint16_t port)
{
	char key[TSR_WEBSOCKET_KEY_LEN + 1], host[32];
	uint8_t request[512], head[TSR_HTTP_HEAD_MAX], nonce[16];
	struct tsr_http_response response;
	struct tsr_writer wr = tsr_writer(request, sizeof(request));
	size_t used;
	int r = TSR_ERR_AGAIN;

	tsr_random(nonce, sizeof(nonce));
	tsr_websocket_key(key, nonce);
	snprintf(host, sizeof(host), "localhost:%u", port);
	tsr_websocket_write_request(&wr, host, "/v1/session", key, "tessera.v1");
	bench_conn_write(conn, tsr_slice(request, wr.len));
	tsr_http_response_init(&response, head, sizeof(head), 0);
	while (r == TSR_ERR_AGAIN) {
		bench_conn_read(conn);
		r = tsr_http_response_feed(&response,
			tsr_slice(conn->in + conn->in_at, conn->in_len - conn->in_at), &used);
		conn->in_at += used;
	}
	if (r != 0 || tsr_websocket_check_response(&response, key, "tessera.v1") != 0)
		bench_die("the server refused the WebSocket");
}

void bench_conn_send(struct bench_conn *conn, uint8_t kind, struct tsr_slice body)
{
	static const uint8_t mask[4] = { 0x35, 0xa1, 0x0e, 0x7c };
	size_t len = body.len + 1, head = 2;
	uint8_t *out = malloc(CLIENT_HEADER_MAX + len);

	if (!out)
		bench_die("out of memory");
	out[0] = 0x82; /* FIN, binary */
	if (len < 126) {
		out[1] = (uint8_t)(0x80 | len);
	} else if (len < 65536) {
		out[1] = 0x80 | 126;
		out[head++] = (uint8_t)(len >> 8);
		out[head++] = (uint8_t)len;
	} else {
		bench_die("a message of %zu bytes is not foreseen", len);
	}
	memcpy(out + head, mask, 4);
	head += 4;
	out[head] = kind ^ mask[0];
	for (size_t i = 0; i < body.len; i++)
		out[head + 1 + i] = body.data[i] ^ mask[(i + 1) % 4];
	bench_conn_write(conn, tsr_slice(out, head + len));
	free(out);
}

/* Takes one frame off what has arrived. Returns its opcode, or -1 when it is not there yet. */
static int take_frame(struct bench_conn *conn, struct tsr_slice *payload)
{
	const uint8_t *p = conn->in + conn->in_at;
	size_t have = conn->in_len - conn->in_at, head = 2;
	uint64_t len;

	if (have < 2)
		return -1;
	len = p[1] & 0x7f;
	head += len == 126 ? 2 : len == 127 ? 8 : 0;
	if (have < head)
		return -1;
	if (len >= 126) {
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | p[i];
	}
	if (have - head < len)
		return -1;
	*payload = tsr_slice(p + head, (size_t)len);
	conn->in_at += head + (size_t)len;
	return p[0] & 0x0f;
}

bool bench_conn_next(struct bench_conn *conn, struct tsr_slice *message)
{
	for (;;) {
		int opcode = take_frame(conn, message);

		if (opcode == TSR_WEBSOCKET_BINARY && message->len > 0)
			return true;
		if (opcode == TSR_WEBSOCKET_CLOSE)
			bench_die("the server closed a WebSocket with code %u",
				message->len >= 2
					? (unsigned)(message->data[0] << 8 | message->data[1])
					: 0u);
		if (opcode < 0 && (!conn->is_blocking || !bench_conn_read(conn)))
			return false;
	}
}
