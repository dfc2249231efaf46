/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_PARCEL_H
#define TSR_MEDIA_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ids.h"
#include "core/base/time.h"

/*
 * parcel: one RTP packet of a producer on its way to everybody, with what was read off it once.
 * Its maker fills it and never changes it afterwards; then any thread may read it and take or
 * drop references. Parcels come from a pool of the thread that makes them and return to it from
 * whichever thread drops the last reference, without a lock.
 */
enum tsr_codec { TSR_CODEC_NONE, TSR_CODEC_OPUS, TSR_CODEC_VP8, TSR_CODEC_VP9 };

enum tsr_parcel_flags {
	TSR_PARCEL_MARKER = 1u << 0,
	TSR_PARCEL_START = 1u << 1, /* first packet of a frame (VP9: of a layer's frame) */
	TSR_PARCEL_END = 1u << 2,   /* last packet of a layer's frame (VP9 only) */
	TSR_PARCEL_KEY = 1u << 3,   /* START of a picture that needs no other */
	TSR_PARCEL_INTRA = 1u << 4, /* VP9: this layer's frame needs no earlier picture (P = 0) */
	TSR_PARCEL_SYNC = 1u << 5,  /* temporal layers may be added from here (VP8 Y, VP9 U) */
	TSR_PARCEL_VOICE = 1u << 6, /* RFC 6464 V */
	TSR_PARCEL_LEVEL = 1u << 7, /* level is set */
	TSR_PARCEL_FRESH = 1u << 8, /* in order, not a retransmission */
};

struct tsr_parcel {
	_Atomic uint32_t refs;
	struct tsr_parcel *next; /* while free */
	struct tsr_parcel_pool *pool;
	tsr_time arrived;
	uint64_t sr_ntp; /* newest sender report: this NTP time ... */
	uint32_t sr_ts;  /* ... is this timestamp, on the same clock as ts; sr_ntp 0: none yet */
	struct tsr_stream_id producer;
	uint32_t index;   /* counts the packets of this encoding, lost ones too, without a wrap */
	uint32_t ts;      /* one clock for all encodings of the producer */
	uint32_t picture; /* picture id without a wrap */
	uint16_t flags;
	uint8_t codec;    /* enum tsr_codec */
	uint8_t encoding; /* of simulcast, 0 = the smallest */
	uint8_t spatial, temporal;
	uint8_t picture_at, picture_len; /* where the picture id lies in payload: 0, 1 or 2 bytes */
	uint8_t tl0_at;                  /* VP8 TL0PICIDX; 0 = there is none */
	uint8_t tl0;
	uint8_t level;      /* -dBov */
	uint8_t generation; /* changes when the encoding's source began anew: nothing before it
			       helps */
	uint16_t len;
	uint16_t cap;
	uint8_t payload[];
};

struct tsr_parcel_pool;

/* One for each thread. Returns NULL when out of memory. */
struct tsr_parcel_pool *tsr_parcel_pool_create(void);
/* The memory goes when the last parcel has come back. NULL is fine. */
void tsr_parcel_pool_destroy(struct tsr_parcel_pool *pool);

/* From the pool's own thread. Returns a parcel with room for len <= TSR_RTP_PACKET_MAX bytes and
 * one reference, the rest zero, or NULL. */
struct tsr_parcel *tsr_parcel_create(struct tsr_parcel_pool *pool, size_t len);

struct tsr_parcel *tsr_parcel_ref(struct tsr_parcel *parcel);
/* Drops the reference and clears the caller's pointer; NULL inside is fine. Any thread. */
void tsr_parcel_unref(struct tsr_parcel **parcel);

#endif
