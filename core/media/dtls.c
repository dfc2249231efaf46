/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/dtls.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"

/* Our certificate is ECDSA; a server that the client role meets may have RSA (Janus has). */
#define SUITES \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" \
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
#define GROUPS "X25519:P-256"
#define PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"
#define EXPORTER "EXTRACTOR-dtls_srtp" /* RFC 5764 4.2 */
#define DAY (24 * 60 * 60)
#define YEAR_DAYS 365
#define RETRANSMIT_FIRST_US 100000u /* RFC 6347 4.2.4.1 says 1 s, made for less patient users */
#define RETRANSMIT_MAX_US 1600000u

struct tsr_dtls_identity {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	uint8_t fingerprint[TSR_DTLS_FINGERPRINT_LEN];
};

struct tsr_dtls {
	SSL *ssl;
	bool is_client;
	enum tsr_dtls_state state;
	uint8_t peer_fingerprint[TSR_DTLS_FINGERPRINT_LEN];
	/* What the BIO reads and writes during one call; NULL between calls. */
	struct tsr_slice in;
	const struct tsr_tuple *to;
	struct tsr_outbox *outbox;
};

/* ---- datagrams: a BIO that reads one and writes into the outbox ---- */

static int bio_read(BIO *bio, char *out, int cap)
{
	struct tsr_dtls *dtls = BIO_get_data(bio);
	size_t len = dtls->in.len;

	BIO_clear_retry_flags(bio);
	if (len == 0 || cap <= 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (len > (size_t)cap)
		len = (size_t)cap;
	memcpy(out, dtls->in.data, len);
	dtls->in = tsr_slice(NULL, 0); /* what did not fit is lost, as recv() would */
	return (int)len;
}

static int bio_write(BIO *bio, const char *data, int len)
{
	struct tsr_dtls *dtls = BIO_get_data(bio);
	uint8_t *out;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return 0;
	out = dtls->outbox && dtls->to ? tsr_outbox_space(dtls->outbox, (size_t)len) : NULL;
	if (out) { /* else lost, and sent again by the timer */
		memcpy(out, data, (size_t)len);
		tsr_outbox_commit(dtls->outbox, dtls->to, (size_t)len);
	}
	return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return TSR_DTLS_MTU;
	default:
		return 0;
	}
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");

	if (!method || BIO_meth_set_read(method, bio_read) != 1 ||
		BIO_meth_set_write(method, bio_write) != 1 ||
		BIO_meth_set_ctrl(method, bio_ctrl) != 1) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

/* ---- identity ---- */

static bool sign_certificate(X509 *cert, EVP_PKEY *key, int64_t unix_s)
{
	time_t from = (time_t)(unix_s - DAY);
	X509_NAME *name = X509_get_subject_name(cert);
	uint64_t serial;

	tsr_random(&serial, sizeof(serial));
	return X509_set_version(cert, 2) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1 &&
	       X509_NAME_add_entry_by_txt(
		       name, "CN", MBSTRING_ASC, (const unsigned char *)"media", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1 &&
	       X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), YEAR_DAYS, 0, &from) &&
	       X509_set_pubkey(cert, key) == 1 && X509_sign(cert, key, EVP_sha256()) > 0;
}

static bool fingerprint_of(uint8_t out[static TSR_DTLS_FINGERPRINT_LEN], const X509 *cert)
{
	unsigned len = 0;

	return cert && X509_digest(cert, EVP_sha256(), out, &len) == 1 &&
	       len == TSR_DTLS_FINGERPRINT_LEN;
}

/* In place of a chain of trust: the certificate is the one that signalling named. */
static int verify(X509_STORE_CTX *store, void *unused)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tsr_dtls *dtls = SSL_get_app_data(ssl);
	uint8_t seen[TSR_DTLS_FINGERPRINT_LEN];

	(void)unused;
	if (fingerprint_of(seen, X509_STORE_CTX_get0_cert(store)) &&
		tsr_bytes_equal(tsr_slice(seen, sizeof(seen)),
			tsr_slice(dtls->peer_fingerprint, sizeof(seen))))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static bool set_up_ctx(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	SSL_CTX_set_read_ahead(ctx, 1); /* a datagram is read whole */
	return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, SUITES) == 1 &&
	       SSL_CTX_set1_groups_list(ctx, GROUPS) == 1 &&
	       SSL_CTX_set_tlsext_use_srtp(ctx, PROFILES) == 0 && /* 0 is good here */
	       SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
}

