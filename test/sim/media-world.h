/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEDIA_WORLD_H
#define MEDIA_WORLD_H

#include "core/media/nack.h"
#include "core/media/router.h"
#include "core/media/twcc.h"
#include "media-line.h"

/*
 * media-world: publishers and receivers with bad lines in virtual time, and between them the
 * routers of two threads. A publisher has a microphone and a camera (VP8 in three encodings and
 * three temporal layers, or VP9 in three spatial layers), answers NACK and PLI. A receiver keeps
 * what it got, asks for what is missing, reports, and says at the end what could be decoded.
 */
#define WORLD_PUBLISHERS 30u
#define WORLD_RECEIVERS 128u
#define WORLD_STORE 1024u
#define WORLD_FRAMES 4096u

struct world_camera {
	uint32_t ssrc, rtx_ssrc, ts_offset;
	uint16_t seq, rtx_seq, picture;
	uint8_t tl0;
	bool needs_key;
	uint32_t n_keys, n_packets;
	struct {
		uint16_t len;
		uint8_t *data;
	} store[WORLD_STORE];
};

struct world_publisher {
	struct tsr_ingress *ingress;
	uint32_t thread;
	enum tsr_codec codec;
	struct tsr_stream_id audio, video;
	struct world_camera cameras[3];
	struct world_camera microphone;
	uint16_t transport_seq;
	uint32_t frame;
	uint8_t level;
	unsigned n_left_out; /* encodings that are not sent, from the largest */
	tsr_time next_frame, next_audio, next_report;
	struct line up, down; /* to the server, and its RTCP back */
	uint32_t n_plis;
};

/* A frame as it was received. */
struct world_frame {
	bool is_there, is_key, has_marker;
	uint8_t encoding, temporal, spatial, tl0;
	uint32_t ts, number;                 /* of the publisher */
	uint16_t n_packets, n_got[4], of[4]; /* by spatial layer */
	tsr_time done;
};

struct world_stream {
	bool is_video, is_svc;
	struct tsr_stream_id source;
	uint32_t ssrc, rtx_ssrc;
	char mid;
	struct tsr_nack nack;
	bool has_picture;
	uint32_t picture; /* newest, without wrap */
	uint32_t first_picture;
	struct world_frame *frames; /* video: by picture */
	uint64_t n_packets, n_empty, n_repeated, bytes;
	uint64_t second_bytes; /* since the last look */
	uint32_t n_lost_audio, n_concealed, n_audio;
	uint8_t *audio_came; /* audio: by sequence number */
	tsr_time first_frame, last_frame, frozen;
	uint32_t n_freezes;
	uint32_t last_decoded;
	bool is_decodable;
	uint32_t last_ts;
	const char *broken; /* what must never be */
};

struct world_receiver {
	struct tsr_egress *egress;
	uint32_t thread;
	uint32_t n_streams;
	struct world_stream streams[2 * WORLD_PUBLISHERS];
	struct tsr_twcc_log twcc;
	tsr_time next_report;
	struct line down, up;
	uint64_t bytes;
	uint32_t n_byes;
	bool is_simple; /* nothing is looked at */
	uint32_t n_reopened;
	uint32_t rtcp_ssrc;
	uint32_t lsr;
	tsr_time lsr_at;
};

struct world {
	uint64_t random;
	tsr_time now;
	bool is_flat; /* cameras send one encoding without layers, frames of flat_len bytes */
	uint32_t flat_len;
	struct tsr_parcel_pool *pools[2];
	struct tsr_router *routers[2];
	uint32_t n_publishers, n_receivers;
	struct world_publisher publishers[WORLD_PUBLISHERS];
	struct world_receiver receivers[WORLD_RECEIVERS];
	uint32_t n_refused, n_speaker_events;
};

struct world *world_create(uint64_t seed);
void world_destroy(struct world *w);
uint32_t world_random(struct world *w, uint32_t bound);

struct world_publisher *world_add_publisher(
	struct world *w, uint32_t thread, enum tsr_codec codec, tsr_time delay);
struct world_receiver *world_add_receiver(struct world *w, uint32_t thread, tsr_time delay);
/* Everything of every publisher that is there. */
bool world_consume(struct world *w, struct world_receiver *r);
/* Closes a publisher's video, if it is open, and opens it under another SSRC. */
bool world_reopen_video(struct world *w, struct world_receiver *r, const struct world_publisher *p);
void world_run(struct world *w, tsr_time span);

/* How many frames between the first and the last are not whole. What a key frame follows may be:
 * a switch leaves what was under way; so may what is of a temporal layer left out (VP9). */
uint32_t world_count_broken(const struct world_stream *s);
struct world_stream *world_video(struct world_receiver *r, uint32_t publisher);
struct world_stream *world_audio(struct world_receiver *r, uint32_t publisher);

#endif
