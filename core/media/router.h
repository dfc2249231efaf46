/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_ROUTER_H
#define TSR_MEDIA_ROUTER_H

#include "core/base/slice.h"
#include "core/media/parcel.h"
#include "core/media/rtp.h"

/*
 * router: one session's audio and video on ONE thread. It has
 *
 *	ingresses   members' sending transports on this thread, with their producers;
 *	sources     what is known here of producers, of this thread or of others;
 *	egresses    members' receiving transports on this thread, with their consumers of sources.
 *
 * RTP in → tsr_ingress_handle_rtp() → parcel → tsr_router_handle_parcel() of this and of every
 * other thread's router → egresses have something to send. After each batch of input, and when
 * tsr_router_next_timeout() has come:
 *
 *	tsr_router_handle_timeout(router, now);
 *	while ((egress = tsr_router_poll_egress(router)))
 *		while ((n = tsr_egress_poll(egress, buf, cap, now, &kind))) protect and send;
 *	while ((ingress = tsr_router_poll_ingress(router)))
 *		while ((n = tsr_ingress_poll(ingress, buf, cap, now))) protect and send; (RTCP)
 *	while (tsr_router_poll_event(router, &event)) ...;
 *
 * All of it is plain: (S)RTP, ICE and tuples are core/media/transport.h's matter. No function
 * allocates but those that open something, and parcels from their pool. docs/media.md explains
 * the rules.
 */
#define TSR_MEDIA_ENCODINGS_MAX 4u
#define TSR_MEDIA_TEMPORAL_MAX 4u
#define TSR_MEDIA_PRODUCERS_MAX 16u  /* of an ingress */
#define TSR_MEDIA_CONSUMERS_MAX 512u /* of an egress */
#define TSR_MEDIA_SPEAKERS_MAX 16u
#define TSR_MEDIA_LAST_N 25u /* videos for one receiver, however many his page shows */
#define TSR_MEDIA_LAST_N_MAX 64u
#define TSR_MEDIA_OUT_MAX 1536u /* room for one packet that poll writes, without the SRTP tag */

struct tsr_router;
struct tsr_ingress;
struct tsr_egress;

struct tsr_router_config {
	struct tsr_parcel_pool *pool; /* keeps; of this thread, shared by its routers */
	uint64_t seed;                /* randomness: sequence numbers, SSRC of our RTCP */
};

/* Returns 0 or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_router_create(
	struct tsr_router **out, const struct tsr_router_config *config, tsr_time now);
/* Destroys the ingresses and egresses that are left, too. NULL is fine. */
void tsr_router_destroy(struct tsr_router *router);

/* ---- producers ---------------------------------------------------------------------- */

struct tsr_media_encoding {
	char rid[TSR_RTP_NAME_MAX + 1];          /* "": none */
	uint32_t ssrc, rtx_ssrc;                 /* 0: learnt by MID and RID */
	uint8_t spatial_layers, temporal_layers; /* 0 counts as 1 */
};
struct tsr_producer_config {
	struct tsr_stream_id id;
	struct tsr_member_id member;
	enum tsr_codec codec;
	uint8_t pt, rtx_pt; /* rtx_pt 0: no RTX */
	char mid[TSR_RTP_NAME_MAX + 1];
	uint8_t n_encodings; /* 1.., the smallest first */
	struct tsr_media_encoding encodings[TSR_MEDIA_ENCODINGS_MAX];
	struct tsr_rtp_ids ids; /* one id has one meaning on a transport */
	bool is_paused;
};

/* user is given back by tsr_ingress_user(). Returns NULL when out of memory. */
struct tsr_ingress *tsr_router_add_ingress(struct tsr_router *router, void *user);
/* Its producers end, too; sources stay until tsr_router_remove_source(). */
void tsr_router_remove_ingress(struct tsr_router *router, struct tsr_ingress *ingress);
void *tsr_ingress_user(const struct tsr_ingress *ingress);

/* Returns 0; TSR_ERR_RANGE (a field, or an extension id that means something else already);
 * TSR_ERR_BUSY (id, mid or SSRC taken on this transport); TSR_ERR_FULL; TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_ingress_add_producer(
	struct tsr_ingress *ingress, const struct tsr_producer_config *config);
void tsr_ingress_remove_producer(struct tsr_ingress *ingress, struct tsr_stream_id id);
/* Forced mute: what arrives is acknowledged to the sender and forwarded to nobody. */
void tsr_ingress_set_paused(struct tsr_ingress *ingress, struct tsr_stream_id id, bool is_paused);

