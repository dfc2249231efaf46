/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/err.h"

/* Length of the UTF-8 sequence at p (RFC 3629: no overlong forms, no surrogates), or 0. */
static size_t decode(uint32_t *point, const uint8_t *p, size_t left)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80       ? 1
		     : p[0] >> 5 == 6  ? 2
		     : p[0] >> 4 == 14 ? 3
		     : p[0] >> 3 == 30 ? 4
				       : 0;

	if (len == 0 || len > left)
		return 0;
	*point = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*point = *point << 6 | (p[i] & 0x3fu);
	}
	if (*point < least[len] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return len;
}

static bool is_unwanted(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || /* controls */
	       c == 0x00ad || c == 0x061c ||          /* soft hyphen, Arabic letter mark */
	       c == 0x180e || c == 0xfeff ||          /* invisible */
	       c == 0x200b || c == 0x200e ||
	       c == 0x200f ||                  /* zero width, LRM, RLM; joiners may stay */
	       (c >= 0x2028 && c <= 0x202e) || /* line ends, embeddings, overrides */
	       (c >= 0x2060 && c <= 0x206f) || /* invisible operators, isolates */
	       (c >= 0xfff9 && c <= 0xfffb) ||
	       (c & 0xfffe) == 0xfffe ||       /* annotations, no characters */
	       (c >= 0xe0000 && c <= 0xe0fff); /* tags */
}

int tsr_text_clean(char *out, size_t cap, struct tsr_slice text, size_t max_points)
{
	size_t len = 0, n_points = 0, step;
	uint32_t c;

	out[0] = '\0';
	for (size_t i = 0; i < text.len; i += step) {
		if ((step = decode(&c, text.data + i, text.len - i)) == 0)
			return TSR_ERR_FORMAT;
		if (is_unwanted(c) || (c == ' ' && len == 0) || n_points == max_points ||
			len + step >= cap)
			continue;
		memcpy(out + len, text.data + i, step);
		len += step;
		n_points++;
	}
	while (len > 0 && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
	return 0;
}
