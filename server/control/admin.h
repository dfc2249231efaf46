/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_ADMIN_H
#define TSR_CONTROL_ADMIN_H

#include "server/control/control.h"

/*
 * admin: what `tessera session create|list|end` and `tessera doctor` ask, over a Unix socket that
 * only the owner of the state folder can open. Failed.code is, as in HTTP: 400 the request is not
 * usable, 404 no such session, 409 not offered, 429 too many at once, 503 the store cannot.
 */
#define TSR_ADMIN_PASSWORD_MIN 6     /* bytes */
#define TSR_ADMIN_LIST_BYTES 60000   /* a reply stays below one packet of 64 KiB */
#define TSR_ADMIN_SESSIONS_MAX 10000 /* more are not made */

struct Tessera__Ipc__AdminRequest;
void tsr_admin_handle(struct tsr_control *control, uint64_t client,
	const struct Tessera__Ipc__AdminRequest *request, struct tsr_now now);

#endif
