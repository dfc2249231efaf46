/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: every SFU shall protect with the same profile, but each has its own order of preference,
 * Janus AEAD_AES_256_GCM first. So the load client offers one only, the one that browsers get from
 * us. Linked with
 * --wrap, since nobody but a bench may narrow what core/media/dtls.c offers.
 */
#include <openssl/srtp.h>

int __real_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles);
int __wrap_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles);

int __wrap_SSL_CTX_set_tlsext_use_srtp(SSL_CTX *ctx, const char *profiles)
{
	(void)profiles;
	return __real_SSL_CTX_set_tlsext_use_srtp(ctx, "SRTP_AEAD_AES_128_GCM");
}
