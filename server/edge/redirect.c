/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/redirect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/http.h"
#include "server/edge/worker.h"

enum { HOST_MAX = 255, PORT_DIGITS_MAX = 5, REDIRECT_HEAD_MAX = 1024 };

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
	const uint8_t *colon = host.len ? memrchr(host.data, ':', host.len) : NULL;
	const uint8_t *bracket = host.len ? memrchr(host.data, ']', host.len) : NULL;
	struct tsr_slice name = host;

	if (colon && (!bracket || colon > bracket)) {
		size_t len = (size_t)(colon - host.data);

		if (!is_port(tsr_slice(colon + 1, host.len - len - 1)))
			return tsr_slice(NULL, 0);
		name = tsr_slice(host.data, len);
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

static int queue_redirect(struct tsr_http *http, const char *location)
{
	struct tsr_msg *msg = tsr_msg_create(REDIRECT_HEAD_MAX + strlen(location));
	struct tsr_writer wr;
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	wr = tsr_writer(msg->data, msg->len);
	tsr_http_write_status(&wr, 308);
	tsr_http_write_header(&wr, "Location", tsr_slice_str(location));
	tsr_http_write_header_u64(&wr, "Content-Length", 0);
	tsr_http_write_header(&wr, "Cache-Control", tsr_slice_str("no-store"));
	tsr_http_write_header(&wr, "Connection", tsr_slice_str("close"));
	tsr_http_write_end(&wr);
	r = tsr_writer_end(&wr);
	if (r != 0) {
		tsr_msg_unref(&msg);
		return r;
	}
	msg->len = (uint32_t)wr.len;
	return tsr_sendq_add(&http->conn->out, msg, TSR_SENDQ_FREE);
}

void tsr_redirect_answer(struct tsr_http *http)
{
	const struct tsr_slice *host = tsr_http_find(&http->request.head, "Host");
	const struct tsr_child *child = http->conn->worker->edge->child;
	char location[TSR_HTTP_HEAD_MAX];

	if (!host || tsr_redirect_write(location, sizeof(location), *host, http->request.target,
			     child->ports[0]) != 0) {
		tsr_http_answer_error(http, 400, true);
		return;
	}
	tsr_metric_count(&tsr_edge_counters.redirects, 1);
	if (queue_redirect(http, location) != 0)
		tsr_sendq_finish(&http->conn->out);
	tsr_conn_end(http->conn);
}
