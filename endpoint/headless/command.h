/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_COMMAND_H
#define TSR_ENDPOINT_HEADLESS_COMMAND_H

#include <jansson.h>

#include "core/base/attr.h"
#include "endpoint/client/client.h"

/*
 * command: what a program writes to `tessera join --json`, one object per line, "do" naming it.
 * {"do":"admit","member":3}, {"do":"lock","on":true}, {"do":"chat","text":"...","to":2} ...
 * docs/cli.md lists them. Those about the session become messages of session.proto here; the
 * rest (pause, share, leave) is for the caller.
 */

/* Sends the message that a command stands for. Returns 0; TSR_ERR_UNKNOWN when it is not one of
 * these; TSR_ERR_FORMAT; or what sending said. */
TSR_CHECKED int tsr_command_send(
	struct tsr_client *client, const json_t *command, uint32_t *request);

#endif
