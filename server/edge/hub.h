/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_HUB_H
#define TSR_EDGE_HUB_H

#include "core/session/session.h"
#include "ipc.pb-c.h"
#include "server/child.h"
#include "server/edge/api.h"
#include "server/edge/directory.h"
#include "server/edge/edge.h"
#include "server/edge/once.h"
#include "server/edge/table.h"

/*
 * hub: the main thread. It alone speaks with control (IPC, answers matched by id) and the
 * supervisor, knows which worker owns which session (directory.h), and remembers which tokens were
 * used (once.h).
 *
 *	hub.c          life, mail
 *	hub_control.c  the link to control: calls and answers
 *	hub_enter.c    who may come into which session
 *	hub_media.c    the link to media
 */
#define TSR_PHANTOMS_MAX 64
#define TSR_PHANTOM_TIME (15 * TSR_MINUTE)
#define TSR_OPEN_TIME (10 * TSR_SECOND)
#define TSR_CALLS_MAX 4096

enum tsr_call_kind { TSR_CALL_API, TSR_CALL_OPEN, TSR_CALL_COMMIT };

/* Something asked of control and not answered yet. */
struct tsr_call {
	struct tsr_list link; /* in hub->calls, oldest first */
	uint64_t id;
	enum tsr_call_kind kind;
	bool is_sent;
	tsr_time deadline;
	struct tsr_msg *packet;     /* until it is sent */
	uint64_t conn;              /* API */
	uint64_t number;            /* API: of the connection; COMMIT: seq */
	uint64_t host;              /* COMMIT: reference */
	struct tsr_session_uid uid; /* OPEN */
};

struct tsr_phantom {
	uint64_t conn; /* 0: free */
	struct tsr_session_uid uid;
	struct tsr_member_id member;
	tsr_time until;
};

struct tsr_hub {
	struct tsr_thread thread;
	struct tsr_edge *edge;
	struct tsr_child_link *supervisor;
	struct tsr_ipc *control; /* NULL: away */
	struct tsr_ipc *media;   /* NULL: away */
	struct tsr_timer *tick;
	struct tsr_timer *grace;
	struct tsr_table calls_by_id;
	struct tsr_list calls; /* tsr_call.link */
	unsigned n_calls;
	struct tsr_directory directory;
	struct tsr_once *once;
	struct tsr_phantom phantoms[TSR_PHANTOMS_MAX];
	unsigned n_ended; /* workers that ended */
	unsigned ticks;
	tsr_time started_at;
	bool has_certificate;
	bool has_keys;
	bool is_ready;
	bool is_stopping;
};

TSR_CHECKED int tsr_hub_create(struct tsr_hub **out, struct tsr_edge *edge);
void tsr_hub_destroy(struct tsr_hub *hub); /* NULL is fine */

/* Runs until every worker has ended. */
void tsr_hub_run(struct tsr_hub *hub);

/* ---- mail; the item is taken ---- */
void tsr_hub_on_entry(void *hub, void *entry, uint64_t unused);
void tsr_hub_on_phantom_gone(void *hub, void *unused, uint64_t conn);
void tsr_hub_on_api(void *hub, void *call, uint64_t unused); /* struct tsr_api_call */
void tsr_hub_on_opened(void *hub, void *opening, uint64_t unused);
void tsr_hub_on_commit(void *hub, void *call, uint64_t unused); /* struct tsr_commit_call */
void tsr_hub_on_host_gone(void *hub, void *gone, uint64_t unused);
void tsr_hub_on_shares(void *hub, void *ask, uint64_t unused);   /* struct tsr_share_ask */
void tsr_hub_on_to_media(void *hub, void *msg, uint64_t unused); /* a packet */
void tsr_hub_on_tcp(void *hub, void *unused, uint64_t fd);       /* ICE-TCP */
void tsr_hub_on_worker_ended(void *hub, void *unused, uint64_t worker);

struct tsr_commit_call {
	uint64_t host;
	uint64_t seq;
	struct tsr_msg *packet; /* NULL: it could not be made */
};

/* An owner has nobody in a session any more (the hub may release it), or it has ended. */
struct tsr_host_gone {
	struct tsr_session_uid uid;
	uint64_t host;
	uint64_t entries; /* that the owner has seen */
	bool is_ended;
};

/* ---- between the hub's own files ---- */
void tsr_hub_take_control(struct tsr_hub *hub, int fd); /* takes fd */
void tsr_hub_control_finish(struct tsr_hub *hub);
void tsr_hub_take_media(struct tsr_hub *hub, int fd); /* takes fd */
void tsr_hub_media_finish(struct tsr_hub *hub);
void tsr_hub_control_tick(struct tsr_hub *hub);
void tsr_hub_note_ready(struct tsr_hub *hub);
/* Takes call, with its packet; sends it now or when control is back, within its deadline. */
void tsr_hub_call(struct tsr_hub *hub, struct tsr_call *call);
void tsr_hub_send(struct tsr_hub *hub, struct tsr_msg *packet); /* no answer wanted; takes */

void tsr_hub_handle_record(struct tsr_hub *hub, const struct tsr_session_uid *uid,
	const Tessera__Ipc__SessionRecord *record);
void tsr_hub_handle_open_failed(struct tsr_hub *hub, const struct tsr_session_uid *uid);
void tsr_hub_enter_tick(struct tsr_hub *hub);
void tsr_hub_refuse(struct tsr_hub *hub, uint64_t conn, enum tsr_close reason, uint32_t retry_ms);
void tsr_hub_end_session(struct tsr_hub *hub, const struct tsr_session_uid *uid);
/* Asks the owner about the shares of a session; who is not live has none. */
void tsr_hub_ask_shares(struct tsr_hub *hub, const struct tsr_session_uid *uid, uint64_t query);

#endif
