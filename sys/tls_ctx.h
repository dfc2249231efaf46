/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_TLS_CTX_H
#define TSR_SYS_TLS_CTX_H

#include <openssl/ssl.h>

#include "sys/tls.h"

/* What tls.c needs of a context. For the files of sys. */
SSL_CTX *tsr_tls_ctx_ssl(const struct tsr_tls_ctx *ctx);
bool tsr_tls_ctx_with_pin(const struct tsr_tls_ctx *ctx); /* name and CAs do not matter */

/* Kept per connection as the SSL's app data: the key that the peer showed, believed or not. */
struct tsr_tls_seen {
	bool has_pin;
	uint8_t pin[TSR_TLS_PIN_LEN];
};

#endif
