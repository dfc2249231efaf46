/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: two steps. gather() takes bytes until CR LF CR LF and refuses at once what may stand in
 * no head; then the head is taken apart, line by line. So the result does not depend on how the
 * bytes were cut.
 */
#include "core/wire/http.h"

#include <strings.h>

#include "core/base/err.h"

#define LINE_END_LEN 4 /* CR LF CR LF */

static bool is_token_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct tsr_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_char(text.data[i]))
			return false;
	return text.len > 0;
}

static bool is_same(struct tsr_slice a, const char *b)
{
	return a.len == strlen(b) && strncasecmp((const char *)a.data, b, a.len) == 0;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct tsr_slice trim(struct tsr_slice text)
{
	while (text.len && is_blank(text.data[0]))
		text = tsr_slice(text.data + 1, text.len - 1);
	while (text.len && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* Cuts text before the first c; *rest becomes what is behind it. False when there is none. */
static bool cut(struct tsr_slice *before, struct tsr_slice *rest, struct tsr_slice text, char c)
{
	const uint8_t *at = text.len ? memchr(text.data, c, text.len) : NULL;

	if (!at)
		return false;
	*before = tsr_slice(text.data, (size_t)(at - text.data));
	*rest = tsr_slice(at + 1, text.len - before->len - 1);
	return true;
}

/* ---- gathering ------------------------------------------------------------------------ */

static void head_init(struct tsr_http_head *head, void *buf, size_t cap)
{
	memset(head, 0, sizeof(*head));
	head->buf = buf;
	head->cap = cap < TSR_HTTP_HEAD_MAX ? cap : TSR_HTTP_HEAD_MAX;
}

/* Takes one byte. */
static int gather_byte(struct tsr_http_head *head, uint8_t c)
{
	bool after_cr = head->line_end & 1;

	if (head->len == head->cap)
		return TSR_ERR_TOO_BIG;
	if (after_cr != (c == '\n'))
		return TSR_ERR_FORMAT;
	if (c == '\n')
		head->line_end++;
	else if (c == '\r')
		head->line_end = head->line_end == 2 ? 3 : 1;
	else if ((c < ' ' && c != '\t') || c == 0x7f)
		return TSR_ERR_FORMAT;
	else
		head->line_end = 0;
	head->buf[head->len++] = c;
	return 0;
}

/* Returns 0 when the head is whole, TSR_ERR_AGAIN when more is needed, or what is wrong. */
static int gather(struct tsr_http_head *head, struct tsr_slice in, size_t *used)
{
	*used = 0;
	while (*used < in.len && head->line_end < LINE_END_LEN) {
		int r = gather_byte(head, in.data[*used]);

		if (r != 0)
			return r;
		++*used;
	}
	return head->line_end == LINE_END_LEN ? 0 : TSR_ERR_AGAIN;
}

/* ---- headers -------------------------------------------------------------------------- */

static bool is_singleton(struct tsr_slice name)
{
	static const char *const names[] = { "Host", "Content-Length", "Content-Type", "Origin",
		"Authorization", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
		"Sec-WebSocket-Accept" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_same(name, names[i]))
			return true;
	return false;
}

static bool has_name(const struct tsr_http_head *head, struct tsr_slice name)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		struct tsr_slice other = head->headers[i].name;

		if (other.len == name.len && strncasecmp((const char *)other.data,
						     (const char *)name.data, name.len) == 0)
			return true;
	}
	return false;
}

static int parse_header(struct tsr_http_head *head, struct tsr_slice line)
{
	struct tsr_http_header header;

	/* A name that is a token excludes folded lines and blanks before the colon. */
	if (!cut(&header.name, &header.value, line, ':') || !is_token(header.name))
		return TSR_ERR_FORMAT;
	header.value = trim(header.value);
	if (is_singleton(header.name) && has_name(head, header.name))
		return TSR_ERR_FORMAT;
	if (head->n_headers == TSR_HTTP_HEADERS_MAX)
		return TSR_ERR_TOO_BIG;
	head->headers[head->n_headers++] = header;
	return 0;
}

/* Takes the next line off rest, which ends in CR LF always. */
static struct tsr_slice take_line(struct tsr_slice *rest)
{
	struct tsr_slice line = *rest;

	if (cut(&line, rest, *rest, '\n') && line.len)
		line.len--;
	return line;
}

static int parse_headers(struct tsr_http_head *head, struct tsr_slice rest)
{
	while (rest.len) {
		struct tsr_slice line = take_line(&rest);
		int r = line.len ? parse_header(head, line) : 0;

		if (r != 0)
			return r;
	}
	return 0;
}

static int parse_content_length(struct tsr_http_head *head)
{
	const struct tsr_slice *text = tsr_http_find(head, "Content-Length");

	if (!text)
		return 0;
	if (text->len == 0 || text->len > 18)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] < '0' || text->data[i] > '9')
			return TSR_ERR_FORMAT;
		head->content_length = head->content_length * 10 + (text->data[i] - '0');
	}
	head->has_content_length = true;
	return 0;
}

