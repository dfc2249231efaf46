/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_WIRE_HTTP_H
#define TSR_WIRE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/base/writer.h"

/*
 * http: heads of HTTP/1.1 messages (RFC 9112), strict. Bytes are fed as they come; the head is
 * gathered in the caller's buffer and taken apart when it is whole. What two parsers could
 * read in two ways is refused: bare CR or LF, folded lines, spaces before a colon, doubled
 * singletons, any Transfer-Encoding.
 */
#define TSR_HTTP_HEAD_MAX 8192
#define TSR_HTTP_HEADERS_MAX 64

struct tsr_http_header {
	struct tsr_slice name;  /* as sent; compare without case */
	struct tsr_slice value; /* without surrounding blanks */
};

/* What requests and replies have in common. Slices lie in the caller's buffer. */
struct tsr_http_head {
	uint8_t *buf;
	size_t cap;
	size_t len;       /* bytes gathered */
	uint8_t line_end; /* how much of CR LF CR LF was seen last */
	bool is_complete;
	int err; /* 0 or what feeding returned; sticky */
	uint16_t n_headers;
	struct tsr_http_header headers[TSR_HTTP_HEADERS_MAX];
	bool has_content_length;
	uint64_t content_length; /* 0 without one */
	uint8_t minor_version;   /* 0 or 1 */
	bool keep_alive;         /* by version and Connection */
};

struct tsr_http_request {
	struct tsr_http_head head;
	struct tsr_slice method; /* a token, case-sensitive */
	struct tsr_slice target; /* path and query as sent, begins with "/" */
	struct tsr_slice path;   /* not decoded */
	struct tsr_slice query;  /* behind "?", not decoded; empty when there is none */
	uint64_t body_max;
	int status; /* after an error: what to answer (400, 413, 431, 501, 505) */
};

/* Keeps buf (at most TSR_HTTP_HEAD_MAX are used) until the request was handled. A request
 * whose body is longer than body_max is refused when its head is complete. */
void tsr_http_request_init(
	struct tsr_http_request *request, void *buf, size_t cap, uint64_t body_max);

/*
 * Takes bytes up to the end of the head; *used says how many. What is left belongs to the body
 * (head.content_length bytes of it) and to the next request.
 * Returns 0 when the head is complete, TSR_ERR_AGAIN when all was taken and more is needed,
 * TSR_ERR_TOO_BIG, TSR_ERR_FORMAT or TSR_ERR_VERSION: answer request->status and close.
 */
TSR_CHECKED int tsr_http_request_feed(
	struct tsr_http_request *request, struct tsr_slice in, size_t *used);

struct tsr_http_response {
	struct tsr_http_head head;
	uint16_t status;
	bool is_until_close; /* the body ends with the connection */
	uint64_t body_max;
};

/* The client's side; same rules. A reply with Transfer-Encoding is refused. */
void tsr_http_response_init(
	struct tsr_http_response *response, void *buf, size_t cap, uint64_t body_max);
TSR_CHECKED int tsr_http_response_feed(
	struct tsr_http_response *response, struct tsr_slice in, size_t *used);

/* The first header of that name (compared without case), or NULL. These occur at most once,
 * or the head was refused: Host, Content-Length, Content-Type, Origin, Authorization,
 * Upgrade, Sec-WebSocket-Key, -Version, -Accept. */
const struct tsr_slice *tsr_http_find(const struct tsr_http_head *head, const char *name);

/* Whether a header of that name lists the token (comma separated, without case). */
bool tsr_http_has_token(const struct tsr_http_head *head, const char *name, const char *token);

/* Whether the request comes from a page of this very host: no Origin, or https://Host. */
bool tsr_http_is_same_origin(const struct tsr_http_request *request);

bool tsr_http_is_method(const struct tsr_http_request *request, const char *method);

/* Text for a status ("Not Found"); "Status" for one that is not in the list. */
const char *tsr_http_reason(int status);

/* ---- writing: status or request line, headers, end. Errors stick in the writer. --------- */
void tsr_http_write_status(struct tsr_writer *wr, int status);
void tsr_http_write_request(struct tsr_writer *wr, const char *method, const char *target);

/* A name that is no token, or a value with control characters, sets TSR_ERR_FORMAT: nothing
 * from outside can begin a new line. */
void tsr_http_write_header(struct tsr_writer *wr, const char *name, struct tsr_slice value);
void tsr_http_write_header_u64(struct tsr_writer *wr, const char *name, uint64_t value);
void tsr_http_write_end(struct tsr_writer *wr);

#endif
