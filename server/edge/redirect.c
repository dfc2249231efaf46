/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/redirect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"

enum { HOST_MAX = 255, PORT_DIGITS_MAX = 5 };

static bool is_name(struct tsr_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum(text.data[i]) && text.data[i] != '.' && text.data[i] != '-')
			return false;
	return text.len > 0 && text.len <= HOST_MAX && text.data[0] != '.' && text.data[0] != '-';
}

static bool is_ipv6(struct tsr_slice text)
{
	if (text.len < 4 || text.data[0] != '[' || text.data[text.len - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < text.len; i++)
		if (!isxdigit(text.data[i]) && text.data[i] != ':' && text.data[i] != '.')
			return false;
	return text.len <= 47;
}

static bool is_port(struct tsr_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isdigit(text.data[i]))
			return false;
	return text.len > 0 && text.len <= PORT_DIGITS_MAX;
}

struct tsr_slice tsr_redirect_host_name(struct tsr_slice host)
{
	struct tsr_slice name = host;
	size_t colon = host.len;

	/* The last colon, unless it lies inside the brackets of an address. */
	while (colon > 0 && host.data[colon - 1] != ':' && host.data[colon - 1] != ']')
		colon--;
	if (colon > 0 && host.data[colon - 1] == ':') {
		if (!is_port(tsr_slice(host.data + colon, host.len - colon)))
			return tsr_slice(NULL, 0);
		name.len = colon - 1;
	}
	return is_name(name) || is_ipv6(name) ? name : tsr_slice(NULL, 0);
}

int tsr_redirect_write(
	char *out, size_t cap, struct tsr_slice host, struct tsr_slice target, uint16_t port)
{
	struct tsr_slice name = tsr_redirect_host_name(host);
	char port_text[8] = "";
	int n;

	if (name.len == 0)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < target.len; i++)
		if (target.data[i] <= ' ' || target.data[i] >= 0x7f)
			return TSR_ERR_FORMAT;
	if (port != 443)
		snprintf(port_text, sizeof(port_text), ":%u", port);
	n = snprintf(out, cap, "https://%.*s%s%.*s", (int)name.len, (const char *)name.data,
		port_text, (int)target.len, (const char *)target.data);
	return n < 0 || (size_t)n >= cap ? TSR_ERR_TOO_BIG : 0;
}
