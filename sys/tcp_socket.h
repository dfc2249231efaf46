/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_TCP_SOCKET_H
#define TSR_SYS_TCP_SOCKET_H

/* Sets what every connection has: TCP_NODELAY and TCP_NOTSENT_LOWAT. For the files of sys. */
void tsr_tcp_tune(int fd);

#endif
