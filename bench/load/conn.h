/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_LOAD_CONN_H
#define TSR_BENCH_LOAD_CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * conn: the lean receiving side of a load: one TLS connection with WebSocket messages on it.
 * Opened in blocking calls, then switched to non-blocking for the epoll loop of the caller. The
 * same code receives from our edge and from the peer, so that neither is measured by its clients.
 *
 * A load that does not work is no measurement: every failure ends the program with a sentence.
 */
struct bench_conn {
	int fd;
	SSL *ssl;
	uint8_t *in; /* what has arrived and was not consumed */
	size_t in_at, in_len;
	uint8_t *out; /* what the socket did not take yet */
	size_t out_len, out_cap;
	uint8_t *early; /* messages that came before their time: u32 length, bytes */
	size_t early_len;
	bool is_blocking;
	void *owner;    /* the caller's */
	int role;       /* the caller's */
	uint32_t epoch; /* newest that was announced on it */
};

#define BENCH_IN_CAP (192u * 1024)

/* Prints "NAME: sentence" and ends the program. */
_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Settings for all connections: TLS 1.3, AES-256-GCM; no certificate is looked at. */
SSL_CTX *bench_client_ctx(void);

/* Connects to 127.0.0.1:port from 127.0.<net>.1 and shakes hands. */
void bench_conn_open(struct bench_conn *conn, SSL_CTX *ctx, uint16_t port, unsigned net);
void bench_conn_close(struct bench_conn *conn);

/* Sends all bytes as they are; queues what a non-blocking socket does not take. */
void bench_conn_write(struct bench_conn *conn, struct tsr_slice bytes);
/* Writes what is queued; true when nothing is left. */
bool bench_conn_flush(struct bench_conn *conn);

/* Reads what is there (blocking: at least one byte). False when nothing was. */
bool bench_conn_read(struct bench_conn *conn);

/* Upgrades to /v1/session. */
void bench_conn_upgrade(struct bench_conn *conn, uint16_t port);

/* Sends one binary message: kind, then body. */
void bench_conn_send(struct bench_conn *conn, uint8_t kind, struct tsr_slice body);

/* Next whole binary message in what has arrived, valid until the next read. Blocking connections
 * wait for one. */
bool bench_conn_next(struct bench_conn *conn, struct tsr_slice *message);

void bench_conn_set_blocking(struct bench_conn *conn, bool on);

#endif
