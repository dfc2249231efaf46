/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_BASE64URL_H
#define TSR_CRYPTO_BASE64URL_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/* base64url: RFC 4648 section 5 without padding; one text per byte string, no other accepted. */

/* Characters for n bytes, without the terminating NUL. Usable in array sizes. */
#define TSR_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Writes the text and a NUL; cap must be greater than TSR_BASE64URL_LEN(bytes.len).
 * Returns 0 or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_base64url_write(char *out, size_t cap, struct tsr_slice bytes);

/* Reads a text of any length; *len becomes the number of bytes. Returns 0, TSR_ERR_FORMAT (a
 * character outside the alphabet, padding, unused bits that are not zero) or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_base64url_parse(uint8_t *out, size_t cap, size_t *len, struct tsr_slice text);

/* Reads a text of exactly len bytes. Returns 0 or TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_base64url_parse_exact(uint8_t *out, size_t len, struct tsr_slice text);

#endif
