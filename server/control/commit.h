/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_COMMIT_H
#define TSR_CONTROL_COMMIT_H

#include <stdint.h>

#include "server/control/control.h"

/* commit: what of a session must survive its edge: given out when an edge takes the session,
 * taken back in commits. */
struct Tessera__Ipc__OpenSession;
struct Tessera__Ipc__Commit;
struct Tessera__Ipc__SessionGone;

/* Answers with SessionRecords (the last has more = false). TSR_ERR_FORMAT: not a valid message. */
TSR_CHECKED int tsr_commit_handle_open(struct tsr_control *control, uint64_t id,
	const struct Tessera__Ipc__OpenSession *open, struct tsr_now now);

/*
 * Keeps a commit whole or not at all and answers CommitDone. state_seq must be greater than the
 * stored one; the very same commit again is answered as it was the first time.
 */
TSR_CHECKED int tsr_commit_handle(struct tsr_control *control, uint64_t id,
	const struct Tessera__Ipc__Commit *commit, struct tsr_now now);

/* The edge holds the session no longer: from now on it is idle. */
TSR_CHECKED int tsr_commit_handle_gone(struct tsr_control *control,
	const struct Tessera__Ipc__SessionGone *gone, struct tsr_now now);

#endif
