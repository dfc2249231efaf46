/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_ANNOUNCE_H
#define TSR_SUPERVISOR_ANNOUNCE_H

#include <sys/types.h>

#include "server/child.h"
#include "server/supervisor/state.h"

/* announce: says that the server is ready: to people on stdout, to programs as a line of JSON on
 * a descriptor: {"ports":[..],"state":"..","url":"..","pin":"..","fingerprint":"..","pids":{..}}.
 */
struct tsr_announcement {
	const struct tsr_child *child;
	const struct tsr_certificate *certificate;
	int fd; /* -1: none */
	pid_t control_pid, edge_pid, media_pid;
};
void tsr_announce(const struct tsr_announcement *what);

#endif