/* One RTP packet as unprotected; borrows. Returns 0 and the parcel to hand to every router of the
 * session, whose reference is the caller's, or NULL when there is nothing to forward (repeated,
 * paused, padding). TSR_ERR_*: refused and counted; nothing else happened. */
TSR_CHECKED int tsr_ingress_handle_rtp(struct tsr_ingress *ingress, struct tsr_slice packet,
	tsr_time now, struct tsr_parcel **out);
/* A compound packet as unprotected. */
TSR_CHECKED int tsr_ingress_handle_rtcp(
	struct tsr_ingress *ingress, struct tsr_slice packet, tsr_time now);
/* Writes the next compound RTCP packet to the sender (NACK, PLI, RR, transport-cc); 0: none. */
size_t tsr_ingress_poll(struct tsr_ingress *ingress, uint8_t *buf, size_t cap, tsr_time now);

/* ---- sources ------------------------------------------------------------------------ */

/* What every thread of the session must know of a producer before it handles its parcels. Returns
 * 0, TSR_ERR_BUSY (id is there), TSR_ERR_RANGE or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_router_add_source(
	struct tsr_router *router, const struct tsr_producer_config *config, tsr_time now);
/* Ends its consumers here. */
void tsr_router_remove_source(struct tsr_router *router, struct tsr_stream_id id);

/* Paused: nothing of what was heard or seen of it is sent any more, neither what waits nor what
 * somebody lost. What comes of it nevertheless is dropped. */
void tsr_router_set_source_paused(
	struct tsr_router *router, struct tsr_stream_id id, bool is_paused);

/* A parcel of a source; takes a reference of its own if it keeps it. Audio must go to every thread
 * of the session (each of them tells speakers by itself), video to those with consumers of it. */
void tsr_router_handle_parcel(struct tsr_router *router, struct tsr_parcel *parcel, tsr_time now);

/* ---- consumers ---------------------------------------------------------------------- */

struct tsr_consumer_config {
	struct tsr_stream_id source;
	uint32_t ssrc, rtx_ssrc; /* drawn anew for each consumer, never used twice on a transport */
	uint8_t pt, rtx_pt;      /* rtx_pt 0: nothing is sent again */
	char mid[TSR_RTP_NAME_MAX + 1];
	char cname[64 + 1];
	struct tsr_rtp_ids ids; /* as the receiver has them: mid, abs_send_time, transport_cc,
				 * audio_level are sent */
};
/* What a receiver wants of a consumer; at first it is off. */
struct tsr_consumer_wants {
	bool is_on;
	uint8_t max_spatial, max_temporal; /* what its tile can show */
	uint8_t priority;                  /* the higher keep their layer longer */
};

struct tsr_egress *tsr_router_add_egress(struct tsr_router *router, void *user, tsr_time now);
void tsr_router_remove_egress(struct tsr_router *router, struct tsr_egress *egress);
void *tsr_egress_user(const struct tsr_egress *egress);

/* Returns 0; TSR_ERR_UNKNOWN (no such source); TSR_ERR_BUSY (consumed already, or SSRC taken);
 * TSR_ERR_RANGE; TSR_ERR_FULL; TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_egress_add_consumer(
	struct tsr_egress *egress, const struct tsr_consumer_config *config, tsr_time now);
void tsr_egress_remove_consumer(struct tsr_egress *egress, struct tsr_stream_id source);
/* Unknown consumers are passed over. */
void tsr_egress_set_wants(struct tsr_egress *egress, struct tsr_stream_id source,
	const struct tsr_consumer_wants *wants, tsr_time now);
/* At most n video producers at once of those that send: who are wanted most and who spoke last.
 * 0 = no limit, else TSR_MEDIA_LAST_N_MAX at most; TSR_MEDIA_LAST_N until it is set. */
void tsr_egress_set_last_n(struct tsr_egress *egress, uint32_t n, tsr_time now);
/* The receiver's transport is up (DTLS connected) or not; nothing is sent before. At first not. */
void tsr_egress_set_open(struct tsr_egress *egress, bool is_open, tsr_time now);

/* It is reached by another way from now on: what was learnt of delays is void. */
void tsr_egress_handle_path(struct tsr_egress *egress, tsr_time now);

TSR_CHECKED int tsr_egress_handle_rtcp(
	struct tsr_egress *egress, struct tsr_slice packet, tsr_time now);

