/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_TCP_SOCKET_H
#define TSR_SYS_TCP_SOCKET_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "sys/tcp.h"

/* A non-blocking socket of type (SOCK_STREAM, SOCK_DGRAM) bound to addr; share: of a SO_REUSEPORT
 * set. Errors as tsr_tcp_listen(). For the files of sys. */
TSR_CHECKED int tsr_socket_bind(int *fd, const struct tsr_addr *addr, int type, bool share);

/* Sets what every connection has: TCP_NODELAY and TCP_NOTSENT_LOWAT. For the files of sys. */
void tsr_tcp_tune(int fd);

#endif
