/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_STAMP_H
#define TSR_BENCH_SFU_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * stamp: the last bytes of every payload that the load client sends. An SFU may rewrite the SSRC,
 *the sequence number, the timestamp and the picture id of a packet, so what tells a lost packet
 *from a late one travels behind all of them:
 *
 *	u32 magic, u32 source, u32 seq (of the source, from 1), u64 sent_ns (CLOCK_REALTIME)
 */
#define BENCH_STAMP_LEN 20
#define BENCH_STAMP_MAGIC 0x54535253u

struct bench_stamp {
	uint32_t source, seq;
	uint64_t sent_ns;
};

void bench_stamp_write(uint8_t out[static BENCH_STAMP_LEN], const struct bench_stamp *stamp);

/* False when the bytes do not end in a stamp. */
bool bench_stamp_parse(struct bench_stamp *stamp, const uint8_t *bytes, size_t len);

#endif