enum tsr_media_kind { TSR_MEDIA_RTP, TSR_MEDIA_RTCP };
/* The next packet: writes its head into buf, cap >= TSR_MEDIA_OUT_MAX, and gives the rest, which
 * all receivers share, as *tail; that is valid until the next input. Returns the head's length; 0:
 * nothing may be sent now (pacing included). Packets of one frame come one after the other and
 * mostly have one length (UDP_SEGMENT). */
size_t tsr_egress_poll_parts(struct tsr_egress *egress, uint8_t *buf, size_t cap, tsr_time now,
	enum tsr_media_kind *kind, struct tsr_slice *tail);
/* The same as one piece. */
size_t tsr_egress_poll(struct tsr_egress *egress, uint8_t *buf, size_t cap, tsr_time now,
	enum tsr_media_kind *kind);
/* Asks to be polled again by tsr_router_poll_egress(): the caller stopped before poll gave 0. */
void tsr_egress_wake(struct tsr_egress *egress);

/* ---- all of it ---------------------------------------------------------------------- */

/* Each is given once for each time there came to be something to send. */
struct tsr_egress *tsr_router_poll_egress(struct tsr_router *router);
struct tsr_ingress *tsr_router_poll_ingress(struct tsr_router *router);

enum tsr_router_event_kind {
	TSR_ROUTER_KEY_FRAME, /* producer, encoding: tell the thread that has the producer */
	TSR_ROUTER_LOSS,      /* producer, loss: tell it, too */
	TSR_ROUTER_SPEAKERS,  /* see tsr_router_speakers() */
};
struct tsr_router_event {
	enum tsr_router_event_kind kind;
	struct tsr_stream_id producer;
	uint8_t encoding;
	uint8_t loss; /* of 256, of those who hear it worst */
};
bool tsr_router_poll_event(struct tsr_router *router, struct tsr_router_event *out);
/* A TSR_ROUTER_KEY_FRAME or TSR_ROUTER_LOSS, as another thread's router said it. Returns whether
 * the producer is of this thread; if not, nothing is done. */
bool tsr_router_handle_event(
	struct tsr_router *router, const struct tsr_router_event *event, tsr_time now);

void tsr_router_handle_timeout(struct tsr_router *router, tsr_time now);
tsr_time tsr_router_next_timeout(const struct tsr_router *router);

struct tsr_speaker {
	struct tsr_stream_id source;
	struct tsr_member_id member;
	uint8_t level; /* -dBov, smoothed */
};
/* Who speak now, the loudest first; *active has the floor (v 0: nobody yet). Returns how many. */
size_t tsr_router_speakers(const struct tsr_router *router,
	struct tsr_speaker v[static TSR_MEDIA_SPEAKERS_MAX], struct tsr_speaker *active);

/* ---- statistics, since the start unless a rate --------------------------------------- */

struct tsr_ingress_stats {
	uint64_t packets, bytes, lost, recovered, refused;
	uint64_t nacks, plis; /* sent */
	uint32_t rate_bps, rtt_ms, loss_permille;
};
struct tsr_egress_stats {
	uint64_t packets, bytes, resent, dropped; /* dropped: held back for too long a queue */
	uint64_t nacks, plis;                     /* received */
	uint32_t rate_bps, estimate_bps, rtt_ms, loss_permille;
	uint32_t queue_ms;
};
enum tsr_consumer_reason {
	TSR_CONSUMER_FULL,      /* all that is wanted */
	TSR_CONSUMER_OFF,       /* not wanted, or no video by last-N */
	TSR_CONSUMER_BANDWIDTH, /* the line carries no more */
	TSR_CONSUMER_SOURCE,    /* the producer sends no more */
	TSR_CONSUMER_WAITING,   /* for a key frame */
};
struct tsr_consumer_stats {
	struct tsr_stream_id source;
	bool is_on; /* something is forwarded */
	uint8_t spatial, temporal;
	enum tsr_consumer_reason reason;
	uint64_t packets, bytes;
	uint32_t rate_bps;
};
void tsr_ingress_stats(
	const struct tsr_ingress *ingress, struct tsr_ingress_stats *out, tsr_time now);
void tsr_egress_stats(const struct tsr_egress *egress, struct tsr_egress_stats *out, tsr_time now);
/* Fills at most cap; returns how many consumers there are. */
size_t tsr_egress_consumers(
	const struct tsr_egress *egress, struct tsr_consumer_stats *v, size_t cap, tsr_time now);

#endif
