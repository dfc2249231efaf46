/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_API_H
#define TSR_EDGE_API_H

#include "core/base/msg.h"
#include "sys/tcp.h"

/*
 * api: requests below /api/ go to control: the worker packs one and mails it to the hub, the hub
 * sends it and mails the answer back. A number per call tells a late answer from the one waited
 * for.
 */
#define TSR_API_TIME (10 * TSR_SECOND)

struct tsr_http;

/* A request on its way to the hub. */
struct tsr_api_call {
	uint64_t conn;          /* reference of the connection that waits */
	uint64_t number;        /* its number there */
	struct tsr_msg *packet; /* ToControl with id 0: the hub puts its own */
};

/* An answer on its way back. body: 0-length when there is none. */
struct tsr_api_reply {
	uint64_t conn;
	uint64_t number;
	int status;
	uint32_t retry_after_s;
	char content_type[64];
	struct tsr_msg *body;
};
void tsr_api_reply_destroy(struct tsr_api_reply *reply); /* NULL is fine */

/* Sends the request at hand on its way. */
void tsr_api_forward(struct tsr_http *http);

/* Mail to the worker of the connection: answers it. Takes the reply. */
void tsr_api_on_reply(void *worker, void *reply, uint64_t unused);

#endif
