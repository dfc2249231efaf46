/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/demux.h"

#define STUN_HEADER_LEN 20
#define STUN_MAX 2048
#define RECORD_MAX 16384

static enum tsr_demux demux_tls(struct tsr_slice first)
{
	size_t len = first.len > 4 ? (size_t)first.data[3] << 8 | first.data[4] : 1;

	if ((first.len > 1 && first.data[1] != 3) || (first.len > 2 && first.data[2] > 4) ||
		len == 0 || len > RECORD_MAX || (first.len > 5 && first.data[5] != 1))
		return TSR_DEMUX_UNKNOWN;
	return first.len > 5 ? TSR_DEMUX_TLS : TSR_DEMUX_MORE;
}

static enum tsr_demux demux_http(struct tsr_slice first)
{
	static const char *const methods[] = { "GET ", "HEAD ", "POST ", "PUT ", "PATCH ",
		"DELETE ", "OPTIONS ", "CONNECT ", "TRACE " };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]);

		if (memcmp(first.data, methods[i], first.len < len ? first.len : len) == 0)
			return first.len < len ? TSR_DEMUX_MORE : TSR_DEMUX_HTTP;
	}
	return TSR_DEMUX_UNKNOWN;
}

static enum tsr_demux demux_stun(struct tsr_slice first)
{
	static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };
	const uint8_t *p = first.data;
	size_t n = first.len;

	if (n >= 2) {
		size_t len = (size_t)p[0] << 8 | p[1];

		if (len < STUN_HEADER_LEN || len > STUN_MAX || len % 4 != 0 ||
			(n >= 6 && ((size_t)p[4] << 8 | p[5]) != len - STUN_HEADER_LEN))
			return TSR_DEMUX_UNKNOWN;
	}
	if ((n >= 3 && (p[2] & 0xc0)) || (n > 6 && memcmp(p + 6, cookie, n < 10 ? n - 6 : 4) != 0))
		return TSR_DEMUX_UNKNOWN;
	return n < TSR_DEMUX_LEN ? TSR_DEMUX_MORE : TSR_DEMUX_STUN;
}

enum tsr_demux tsr_demux(struct tsr_slice first)
{
	if (first.len == 0)
		return TSR_DEMUX_MORE;
	if (first.data[0] == 0x16)
		return demux_tls(first);
	if (first.data[0] <= STUN_MAX >> 8)
		return demux_stun(first);
	return demux_http(first);
}
