/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_IPC_H
#define TSR_SYS_IPC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "sys/loop.h"

/*
 * ipc: whole packets, with descriptors if need be, over a SOCK_SEQPACKET Unix socket.
 * A packet that does not go at once waits in a bounded queue.
 */
#define TSR_IPC_PACKET_LEN 65536    /* longest packet */
#define TSR_IPC_FDS 8               /* most descriptors beside one packet */
#define TSR_IPC_QUEUE_LEN (8 << 20) /* most bytes that wait */

struct tsr_ipc;

/* Both may close the ipc. */
struct tsr_ipc_events {
	/* Borrows packet until return. Descriptors still in fds afterwards are closed; to keep one,
	 * take it and put -1 in its place. They may be fewer than were sent, when this process has
	 * as many as it may have. */
	void (*on_packet)(void *user, struct tsr_slice packet, int *fds, size_t n_fds);
	/* The other side is gone (TSR_ERR_CLOSED) or the socket failed. Called once. */
	void (*on_close)(void *user, int err);
};

/* Takes fd in any case, a failure too. Sets it non-blocking. events must stay. */
TSR_CHECKED int tsr_ipc_open(struct tsr_ipc **out, struct tsr_loop *loop, int fd,
	const struct tsr_ipc_events *events, void *user);
void tsr_ipc_close(struct tsr_ipc **ipc);

/* Sends a packet. Borrows it and the descriptors (duplicates them when it must wait).
 * TSR_ERR_TOO_BIG, TSR_ERR_FULL when the queue is, TSR_ERR_CLOSED. */
TSR_CHECKED int tsr_ipc_send(
	struct tsr_ipc *ipc, struct tsr_slice packet, const int *fds, size_t n_fds);

/* Stops or starts taking packets in, for back-pressure. */
void tsr_ipc_set_reading(struct tsr_ipc *ipc, bool on);

/* Bytes that wait to be sent. */
size_t tsr_ipc_queued(const struct tsr_ipc *ipc);

/* A connected pair, non-blocking, close on exec. */
TSR_CHECKED int tsr_ipc_pair(int fds[static 2]);

/* A listening Unix socket at path (an old one is replaced), mode 0600. seqpacket or stream. */
TSR_CHECKED int tsr_unix_listen(int *fd, const char *path, bool seqpacket);

/* Connects to one. TSR_ERR_UNKNOWN when there is none or nobody listens. */
TSR_CHECKED int tsr_unix_connect(int *fd, const char *path, bool seqpacket);

/* Takes a waiting connection; TSR_ERR_AGAIN when there is none. uid of the peer (may be NULL). */
TSR_CHECKED int tsr_unix_accept(int *fd, unsigned *uid, int listener);

#endif
