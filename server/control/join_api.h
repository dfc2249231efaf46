/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_JOIN_API_H
#define TSR_CONTROL_JOIN_API_H

#include "server/control/api.h"

/*
 * join_api: POST /api/v1/join. What comes by digits is answered alike and in equal time whether
 * the number is unknown, ended, locked or the password wrong: every path that looks at a number
 * on behalf of somebody without a credential does the same work, and its answer waits for the
 * grid (api.h).
 */
void tsr_join_api_handle(const struct tsr_api_call *call);

#endif
