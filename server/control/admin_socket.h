/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_ADMIN_SOCKET_H
#define TSR_CONTROL_ADMIN_SOCKET_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "sys/loop.h"

/*
 * admin_socket: who speaks on admin.sock (mode 0600: the owner of the state folder, and root).
 * Packets are AdminRequest and AdminReply of proto/ipc.proto, one each way at a time.
 */
#define TSR_ADMIN_CLIENTS 8
#define TSR_ADMIN_PATIENCE (30 * TSR_SECOND) /* silence after which a client is dropped */

struct tsr_admin_socket;

/* A request of the client; an error drops him. */
typedef int (*tsr_admin_fn)(void *user, uint64_t client, struct tsr_slice packet);

/* Borrows the listening fd. */
TSR_CHECKED int tsr_admin_socket_open(
	struct tsr_admin_socket **out, struct tsr_loop *loop, int fd, tsr_admin_fn fn, void *user);
void tsr_admin_socket_close(struct tsr_admin_socket **socket);

/* To that client, if he is still there. */
void tsr_admin_socket_send(
	struct tsr_admin_socket *socket, uint64_t client, struct tsr_slice packet);

#endif
