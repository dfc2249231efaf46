/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_DIRECTORY_H
#define TSR_EDGE_DIRECTORY_H

#include "core/base/ids.h"
#include "core/base/list.h"
#include "core/base/time.h"
#include "server/edge/host.h"
#include "server/edge/mail.h"

/*
 * directory: which worker owns which session; the hub's. An entry is OPENING from the first
 * member's arrival until control has told the session and the owner has made it; who comes
 * meanwhile waits in it.
 */
#define TSR_DIRECTORY_BUCKETS 512
#define TSR_DIRECTORY_SESSIONS_MAX 1000
#define TSR_DIRECTORY_WAITING_MAX 512 /* arrivals that wait for one session */

enum tsr_place_state {
	TSR_PLACE_UNASKED, /* control is away */
	TSR_PLACE_ASKED,   /* OpenSession is out */
	TSR_PLACE_MAKING,  /* the owner has it in hand */
	TSR_PLACE_LIVE,
};

struct tsr_place {
	struct tsr_list link; /* in its bucket */
	struct tsr_session_uid uid;
	enum tsr_place_state state;
	unsigned owner;
	uint64_t host;
	uint64_t entries;        /* sent to the owner */
	struct tsr_list waiting; /* tsr_entry.link */
	unsigned n_waiting;
	tsr_time deadline; /* until LIVE */
	uint64_t call;     /* ASKED: the call's id */
	bool is_ended;     /* MAKING: an administrator ended it meanwhile */
	struct tsr_host_opening *opening;
};

struct tsr_directory {
	struct tsr_list buckets[TSR_DIRECTORY_BUCKETS]; /* tsr_place.link */
	unsigned n;
};

void tsr_directory_init(struct tsr_directory *directory);
void tsr_directory_finish(struct tsr_directory *directory);

struct tsr_place *tsr_directory_find(
	struct tsr_directory *directory, const struct tsr_session_uid *uid);

/* A new place, or NULL: out of memory, or TSR_DIRECTORY_SESSIONS_MAX are there. */
struct tsr_place *tsr_directory_add(
	struct tsr_directory *directory, const struct tsr_session_uid *uid);

/* Frees it with all who wait in it. */
void tsr_directory_remove(struct tsr_directory *directory, struct tsr_place *place);

#endif