/* "HTTP/1.1" */
static int parse_version(struct tsr_http_head *head, struct tsr_slice text)
{
	if (text.len != 8 || memcmp(text.data, "HTTP/", 5) != 0 || text.data[6] != '.')
		return TSR_ERR_FORMAT;
	if (text.data[5] != '1' || (text.data[7] != '0' && text.data[7] != '1'))
		return TSR_ERR_VERSION;
	head->minor_version = text.data[7] - '0';
	return 0;
}

static void parse_keep_alive(struct tsr_http_head *head)
{
	if (head->minor_version == 0)
		head->keep_alive = tsr_http_has_token(head, "Connection", "keep-alive");
	else
		head->keep_alive = !tsr_http_has_token(head, "Connection", "close");
}

/* ---- requests ------------------------------------------------------------------------- */

void tsr_http_request_init(
	struct tsr_http_request *request, void *buf, size_t cap, uint64_t body_max)
{
	memset(request, 0, sizeof(*request));
	head_init(&request->head, buf, cap);
	request->body_max = body_max;
}

/* Only the origin form, "/path?query": we are nobody's proxy. */
static int parse_target(struct tsr_http_request *request, struct tsr_slice target)
{
	if (target.len == 0 || target.data[0] != '/')
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < target.len; i++)
		if (target.data[i] <= ' ' || target.data[i] >= 0x7f || target.data[i] == '#')
			return TSR_ERR_FORMAT;
	request->target = target;
	if (!cut(&request->path, &request->query, target, '?'))
		request->path = target;
	return 0;
}

static int parse_request_line(struct tsr_http_request *request, struct tsr_slice line)
{
	struct tsr_slice target, version;
	int r;

	if (!cut(&request->method, &line, line, ' ') || !is_token(request->method) ||
		!cut(&target, &version, line, ' '))
		return TSR_ERR_FORMAT;
	if ((r = parse_version(&request->head, version)) != 0)
		return r;
	return parse_target(request, target);
}

static int parse_request(struct tsr_http_request *request)
{
	struct tsr_http_head *head = &request->head;
	struct tsr_slice rest = tsr_slice(head->buf, head->len);
	int r;

	if ((r = parse_request_line(request, take_line(&rest))) != 0 ||
		(r = parse_headers(head, rest)) != 0 || (r = parse_content_length(head)) != 0)
		return r;
	if (head->minor_version == 1 && !tsr_http_find(head, "Host"))
		return TSR_ERR_FORMAT;
	if (tsr_http_find(head, "Transfer-Encoding")) {
		request->status = 501;
		return TSR_ERR_FORMAT;
	}
	if (head->content_length > request->body_max) {
		request->status = 413;
		return TSR_ERR_TOO_BIG;
	}
	parse_keep_alive(head);
	return 0;
}

static int status_of(int err)
{
	return err == TSR_ERR_TOO_BIG ? 431 : err == TSR_ERR_VERSION ? 505 : 400;
}

int tsr_http_request_feed(struct tsr_http_request *request, struct tsr_slice in, size_t *used)
{
	struct tsr_http_head *head = &request->head;
	int r;

	*used = 0;
	if (head->err || head->is_complete)
		return head->err;
	r = gather(head, in, used);
	if (r == 0)
		r = parse_request(request);
	head->is_complete = r == 0;
	if (r != 0 && r != TSR_ERR_AGAIN) {
		head->err = r;
		if (!request->status)
			request->status = status_of(r);
	}
	return r;
}

