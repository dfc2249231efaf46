/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_DTLS_H
#define TSR_MEDIA_DTLS_H

#include "core/base/time.h"
#include "core/media/packet.h"
#include "core/media/srtp.h"

/*
 * dtls: the DTLS 1.2 handshake that gives SRTP its keys (RFC 5764), by OpenSSL.
 *
 * Both sides show a self-signed certificate; the peer's must have the SHA-256 fingerprint that
 * signalling named, or the handshake fails inside its verification, before any key exists.
 * OpenSSL asks the system's clock when to retransmit (there is no way to tell it the time);
 * everything else is bytes in, bytes out.
 */
#define TSR_DTLS_FINGERPRINT_LEN 32
#define TSR_DTLS_MTU 1200 /* of what we send, UDP payload */

/* One per process, made before the sandbox closes, shared by threads and only read. */
struct tsr_dtls_identity;

/* Draws randomness: an ECDSA P-256 key and its certificate, valid from a day before unix_s
 * (seconds since 1970) for a year. Returns 0, TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_dtls_identity_create(struct tsr_dtls_identity **out, int64_t unix_s);
void tsr_dtls_identity_destroy(struct tsr_dtls_identity *identity); /* NULL is fine */
/* SHA-256 over the certificate, for signalling. */
const uint8_t *tsr_dtls_identity_fingerprint(const struct tsr_dtls_identity *identity);

/* The keys of both directions as the handshake gave them. */
struct tsr_dtls_keys {
	enum tsr_srtp_profile profile;
	uint8_t local_key[TSR_SRTP_KEY_MAX], remote_key[TSR_SRTP_KEY_MAX];
	uint8_t local_salt[TSR_SRTP_SALT_MAX], remote_salt[TSR_SRTP_SALT_MAX];
};

enum tsr_dtls_state {
	TSR_DTLS_SHAKING,
	TSR_DTLS_OPEN,
	TSR_DTLS_CLOSED, /* by the peer */
	TSR_DTLS_FAILED, /* wrong fingerprint, no common profile, bad message, too many timeouts */
};

struct tsr_dtls;

/* Keeps identity. Returns 0, TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_dtls_create(struct tsr_dtls **out, struct tsr_dtls_identity *identity,
	bool is_client, const uint8_t peer_fingerprint[static TSR_DTLS_FINGERPRINT_LEN]);
void tsr_dtls_destroy(struct tsr_dtls *dtls); /* NULL is fine */

/* Begins as client; what it says goes to tuple. */
void tsr_dtls_start(
	struct tsr_dtls *dtls, const struct tsr_tuple *tuple, struct tsr_outbox *outbox);
/* A datagram of a valid tuple; answers go to the tuple to. */
void tsr_dtls_handle_datagram(struct tsr_dtls *dtls, struct tsr_slice datagram,
	const struct tsr_tuple *to, struct tsr_outbox *outbox);
void tsr_dtls_handle_timeout(
	struct tsr_dtls *dtls, const struct tsr_tuple *to, struct tsr_outbox *outbox);
/* How long until handle_timeout() has something to do, or TSR_TIME_NEVER. */
tsr_time tsr_dtls_timeout(const struct tsr_dtls *dtls);
/* Says close_notify. */
void tsr_dtls_close(struct tsr_dtls *dtls, const struct tsr_tuple *to, struct tsr_outbox *outbox);

enum tsr_dtls_state tsr_dtls_state(const struct tsr_dtls *dtls);
/* When OPEN. Wiping *out is the caller's business. Returns 0 or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_dtls_keys(const struct tsr_dtls *dtls, struct tsr_dtls_keys *out);

#endif
