/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_STATE_H
#define TSR_SUPERVISOR_STATE_H

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "server/child.h"
#include "server/options.h"
#include "sys/cert.h"

/* state: the state directory, its lock and its sockets, and the certificate. Everything here says
 * on stderr what is wrong and what to do. */
struct tsr_state {
	int dir_fd;
	int lock_fd;
	char path[TSR_CHILD_PATH_LEN]; /* absolute */
};

/* Opens (or makes) the directory and takes its lock. */
TSR_CHECKED int tsr_state_open(struct tsr_state *state, const struct tsr_options *options);
void tsr_state_close(struct tsr_state *state);

/* Listens on admin.sock and metrics.sock. */
TSR_CHECKED int tsr_state_open_sockets(const struct tsr_state *state, struct tsr_child *child);

struct tsr_certificate {
	struct tsr_msg *chain; /* PEM */
	struct tsr_msg *key;   /* PEM; wiped when dropped */
	uint8_t pin[TSR_CERT_PIN_LEN];
	char fingerprint[TSR_CERT_FINGERPRINT_LEN];
};

/* Reads the certificate given by --cert and --key, or cert.pem and key.pem of the state directory,
 * which are made when there are none. */
TSR_CHECKED int tsr_certificate_load(struct tsr_certificate *certificate,
	const struct tsr_state *state, const struct tsr_options *options);
void tsr_certificate_drop(struct tsr_certificate *certificate);

#endif