/* ---- responses ------------------------------------------------------------------------ */

void tsr_http_response_init(
	struct tsr_http_response *response, void *buf, size_t cap, uint64_t body_max)
{
	memset(response, 0, sizeof(*response));
	head_init(&response->head, buf, cap);
	response->body_max = body_max;
}

/* "HTTP/1.1 200 OK"; the text, and some leave out the blank before it, means nothing. */
static int parse_status_line(struct tsr_http_response *response, struct tsr_slice line)
{
	int status = 0;
	int r;

	if (line.len < 12 || line.data[8] != ' ' || (line.len > 12 && line.data[12] != ' '))
		return TSR_ERR_FORMAT;
	if ((r = parse_version(&response->head, tsr_slice(line.data, 8))) != 0)
		return r;
	for (size_t i = 9; i < 12; i++) {
		if (line.data[i] < '0' || line.data[i] > '9')
			return TSR_ERR_FORMAT;
		status = status * 10 + (line.data[i] - '0');
	}
	response->status = (uint16_t)status;
	return status >= 100 && status < 600 ? 0 : TSR_ERR_FORMAT;
}

static int parse_response(struct tsr_http_response *response)
{
	struct tsr_http_head *head = &response->head;
	struct tsr_slice rest = tsr_slice(head->buf, head->len);
	bool no_body;
	int r;

	if ((r = parse_status_line(response, take_line(&rest))) != 0 ||
		(r = parse_headers(head, rest)) != 0 || (r = parse_content_length(head)) != 0)
		return r;
	if (tsr_http_find(head, "Transfer-Encoding"))
		return TSR_ERR_FORMAT;
	no_body = response->status < 200 || response->status == 204 || response->status == 304;
	if (no_body)
		head->content_length = 0;
	if (head->content_length > response->body_max)
		return TSR_ERR_TOO_BIG;
	response->is_until_close = !no_body && !head->has_content_length;
	parse_keep_alive(head);
	return 0;
}

int tsr_http_response_feed(struct tsr_http_response *response, struct tsr_slice in, size_t *used)
{
	struct tsr_http_head *head = &response->head;
	int r;

	*used = 0;
	if (head->err || head->is_complete)
		return head->err;
	r = gather(head, in, used);
	if (r == 0)
		r = parse_response(response);
	head->is_complete = r == 0;
	if (r != 0 && r != TSR_ERR_AGAIN)
		head->err = r;
	return r;
}

/* ---- asking --------------------------------------------------------------------------- */

const struct tsr_slice *tsr_http_find(const struct tsr_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->n_headers; i++)
		if (is_same(head->headers[i].name, name))
			return &head->headers[i].value;
	return NULL;
}

static bool lists_token(struct tsr_slice list, const char *token)
{
	struct tsr_slice part;

	while (cut(&part, &list, list, ','))
		if (is_same(trim(part), token))
			return true;
	return is_same(trim(list), token);
}

bool tsr_http_has_token(const struct tsr_http_head *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->n_headers; i++)
		if (is_same(head->headers[i].name, name) &&
			lists_token(head->headers[i].value, token))
			return true;
	return false;
}

bool tsr_http_is_same_origin(const struct tsr_http_request *request)
{
	static const char scheme[] = "https://";
	const size_t len = sizeof(scheme) - 1;
	const struct tsr_slice *origin = tsr_http_find(&request->head, "Origin");
	const struct tsr_slice *host = tsr_http_find(&request->head, "Host");

	if (!origin)
		return true;
	return host && host->len > 0 && origin->len == len + host->len &&
	       memcmp(origin->data, scheme, len) == 0 &&
	       strncasecmp((const char *)origin->data + len, (const char *)host->data, host->len) ==
		       0;
}

bool tsr_http_is_method(const struct tsr_http_request *request, const char *method)
{
	return tsr_slice_equal(request->method, tsr_slice_str(method));
}