int tsr_dtls_identity_create(struct tsr_dtls_identity **out, int64_t unix_s)
{
	struct tsr_dtls_identity *identity = calloc(1, sizeof(*identity));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int r = TSR_ERR_NOMEM;

	*out = NULL;
	if (!identity || !cert || !(identity->ctx = SSL_CTX_new(DTLS_method())) ||
		!(identity->method = make_method()))
		goto out;
	r = TSR_ERR_CRYPTO;
	if (!key || !sign_certificate(cert, key, unix_s) ||
		!fingerprint_of(identity->fingerprint, cert) ||
		!set_up_ctx(identity->ctx, cert, key))
		goto out;
	*out = identity;
	identity = NULL; /* now the caller's */
	r = 0;
out:
	ERR_clear_error();
	X509_free(cert);
	EVP_PKEY_free(key);
	tsr_dtls_identity_destroy(identity);
	return r;
}

void tsr_dtls_identity_destroy(struct tsr_dtls_identity *identity)
{
	if (!identity)
		return;
	SSL_CTX_free(identity->ctx);
	BIO_meth_free(identity->method);
	free(identity);
}

const uint8_t *tsr_dtls_identity_fingerprint(const struct tsr_dtls_identity *identity)
{
	return identity->fingerprint;
}

/* ---- one peer ---- */

/* 0 asks for the first duration, else the next after this one. */
static unsigned retransmit_after(SSL *ssl, unsigned us)
{
	(void)ssl;
	if (us == 0)
		return RETRANSMIT_FIRST_US;
	return us < RETRANSMIT_MAX_US / 2 ? 2 * us : RETRANSMIT_MAX_US;
}

int tsr_dtls_create(struct tsr_dtls **out, struct tsr_dtls_identity *identity, bool is_client,
	const uint8_t peer_fingerprint[static TSR_DTLS_FINGERPRINT_LEN])
{
	struct tsr_dtls *dtls = calloc(1, sizeof(*dtls));
	BIO *bio = NULL;

	*out = NULL;
	if (!dtls || !(dtls->ssl = SSL_new(identity->ctx)) || !(bio = BIO_new(identity->method)) ||
		SSL_set_app_data(dtls->ssl, dtls) != 1) {
		BIO_free(bio);
		tsr_dtls_destroy(dtls);
		ERR_clear_error();
		return TSR_ERR_NOMEM;
	}
	memcpy(dtls->peer_fingerprint, peer_fingerprint, TSR_DTLS_FINGERPRINT_LEN);
	dtls->is_client = is_client;
	BIO_set_data(bio, dtls);
	BIO_set_init(bio, 1);
	SSL_set_bio(dtls->ssl, bio, bio); /* takes it */
	DTLS_set_link_mtu(dtls->ssl, TSR_DTLS_MTU);
	DTLS_set_timer_cb(dtls->ssl, retransmit_after);
	if (is_client)
		SSL_set_connect_state(dtls->ssl);
	else
		SSL_set_accept_state(dtls->ssl);
	*out = dtls;
	return 0;
}

void tsr_dtls_destroy(struct tsr_dtls *dtls)
{
	if (!dtls)
		return;
	SSL_free(dtls->ssl);
	free(dtls);
}

/* When open, OpenSSL's two buffers, 32 KiB, are there for as long as a call takes. */
static void handshake(struct tsr_dtls *dtls)
{
	int r = SSL_do_handshake(dtls->ssl);

	if (r == 1)
		dtls->state =
			SSL_get_selected_srtp_profile(dtls->ssl) ? TSR_DTLS_OPEN : TSR_DTLS_FAILED;
	else if (SSL_get_error(dtls->ssl, r) != SSL_ERROR_WANT_READ)
		dtls->state = TSR_DTLS_FAILED;
}

/* The peer has nothing to say but close_notify, or its last flight again; data is passed over. */
static void hear(struct tsr_dtls *dtls)
{
	uint8_t data[256];
	int r;

	if (SSL_alloc_buffers(dtls->ssl) != 1)
		return;
	do
		r = SSL_read(dtls->ssl, data, sizeof(data));
	while (r > 0);
	if (SSL_get_shutdown(dtls->ssl) & SSL_RECEIVED_SHUTDOWN)
		dtls->state = TSR_DTLS_CLOSED;
	else if (SSL_get_error(dtls->ssl, r) != SSL_ERROR_WANT_READ)
		dtls->state = TSR_DTLS_FAILED;
}

