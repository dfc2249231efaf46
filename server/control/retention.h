/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_RETENTION_H
#define TSR_CONTROL_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "store/store.h"

/*
 * retention: erases what has had its time (docs/storage.md): sessions that were idle for a day,
 * what ended sessions left for their links after a day, retired numbers after 90 days.
 */
#define TSR_IDLE_MS (24ull * 3600 * 1000)  /* a session nobody is in */
#define TSR_ENDED_MS (24ull * 3600 * 1000) /* "it has ended", for holders of the link */
#define TSR_RETENTION_BATCH 64

/* One round. expired gets the uids of the sessions erased, at most TSR_RETENTION_BATCH; returns
 * how many (when that many: call again), or an error. */
TSR_CHECKED int tsr_retention_run(struct tsr_session_uid expired[static TSR_RETENTION_BATCH],
	struct tsr_store *store, uint64_t now_ms);

/* No edge holds any session: those that count as live are idle from now on. */
TSR_CHECKED int tsr_retention_note_all_idle(struct tsr_store *store, uint64_t now_ms);

#endif
