/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_SHOW_H
#define TSR_CONTROL_SHOW_H

#include "server/control/control.h"

/*
 * show: `tessera session show NUMBER`. What is durable is in the store; who shares and how that
 * gets on only the edge knows, so it is asked, and the administrator waits for its answer.
 */
#define TSR_SHOW_TIME (3 * TSR_SECOND)
#define TSR_SHOW_MAX 16 /* administrators who wait */

struct tsr_showing {
	uint64_t query; /* 0: free */
	uint64_t client;
	uint64_t id;
	uint32_t number;
	tsr_time deadline;
};

struct Tessera__Ipc__ShowSession;
struct Tessera__Ipc__ShareReport;

void tsr_show_handle(struct tsr_control *control, uint64_t client, uint64_t id,
	const struct Tessera__Ipc__ShowSession *show, struct tsr_now now);
void tsr_show_handle_report(struct tsr_control *control,
	const struct Tessera__Ipc__ShareReport *report, struct tsr_now now);

/* The edge is gone, and what was asked of it. */
void tsr_show_forget(struct tsr_control *control);
void tsr_show_handle_timeout(struct tsr_control *control, tsr_time now);
tsr_time tsr_show_next_timeout(const struct tsr_control *control);

#endif
