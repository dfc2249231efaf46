/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_RACE_H
#define TSR_ENDPOINT_CLIENT_RACE_H

#include <stdint.h>

#include "core/base/attr.h"
#include "sys/loop.h"

/*
 * race: a TCP connection to a server that offers the same service on several ports. The link's
 * port starts; the others follow 250 ms apart while none has answered (after RFC 8305); the
 * first connection wins, the rest is dropped. The winner leads the next race.
 */
#define TSR_RACE_PORTS 3

struct tsr_race_ports {
	uint16_t v[TSR_RACE_PORTS];
	unsigned n;
};

/* The ports to try for a link's port: 443, 8200 and 80 belong together, and 8443, 8200 and 8080;
 * any other port is alone. */
struct tsr_race_ports tsr_race_ports_for(uint16_t link_port);

struct tsr_race;

/* Called once, from the loop: fd (the caller takes it) and its port, or -1 with an error. */
typedef void (*tsr_race_fn)(void *user, int fd, uint16_t port, int err);

TSR_CHECKED int tsr_race_open(struct tsr_race **out, struct tsr_loop *loop, const char *host,
	const struct tsr_race_ports *ports, tsr_race_fn fn, void *user);
void tsr_race_close(struct tsr_race **race); /* clears the pointer; NULL inside is fine */

#endif
