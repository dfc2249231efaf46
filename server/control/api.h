/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_API_H
#define TSR_CONTROL_API_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/slice.h"
#include "server/control/control.h"

/* api: REST under /api/v1, as api/openapi.yaml describes it; a test holds the table and that
 * file together. Bodies are JSON. */
#define TSR_REPLY_BODY 4096

/* One request; everything but control lives until the handler returns. */
struct tsr_api_call {
	struct tsr_control *control;
	uint64_t id; /* the edge's, for the reply */
	struct tsr_slice body;
	const char *source; /* network prefix */
	struct tsr_now now;
};

struct tsr_reply {
	uint32_t status;
	uint32_t retry_after_s; /* 0: none */
	size_t len;
	char body[TSR_REPLY_BODY];
};

struct tsr_route {
	const char *method;
	const char *path;
	const char *content_type; /* that a body must have; NULL: no body is read */
	size_t max_body;
	void (*handle)(const struct tsr_api_call *call);
};

/* The table, of *n routes. */
const struct tsr_route *tsr_api_routes(size_t *n);

/* {"error":"word"}, with "retry_after" when it is not 0. */
struct tsr_reply tsr_reply_error(uint32_t status, const char *word, uint32_t retry_after_s);

/* Answers now. */
void tsr_api_answer(struct tsr_control *control, uint64_t id, const struct tsr_reply *reply);

/*
 * Answers at the next full 250 ms since arrival, so that the time of the answer does not tell
 * how much work the question was. Too many held answers: answers "too_many" at once.
 */
#define TSR_ANSWER_GRID (250 * TSR_MS)
void tsr_api_answer_on_grid(struct tsr_control *control, uint64_t id, const struct tsr_reply *reply,
	tsr_time arrival, tsr_time now);

/* Routes a request of the edge; every one is answered sooner or later. */
struct Tessera__Ipc__ApiRequest;
void tsr_api_handle(struct tsr_control *control, uint64_t id,
	const struct Tessera__Ipc__ApiRequest *request, struct tsr_now now);

/* Held answers: sends those that are due; when the next one is; forgets all. */
void tsr_api_handle_timeout(struct tsr_control *control, tsr_time now);
tsr_time tsr_api_next_timeout(const struct tsr_control *control);
void tsr_api_forget(struct tsr_control *control);

#endif
