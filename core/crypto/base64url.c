/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/base64url.h"

#include <stdint.h>

#include "core/base/err.h"

/* Both directions work without tables and without branches on the data: what is coded here is
 * often a secret. */

/* All ones where lo <= c <= hi. */
static uint32_t within(uint32_t c, uint32_t lo, uint32_t hi)
{
	return (uint32_t)((int32_t)(~((c - lo) | (hi - c))) >> 31);
}

static char character(uint32_t six)
{
	uint32_t c = (within(six, 0, 25) & (six + 'A')) | (within(six, 26, 51) & (six - 26 + 'a')) |
		     (within(six, 52, 61) & (six - 52 + '0')) | (within(six, 62, 62) & '-') |
		     (within(six, 63, 63) & '_');

	return (char)c;
}

/* The six bits of a character, or 64. */
static uint32_t value(uint8_t c)
{
	uint32_t v = (within(c, 'A', 'Z') & (c - 'A' + 1u)) |
		     (within(c, 'a', 'z') & (c - 'a' + 27u)) |
		     (within(c, '0', '9') & (c - '0' + 53u)) | (within(c, '-', '-') & 63) |
		     (within(c, '_', '_') & 64);

	return v ? v - 1 : 64;
}

int tsr_base64url_write(char *out, size_t cap, struct tsr_slice bytes)
{
	uint32_t acc = 0;
	unsigned int bits = 0;

	if (cap <= TSR_BASE64URL_LEN(bytes.len))
		return TSR_ERR_TOO_BIG;
	for (size_t i = 0; i < bytes.len; i++) {
		acc = (acc << 8 | bytes.data[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = character(acc >> (bits - 6) & 63);
	}
	if (bits)
		*out++ = character(acc << (6 - bits) & 63);
	*out = '\0';
	return 0;
}

int tsr_base64url_parse(uint8_t *out, size_t cap, size_t *len, struct tsr_slice text)
{
	uint32_t acc = 0, bad = 0;
	unsigned int bits = 0;
	size_t n = 0;

	*len = 0;
	if (text.len % 4 == 1)
		return TSR_ERR_FORMAT;
	if (text.len / 4 * 3 + text.len % 4 * 3 / 4 > cap)
		return TSR_ERR_TOO_BIG;
	for (size_t i = 0; i < text.len; i++) {
		uint32_t six = value(text.data[i]);

		bad |= six & 64;
		acc = (acc << 6 | (six & 63)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	if (bad || (acc & ((1u << bits) - 1)))
		return TSR_ERR_FORMAT;
	*len = n;
	return 0;
}

int tsr_base64url_parse_exact(uint8_t *out, size_t len, struct tsr_slice text)
{
	size_t n;

	if (text.len != TSR_BASE64URL_LEN(len))
		return TSR_ERR_FORMAT;
	return tsr_base64url_parse(out, len, &n, text);
}
