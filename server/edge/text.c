/* SPDX-License-Identifier: Apache-2.0 */
/* text: what people call themselves, made safe to show beside other text. */
#include <string.h>

#include "core/base/err.h"
#include "server/edge/hello.h"

/* Code points that show nothing, change the direction, or stand for no character. */
static const struct {
	uint32_t first, last;
} unwanted[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x034f, 0x034f },
	{ 0x061c, 0x061c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff },
	{ 0xfe00, 0xfe0e },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0x10ffff },
};

static bool is_unwanted(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		if (c >= unwanted[i].first && c <= unwanted[i].last)
			return true;
	return false;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x202f || c == 0x205f || c == 0x3000 || c == '\t' || c == '\n';
}

/* The code point at *at, which moves behind it; UINT32_MAX when it is not UTF-8. */
static uint32_t next_point(const uint8_t **at)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *c = *at;
	unsigned n = c[0] < 0x80       ? 1
		     : c[0] >> 5 == 6  ? 2
		     : c[0] >> 4 == 14 ? 3
		     : c[0] >> 3 == 30 ? 4
				       : 0;
	uint32_t point;

	if (n == 0)
		return UINT32_MAX;
	point = n == 1 ? c[0] : c[0] & (0x7fu >> n);
	for (unsigned i = 1; i < n; i++) {
		if (c[i] >> 6 != 2)
			return UINT32_MAX;
		point = point << 6 | (c[i] & 0x3f);
	}
	*at = c + n;
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return UINT32_MAX;
	return point;
}

int tsr_hello_clean_text(char *out, size_t cap, const char *text, unsigned max_chars)
{
	const uint8_t *at = (const uint8_t *)text;
	bool blank_waits = false;
	unsigned chars = 0;
	size_t len = 0;

	if (cap > 0)
		out[0] = '\0';
	while (*at) {
		const uint8_t *from = at;
		uint32_t point = next_point(&at);
		size_t n;

		if (point == UINT32_MAX)
			return TSR_ERR_FORMAT;
		if (is_blank(point)) {
			blank_waits = len > 0;
			continue;
		}
		n = (size_t)(at - from);
		if (is_unwanted(point) || chars + blank_waits >= max_chars)
			continue;
		if (len + blank_waits + n + 1 > cap)
			return TSR_ERR_RANGE;
		if (blank_waits)
			out[len++] = ' ';
		chars += 1 + blank_waits;
		blank_waits = false;
		memcpy(out + len, from, n);
		len += n;
	}
	if (len < cap)
		out[len] = '\0';
	return 0;
}
