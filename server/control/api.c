/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "ipc.pb-c.h"
#include "server/control/counters.h"
#include "server/control/join_api.h"
#include "server/control/state.h"

static void handle_status(const struct tsr_api_call *call)
{
	struct tsr_reply reply = { .status = 200 };

	reply.len = (size_t)snprintf(
		reply.body, sizeof(reply.body), "{\"version\":\"%s\"}", TSR_VERSION);
	tsr_api_answer(call->control, call->id, &reply);
}

static const struct tsr_route routes[] = {
	{ "GET", "/api/v1/status", NULL, 0, handle_status },
	{ "POST", "/api/v1/join", "application/json", TSR_JOIN_BODY_MAX, tsr_join_api_handle },
};

const struct tsr_route *tsr_api_routes(size_t *n)
{
	*n = sizeof(routes) / sizeof(routes[0]);
	return routes;
}

struct tsr_reply tsr_reply_error(uint32_t status, const char *word, uint32_t retry_after_s)
{
	struct tsr_reply reply = { .status = status, .retry_after_s = retry_after_s };

	reply.len = (size_t)(retry_after_s ? snprintf(reply.body, sizeof(reply.body),
						     "{\"error\":\"%s\",\"retry_after\":%u}", word,
						     (unsigned)retry_after_s)
					   : snprintf(reply.body, sizeof(reply.body),
						     "{\"error\":\"%s\"}", word));
	return reply;
}

void tsr_api_answer(struct tsr_control *control, uint64_t id, const struct tsr_reply *reply)
{
	Tessera__Ipc__ApiReply api = TESSERA__IPC__API_REPLY__INIT;
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;
	char content_type[] = "application/json";
	struct tsr_reply copy = *reply; /* protobuf-c wants what it may write */

	api.status = reply->status;
	api.retry_after_s = reply->retry_after_s;
	api.content_type = content_type;
	api.body.data = (uint8_t *)copy.body;
	api.body.len = copy.len;
	message.id = id;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_API;
	message.api = &api;
	tsr_control_send(control, &message.base);
	tsr_wipe(&copy, sizeof(copy)); /* may hold tokens */
	tsr_count_api(reply->status);
}

void tsr_api_answer_on_grid(struct tsr_control *control, uint64_t id, const struct tsr_reply *reply,
	tsr_time arrival, tsr_time now)
{
	struct tsr_held *held = control->n_held < TSR_HELD_MAX ? malloc(sizeof(*held)) : NULL;
	struct tsr_reply too_many;

	if (!held) {
		too_many = tsr_reply_error(429, "too_many", 1);
		tsr_api_answer(control, id, &too_many);
		return;
	}
	held->id = id;
	held->due = arrival + ((now - arrival) / TSR_ANSWER_GRID + 1) * TSR_ANSWER_GRID;
	held->reply = *reply;
	tsr_list_append(&control->held, &held->link);
	control->n_held++;
}

static void drop_held(struct tsr_control *control, struct tsr_held *held)
{
	tsr_list_remove(&held->link);
	control->n_held--;
	tsr_wipe(held, sizeof(*held));
	free(held);
}

void tsr_api_handle_timeout(struct tsr_control *control, tsr_time now)
{
	tsr_list_each (link, next, &control->held) {
		struct tsr_held *held = tsr_list_entry(link, struct tsr_held, link);

		if (held->due <= now) {
			tsr_api_answer(control, held->id, &held->reply);
			drop_held(control, held);
		}
	}
}

tsr_time tsr_api_next_timeout(const struct tsr_control *control)
{
	tsr_time at = TSR_TIME_NEVER;

	tsr_list_each (link, next, &control->held) {
		at = tsr_time_min(at, tsr_list_entry(link, struct tsr_held, link)->due);
	}
	return at;
}

void tsr_api_forget(struct tsr_control *control)
{
	tsr_list_each (link, next, &control->held) {
		drop_held(control, tsr_list_entry(link, struct tsr_held, link));
	}
}

/* "application/json; charset=utf-8" is application/json. */
static bool is_type(const char *given, const char *wanted)
{
	size_t len = strlen(wanted);

	return strncasecmp(given, wanted, len) == 0 &&
	       (given[len] == '\0' || given[len] == ';' || given[len] == ' ');
}

/* The route, or NULL with the reason in *refusal. */
static const struct tsr_route *find_route(
	const Tessera__Ipc__ApiRequest *request, struct tsr_reply *refusal)
{
	size_t path_len = strcspn(request->path, "?");

	*refusal = tsr_reply_error(404, "not_found", 0);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct tsr_route *route = &routes[i];

		if (strlen(route->path) != path_len ||
			memcmp(route->path, request->path, path_len) != 0)
			continue;
		*refusal = tsr_reply_error(405, "method", 0);
		if (strcmp(route->method, request->method) != 0)
			continue;
		if (request->body.len > route->max_body)
			*refusal = tsr_reply_error(413, "too_big", 0);
		else if (route->content_type &&
			 !is_type(request->content_type, route->content_type))
			*refusal = tsr_reply_error(415, "content_type", 0);
		else
			return route;
		return NULL;
	}
	return NULL;
}

void tsr_api_handle(struct tsr_control *control, uint64_t id,
	const Tessera__Ipc__ApiRequest *request, struct tsr_now now)
{
	struct tsr_reply refusal;
	const struct tsr_route *route = find_route(request, &refusal);
	struct tsr_api_call call = { .control = control,
		.id = id,
		.body = tsr_slice(request->body.data, request->body.len),
		.source = request->source,
		.now = now };

	if (route)
		route->handle(&call);
	else
		tsr_api_answer(control, id, &refusal);
}
