/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/tls_ctx.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

/* The endpoint profile: forward secrecy and AEAD in one hardware pass, nothing else. */
#define SUITES_13 "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
#define SUITES_12 \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define GROUPS "X25519:P-256"
#define SIGALGS "ECDSA+SHA256:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384"
/* A client must also read the signatures inside public CAs' chains. */
#define CLIENT_SIGALGS SIGALGS ":ECDSA+SHA384:RSA+SHA256:RSA+SHA384:RSA+SHA512"

static const unsigned char alpn_http11[] = "\x08http/1.1";

struct tsr_tls_ctx {
	_Atomic unsigned refs;
	SSL_CTX *ssl;
	bool with_pin;
	uint8_t pin[TSR_TLS_PIN_LEN];
};

static struct tsr_tls_ctx *create(const SSL_METHOD *method, int min_version)
{
	struct tsr_tls_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to sockets without MSG_NOSIGNAL */
	/* Without the system's openssl.cnf: one profile, whatever stands there. */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	atomic_init(&ctx->refs, 1);
	ctx->ssl = SSL_CTX_new(method);
	if (!ctx->ssl || !SSL_CTX_set_min_proto_version(ctx->ssl, min_version) ||
		!SSL_CTX_set_ciphersuites(ctx->ssl, SUITES_13) ||
		!SSL_CTX_set_cipher_list(ctx->ssl, SUITES_12) ||
		!SSL_CTX_set1_groups_list(ctx->ssl, GROUPS)) {
		tsr_tls_ctx_unref(&ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					      SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
					      SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(ctx->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx->ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx->ssl, 0);
	SSL_CTX_set_read_ahead(ctx->ssl, 1); /* one system call for many small records */
	return ctx;
}

/* ---- server ---- */

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *user)
{
	(void)ssl;
	(void)user;
	for (unsigned i = 0; i < in_len && in[i] < in_len - i; i += 1u + in[i]) {
		if (in[i] == alpn_http11[0] && memcmp(in + i, alpn_http11, 9) == 0) {
			*out = in + i + 1;
			*out_len = in[i];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool use_chain(SSL_CTX *ssl, struct tsr_slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool ok = cert && SSL_CTX_use_certificate(ssl, cert) == 1;

	X509_free(cert);
	while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		ok = SSL_CTX_add0_chain_cert(ssl, cert) == 1;
		if (!ok)
			X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error(); /* the end of the file reads as an error */
	return ok;
}

static bool use_key(SSL_CTX *ssl, struct tsr_slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	/* "" as pass phrase: an encrypted key fails rather than asking on the terminal */
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;
	bool ok =
		key && SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

int tsr_tls_ctx_create_server(
	struct tsr_tls_ctx **out, struct tsr_slice chain_pem, struct tsr_slice key_pem)
{
	struct tsr_tls_ctx *ctx = create(TLS_server_method(), TLS1_2_VERSION);

	*out = NULL;
	if (!ctx || !SSL_CTX_set1_sigalgs_list(ctx->ssl, SIGALGS)) {
		tsr_tls_ctx_unref(&ctx);
		return TSR_ERR_CRYPTO;
	}
	SSL_CTX_set_alpn_select_cb(ctx->ssl, select_alpn, NULL);
	if (!use_chain(ctx->ssl, chain_pem) || !use_key(ctx->ssl, key_pem)) {
		tsr_tls_ctx_unref(&ctx);
		return TSR_ERR_CONFIG;
	}
	*out = ctx;
	return 0;
}

/* ---- client ---- */

static bool pin_of(X509 *cert, uint8_t pin[static TSR_TLS_PIN_LEN])
{
	unsigned char *der = NULL;
	int len = cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der) : -1;
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, pin, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return ok;
}

static int verify(X509_STORE_CTX *store, void *user)
{
	const struct tsr_tls_ctx *ctx = user;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tsr_tls_seen *seen = ssl ? SSL_get_app_data(ssl) : NULL;
	uint8_t pin[TSR_TLS_PIN_LEN];
	bool ok = pin_of(X509_STORE_CTX_get0_cert(store), pin);

	if (seen && ok) {
		seen->has_pin = true;
		memcpy(seen->pin, pin, sizeof(pin));
	}
	if (!ctx->with_pin)
		return X509_verify_cert(store);
	ok = ok && CRYPTO_memcmp(pin, ctx->pin, sizeof(pin)) == 0;
	X509_STORE_CTX_set_error(store, ok ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
	return ok;
}

int tsr_tls_ctx_create_client(struct tsr_tls_ctx **out, const struct tsr_tls_trust *trust)
{
	struct tsr_tls_ctx *ctx = create(TLS_client_method(), TLS1_3_VERSION);
	int r = TSR_ERR_CRYPTO;

	*out = NULL;
	if (!ctx || !SSL_CTX_set1_sigalgs_list(ctx->ssl, CLIENT_SIGALGS) ||
		SSL_CTX_set_alpn_protos(ctx->ssl, alpn_http11, 9) != 0)
		goto fail;
	ctx->with_pin = trust->with_pin;
	memcpy(ctx->pin, trust->pin, sizeof(ctx->pin));
	SSL_CTX_set_verify(ctx->ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx->ssl, verify, ctx);
	if (trust->with_pin) {
		*out = ctx;
		return 0;
	}
	r = TSR_ERR_CONFIG;
	if (trust->ca_file ? SSL_CTX_load_verify_file(ctx->ssl, trust->ca_file) != 1
			   : SSL_CTX_set_default_verify_paths(ctx->ssl) != 1)
		goto fail;
	*out = ctx;
	return 0;
fail:
	ERR_clear_error();
	tsr_tls_ctx_unref(&ctx);
	return r;
}

/* ---- both ---- */

struct tsr_tls_ctx *tsr_tls_ctx_ref(struct tsr_tls_ctx *ctx)
{
	atomic_fetch_add(&ctx->refs, 1);
	return ctx;
}

void tsr_tls_ctx_unref(struct tsr_tls_ctx **ctx_)
{
	struct tsr_tls_ctx *ctx = *ctx_;

	*ctx_ = NULL;
	if (!ctx || atomic_fetch_sub(&ctx->refs, 1) != 1)
		return;
	SSL_CTX_free(ctx->ssl);
	free(ctx);
}

SSL_CTX *tsr_tls_ctx_ssl(const struct tsr_tls_ctx *ctx)
{
	return ctx->ssl;
}

bool tsr_tls_ctx_with_pin(const struct tsr_tls_ctx *ctx)
{
	return ctx->with_pin;
}
