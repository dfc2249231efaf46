/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: every SFU shall protect with the same profile, but each has its own order of preference,
 * Janus AEAD_AES_256_GCM first. So the load client offers one only: the one that browsers get from
 * us, or what BENCH_SRTP_PROFILE says. Linked with --wrap, since nobody but a bench may narrow what
 * core/media/dtls.c offers.
 */
#include <openssl/srtp.h>
#include <stdlib.h>

int __real_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles);
int __wrap_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles);

int __wrap_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles)
{
	const char *wanted = getenv("BENCH_SRTP_PROFILE");

	(void)profiles;
	return __real_SSL_CTX_set_tlsext_use_srtp(ctx, wanted ? wanted : "SRTP_AEAD_AES_128_GCM");
}
