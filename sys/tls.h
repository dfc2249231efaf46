/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_TLS_H
#define TSR_SYS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "sys/loop.h"

/*
 * tls: a connection under TLS on the loop. One profile, nothing to configure: TLS 1.3 and 1.2
 * (clients: 1.3 only), AES-GCM with ECDHE, no tickets, no renegotiation, ALPN http/1.1 only.
 *
 * The socket is given to OpenSSL itself. Nothing is queued here but the one record that the
 * kernel did not take (at most 16 KiB): who writes keeps his own queue and goes on at on_room.
 */
#define TSR_TLS_RECORD_LEN 16384
#define TSR_TLS_PIN_LEN 32 /* SHA-256 of the certificate's SubjectPublicKeyInfo, DER */

/* ---- settings, shared by many connections, any thread ---- */

struct tsr_tls_ctx;

/* chain and key in PEM (borrows). TSR_ERR_CONFIG when they do not parse or do not belong together.
 * A reload makes a new one and drops the old: open connections keep what they began with. */
TSR_CHECKED int tsr_tls_ctx_create_server(
	struct tsr_tls_ctx **out, struct tsr_slice chain_pem, struct tsr_slice key_pem);

/* What a client believes. Any of the three; with none the system's CAs. There is no "believe all".
 */
struct tsr_tls_trust {
	bool with_pin; /* the leaf's key must be this one; CAs and name then do not matter */
	uint8_t pin[TSR_TLS_PIN_LEN];
	const char *ca_file; /* PEM file of CAs used instead of the system's, or NULL */
};
TSR_CHECKED int tsr_tls_ctx_create_client(
	struct tsr_tls_ctx **out, const struct tsr_tls_trust *trust);

struct tsr_tls_ctx *tsr_tls_ctx_ref(struct tsr_tls_ctx *ctx);
void tsr_tls_ctx_unref(struct tsr_tls_ctx **ctx);

/* ---- one connection ---- */

/* What the first bytes were. */
enum tsr_tls_kind {
	TSR_TLS_NOTHING, /* not known yet */
	TSR_TLS_SECURE,  /* TLS, and the handshake is through */
	TSR_TLS_PLAIN,   /* a plain HTTP request line: read and write go bare, for the redirect */
	TSR_TLS_STUN,    /* ICE (RFC 4571): nothing was read; tsr_tls_release() gives the socket */
};

/* All four may close the connection. */
struct tsr_tls_events {
	void (*on_open)(void *user); /* may be written to; tsr_tls_kind() says how */
	void (*on_data)(void *user); /* read until TSR_ERR_AGAIN, or stop and be called again */
	void (*on_room)(void *user); /* writing can go on after TSR_ERR_AGAIN or a short write */
	void (*on_close)(
		void *user, int err); /* over: TSR_ERR_CLOSED by the peer, TSR_ERR_EXPIRED
				       * handshake too slow, TSR_ERR_FORMAT neither TLS nor HTTP,
				       * TSR_ERR_AUTH certificate not believed, TSR_ERR_IO. Called
				       * once; the owner then calls tsr_tls_close(). */
};

struct tsr_tls;

/* Takes fd in any case, a failure too. events must stay; ctx is referenced. The peer has timeout
 * until on_open. Callbacks come from the loop, never from inside this call. */
TSR_CHECKED int tsr_tls_open_server(struct tsr_tls **out, struct tsr_tls_ctx *ctx,
	struct tsr_loop *loop, int fd, tsr_time timeout, const struct tsr_tls_events *events,
	void *user);

/* host is the name to send and to expect (copied). */
TSR_CHECKED int tsr_tls_open_client(struct tsr_tls **out, struct tsr_tls_ctx *ctx,
	struct tsr_loop *loop, int fd, const char *host, tsr_time timeout,
	const struct tsr_tls_events *events, void *user);

enum tsr_tls_kind tsr_tls_kind(const struct tsr_tls *tls);
int tsr_tls_fd(const struct tsr_tls *tls);

/* Gives the socket away, the caller's from now on; then close. */
int tsr_tls_release(struct tsr_tls *tls);

/* Reads into buf. 0 with n > 0; TSR_ERR_AGAIN when nothing is there; TSR_ERR_CLOSED; TSR_ERR_IO. */
TSR_CHECKED int tsr_tls_read(struct tsr_tls *tls, void *buf, size_t cap, size_t *n);

/* Writes the slices one after the other, as few records as will do. *written counts the bytes
 * taken, which may be fewer than given: then on_room comes. TSR_ERR_AGAIN when none was taken.
 * Bytes taken need not be kept by the caller. */
TSR_CHECKED int tsr_tls_write(
	struct tsr_tls *tls, const struct tsr_slice *slices, size_t n_slices, size_t *written);

/* What arrives from now on is no secret (sealed beneath TLS, or worthless): OpenSSL need not wipe
 * its 16 KiB buffer after each read, which costs more than a short record itself. */
void tsr_tls_stop_wiping(struct tsr_tls *tls);

/* Stops (false) or starts (true, as at the beginning) reading: back-pressure on the peer. */
void tsr_tls_set_reading(struct tsr_tls *tls, bool on);

/* Sends what was taken and a close notify, waits at most 2 s for the peer, then on_close.
 * No on_data or on_room any more. */
void tsr_tls_shutdown(struct tsr_tls *tls);

void tsr_tls_close(struct tsr_tls **tls); /* at once; clears the pointer; NULL inside is fine */

/* SHA-256 of the peer's public key, for the message that tells a user which pin was seen. */
TSR_CHECKED int tsr_tls_peer_pin(const struct tsr_tls *tls, uint8_t pin[static TSR_TLS_PIN_LEN]);

#endif
