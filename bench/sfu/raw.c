/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/raw.h"

#include "bench/load/conn.h"

struct tsr_srtp *bench_raw_srtp(
	bool is_receiver, uint16_t index, enum tsr_srtp_profile profile, enum tsr_srtp_direction at)
{
	uint8_t key[TSR_SRTP_KEY_MAX] = { is_receiver ? BENCH_RAW_RECEIVER : BENCH_RAW_SENDER,
		(uint8_t)(index >> 8), (uint8_t)index };
	uint8_t salt[TSR_SRTP_SALT_MAX] = { 1 };
	struct tsr_srtp *srtp;

	if (tsr_srtp_create(&srtp, profile, at, tsr_slice(key, tsr_srtp_key_len(profile)),
		    tsr_slice(salt, tsr_srtp_salt_len(profile))) != 0)
		bench_die("no SRTP");
	return srtp;
}