static bool is_over(const struct tsr_dtls *dtls)
{
	return dtls->state == TSR_DTLS_CLOSED || dtls->state == TSR_DTLS_FAILED;
}

static void lend(struct tsr_dtls *dtls, struct tsr_slice in, const struct tsr_tuple *to,
	struct tsr_outbox *outbox)
{
	dtls->in = in;
	dtls->to = to;
	dtls->outbox = outbox;
}

void tsr_dtls_start(struct tsr_dtls *dtls, const struct tsr_tuple *tuple, struct tsr_outbox *outbox)
{
	tsr_dtls_handle_datagram(dtls, tsr_slice(NULL, 0), tuple, outbox);
}

void tsr_dtls_handle_datagram(struct tsr_dtls *dtls, struct tsr_slice datagram,
	const struct tsr_tuple *to, struct tsr_outbox *outbox)
{
	if (is_over(dtls))
		return;
	lend(dtls, datagram, to, outbox);
	ERR_clear_error();
	if (dtls->state == TSR_DTLS_SHAKING)
		handshake(dtls);
	if (dtls->state == TSR_DTLS_OPEN) { /* also what came behind the last flight */
		hear(dtls);
		SSL_free_buffers(dtls->ssl);
	}
	ERR_clear_error();
	lend(dtls, tsr_slice(NULL, 0), NULL, NULL);
}

void tsr_dtls_handle_timeout(
	struct tsr_dtls *dtls, const struct tsr_tuple *to, struct tsr_outbox *outbox)
{
	if (is_over(dtls))
		return;
	lend(dtls, tsr_slice(NULL, 0), to, outbox);
	ERR_clear_error();
	if (DTLSv1_handle_timeout(dtls->ssl) < 0)
		dtls->state = TSR_DTLS_FAILED;
	ERR_clear_error();
	lend(dtls, tsr_slice(NULL, 0), NULL, NULL);
}

tsr_time tsr_dtls_timeout(const struct tsr_dtls *dtls)
{
	struct timeval left;

	if (dtls->state != TSR_DTLS_SHAKING || DTLSv1_get_timeout(dtls->ssl, &left) != 1)
		return TSR_TIME_NEVER;
	return left.tv_sec * TSR_SECOND + left.tv_usec;
}

void tsr_dtls_close(struct tsr_dtls *dtls, const struct tsr_tuple *to, struct tsr_outbox *outbox)
{
	if (dtls->state == TSR_DTLS_OPEN) {
		lend(dtls, tsr_slice(NULL, 0), to, outbox);
		if (SSL_alloc_buffers(dtls->ssl) == 1)
			(void)SSL_shutdown(dtls->ssl);
		ERR_clear_error();
		lend(dtls, tsr_slice(NULL, 0), NULL, NULL);
	}
	dtls->state = TSR_DTLS_CLOSED;
}

enum tsr_dtls_state tsr_dtls_state(const struct tsr_dtls *dtls)
{
	return dtls->state;
}

int tsr_dtls_keys(const struct tsr_dtls *dtls, struct tsr_dtls_keys *out)
{
	SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(dtls->ssl);
	uint8_t all[2 * (TSR_SRTP_KEY_MAX + TSR_SRTP_SALT_MAX)];
	uint8_t *client_key = dtls->is_client ? out->local_key : out->remote_key;
	uint8_t *server_key = dtls->is_client ? out->remote_key : out->local_key;
	uint8_t *client_salt = dtls->is_client ? out->local_salt : out->remote_salt;
	uint8_t *server_salt = dtls->is_client ? out->remote_salt : out->local_salt;
	size_t key_len, salt_len;

	if (dtls->state != TSR_DTLS_OPEN || !chosen)
		return TSR_ERR_CRYPTO;
	*out = (struct tsr_dtls_keys){ .profile = (enum tsr_srtp_profile)chosen->id };
	key_len = tsr_srtp_key_len(out->profile);
	salt_len = tsr_srtp_salt_len(out->profile);
	if (key_len == 0 || SSL_export_keying_material(dtls->ssl, all, 2 * (key_len + salt_len),
				    EXPORTER, strlen(EXPORTER), NULL, 0, 0) != 1) {
		ERR_clear_error();
		return TSR_ERR_CRYPTO;
	}
	memcpy(client_key, all, key_len);
	memcpy(server_key, all + key_len, key_len);
	memcpy(client_salt, all + 2 * key_len, salt_len);
	memcpy(server_salt, all + 2 * key_len + salt_len, salt_len);
	tsr_wipe(all, sizeof(all));
	return 0;
}
