/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_RAW_H
#define TSR_BENCH_SFU_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/media/srtp.h"

/*
 * raw: what the load client and the bare loop know of each other without any signalling. A leg says
 * hello with three bytes, which makes its address known; the keys of a direction follow from its
 * number, and keep nothing secret.
 */
#define BENCH_RAW_HELLO_LEN 3
#define BENCH_RAW_SENDER 'P'   /* publishes to everybody */
#define BENCH_RAW_RECEIVER 'R' /* u16 number follows */

/* The context of what that leg sends or receives; ends the program when it cannot be. */
struct tsr_srtp *bench_raw_srtp(bool is_receiver, uint16_t index, enum tsr_srtp_profile profile,
	enum tsr_srtp_direction at);

#endif
