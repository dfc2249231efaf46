/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_HTTP_H
#define TSR_EDGE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/slice.h"
#include "core/base/time.h"
#include "core/base/writer.h"
#include "core/wire/http.h"

/*
 * http: requests on one connection, one after the other: read the head, read the body, route,
 * answer. Answers come from the table of files (files.h), from control (api.h), or are an error.
 */
#define TSR_HTTP_BODY_MAX (16u * 1024)
#define TSR_HTTP_HEAD_TIME (10 * TSR_SECOND)
#define TSR_HTTP_BODY_TIME (10 * TSR_SECOND)
#define TSR_HTTP_IDLE_TIME (30 * TSR_SECOND)

struct tsr_conn;

enum tsr_http_state {
	TSR_HTTP_IDLE, /* between requests */
	TSR_HTTP_HEAD, /* a head has begun */
	TSR_HTTP_BODY, /* its body is being read */
	TSR_HTTP_WAIT, /* control has it */
};

struct tsr_http {
	struct tsr_conn *conn;
	enum tsr_http_state state;
	struct tsr_http_request request;
	uint8_t head[TSR_HTTP_HEAD_MAX];
	uint8_t *body; /* of request.head.content_length bytes */
	size_t body_len;
	uint8_t *rest; /* read, but of the next request */
	size_t rest_len;
	uint64_t api_call; /* number of the call under way; answers to others are late */
	bool is_head;      /* the method HEAD: no body in the answer */
	bool is_plain;     /* no TLS: redirect */
};

/* Returns NULL when out of memory. */
struct tsr_http *tsr_http_create(struct tsr_conn *conn, bool is_plain);
void tsr_http_destroy(struct tsr_http *http); /* NULL is fine */

/* Reads what is there. May destroy the connection. */
void tsr_http_handle_data(struct tsr_http *http);

/* One answer. body_* may be empty; borrows all but is_static bodies, which must live for ever. */
struct tsr_http_answer {
	int status;
	const char *content_type; /* NULL: no body */
	struct tsr_slice body;
	bool is_static;
	bool is_page;      /* with the headers that guard a page */
	const char *cache; /* Cache-Control */
	const char *etag;
	const char *encoding; /* Content-Encoding */
	const char *allow;    /* 405 */
	uint32_t retry_after_s;
};

/* Queues the answer to the request at hand and makes ready for the next. close: it was the last. */
void tsr_http_answer(struct tsr_http *http, const struct tsr_http_answer *answer, bool close);

/* Answers an error: JSON below /api/, a page of a sentence elsewhere. */
void tsr_http_answer_error(struct tsr_http *http, int status, bool close);

/* The word in the JSON of an error ("not_found"). */
const char *tsr_http_error_word(int status);

/* Whether the request's target lies below /api/. */
bool tsr_http_is_api(const struct tsr_http *http);

#endif
