/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_ADMIN_H
#define TSR_CONTROL_ADMIN_H

#include "ipc.pb-c.h"
#include "server/control/control.h"

/*
 * admin: what `tessera session create|list|show|end` and `tessera doctor` ask, over a Unix socket
 * that only the owner of the state folder can open. Failed.code is, as in HTTP: 400 the request is
 * not usable, 404 no such session, 409 not offered, 429 too many at once, 503 the store cannot.
 */
#define TSR_ADMIN_PASSWORD_MIN 6     /* bytes */
#define TSR_ADMIN_LIST_BYTES 60000   /* a reply stays below one packet of 64 KiB */
#define TSR_ADMIN_SESSIONS_MAX 10000 /* more are not made */

void tsr_admin_handle(struct tsr_control *control, uint64_t client,
	const Tessera__Ipc__AdminRequest *request, struct tsr_now now);

/* A session in a list. info borrows from the line and from row. */
struct tsr_admin_line {
	Tessera__Ipc__SessionInfo info;
	char number[16];
};
TSR_CHECKED int tsr_admin_describe(
	struct tsr_admin_line *out, struct tsr_session_row *row, struct tsr_store *store);

/* Answers request id of client with Failed. */
void tsr_admin_fail(
	struct tsr_control *control, uint64_t client, uint64_t id, uint32_t code, const char *text);

#endif
