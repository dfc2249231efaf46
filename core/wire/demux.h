/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_WIRE_DEMUX_H
#define TSR_WIRE_DEMUX_H

#include "core/base/slice.h"

/*
 * demux: what speaks on a TCP connection, by its first bytes.
 *
 *	TLS   16 03 00..04, length, 01       a record with a ClientHello
 *	HTTP  a method of RFC 9110 or 5789 and a space
 *	STUN  RFC 4571: u16 length <= 2048, then a STUN header with its magic cookie
 */
#define TSR_DEMUX_LEN 10 /* so many bytes always suffice */

enum tsr_demux {
	TSR_DEMUX_MORE, /* could still become something */
	TSR_DEMUX_TLS,
	TSR_DEMUX_HTTP,
	TSR_DEMUX_STUN,
	TSR_DEMUX_UNKNOWN, /* close */
};

enum tsr_demux tsr_demux(struct tsr_slice first);

#endif
