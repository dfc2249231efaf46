/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_ACTIONS_H
#define TSR_EDGE_ACTIONS_H

#include "core/session/action.h"
#include "session.pb-c.h"

/* actions: ToServer as an action of the engine. Pure. */

/* Room for texts that are cleaned on the way; lives as long as the action. */
struct tsr_action_room {
	char text[2048 + 256];
};

/*
 * Fills the action; its texts lie in room. Returns 0; TSR_ERR_RANGE for a message that is no
 * action of the engine (Ping, StreamAck, ...); TSR_ERR_FORMAT for a field that makes no sense.
 */
TSR_CHECKED int tsr_action_read(
	struct tsr_action *out, struct tsr_action_room *room, const Tessera__V1__ToServer *message);

#endif
