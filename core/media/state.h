/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_STATE_H
#define TSR_MEDIA_STATE_H

#include "core/base/list.h"
#include "core/base/writer.h"
#include "core/media/bwe.h"
#include "core/media/layers.h"
#include "core/media/remap.h"
#include "core/media/router.h"
#include "core/media/speaker.h"

/*
 * state: what router.c, source.c, ingress.c, egress.c, choice.c and consumer.c share; inlet.h has
 * the producers' side. Nobody else includes it.
 */
#define TSR_TICK (50 * TSR_MS)        /* not before ... */
#define TSR_TICK_LATEST (75 * TSR_MS) /* ... and then with what comes, else alone */
#define TSR_BUCKETS 64u
#define TSR_QUEUE_STANDS (80 * TSR_MS) /* on a receiver's line: it shall empty first */
/* Nobody who is connected hears nothing for longer, but for a tick: a page tells by it that its
 * path is dead. */
#define TSR_PULSE (250 * TSR_MS)
#define TSR_KEY_INTERVAL (500 * TSR_MS) /* of key frame requests to one encoding */

struct tsr_producer;

/* ---- a producer as seen by a thread: what it sent of late, and how much --------------- */

struct tsr_track {                /* one encoding */
	struct tsr_parcel **ring; /* by index; keeps references */
	uint32_t mask;
	bool has_parcel, has_key;
	uint32_t newest, key; /* indexes */
	uint32_t since_key;   /* bytes */
	uint8_t generation;
	bool is_silent;    /* while the smallest encoding goes on */
	uint32_t n_missed; /* frames that the smallest had since the last one here */
	uint32_t n_back;   /* frames since it is heard again */
	tsr_time heard, key_arrived, key_asked;
	uint32_t counted[TSR_MEDIA_ENCODINGS_MAX][TSR_MEDIA_TEMPORAL_MAX]; /* bytes since the last
									    * tick, by layer */
	uint32_t bps[TSR_MEDIA_ENCODINGS_MAX][TSR_MEDIA_TEMPORAL_MAX];
};

struct tsr_source {
	struct tsr_list link; /* in a bucket of the router */
	struct tsr_router *router;
	struct tsr_producer_config config;
	bool is_audio;
	struct tsr_list consumers; /* tsr_consumer.source_link */
	struct tsr_track tracks[TSR_MEDIA_ENCODINGS_MAX];
	uint8_t n_options;
	struct tsr_layer_option options[TSR_LAYERS_OPTIONS_MAX];
	tsr_time counted_since;
	bool is_measured; /* options are more than a guess */
	uint32_t audio_bps;
	tsr_time loss_told;
	tsr_time spoke; /* of a video: its member, last */
	struct tsr_meter meter;
	uint64_t sr_ntp; /* newest sender report, and when it was heard of */
	uint32_t sr_ts;
	tsr_time sr_at;
};

struct tsr_source *tsr_source_find(const struct tsr_router *router, struct tsr_stream_id id);
/* The parcel of an index, or NULL. */
const struct tsr_parcel *tsr_track_find(const struct tsr_track *track, uint32_t index);
/* Measures rates and lists what can be chosen from. */
void tsr_source_handle_timeout(struct tsr_source *source, tsr_time now);
/* A consumer cannot go on without a key frame of an encoding. */
void tsr_source_request_key(struct tsr_source *source, uint8_t encoding, tsr_time now);
void tsr_source_destroy(struct tsr_source *source);

/* ---- a consumer ----------------------------------------------------------------------- */

enum tsr_sent_flags {
	TSR_SENT_VALID = 1,
	TSR_SENT_MARKER = 2,
	TSR_SENT_EMPTY = 4,
	TSR_SENT_OUT = 8, /* it has left; until then it is in the queue */
};

/* What a packet that was sent looked like, to send it again. */
struct tsr_sent {
	uint32_t index, ts;
	uint16_t seq, picture; /* picture: of sound, its transport-wide number */
	uint16_t resent_ms;    /* low bits of when, 0 = never */
	uint8_t tl0;
	uint8_t encoding : 4, flags : 4;
};

/* Up to config it is what each packet needs. */
struct tsr_consumer {
	struct tsr_list source_link; /* in tsr_source.consumers */
	struct tsr_egress *egress;
	struct tsr_source *source;
	uint16_t slot;      /* in the egress */
	uint8_t generation; /* of the slot */

	/* forwarding */
	int8_t encoding;                          /* forwarded now, -1 = nothing */
	int8_t target;                            /* to be forwarded */
	uint8_t spatial, temporal, next_temporal; /* highest layers that pass */
	uint8_t target_spatial, target_temporal;
	uint8_t old_spatial, old_temporal; /* VP9: for what comes late from before limits_since */
	uint32_t limits_since;
	uint8_t source_generation;
	bool has_sent, has_begun; /* begun: packets is on the source's count */
	uint32_t ts_offset, last_ts, last_in_ts, last_picture;
	uint8_t tl0_offset, last_tl0;
	uint16_t picture_offset, last_out_picture;
	struct tsr_remap packets;
	struct tsr_remap *pictures; /* VP8: of_pictures, else NULL */
	struct tsr_remap of_pictures;

	/* the header that all its packets begin with */
	uint8_t header[64];
	uint8_t header_len, time_at, transport_at, level_at; /* 0 = not sent */

	struct tsr_sent *sent; /* by sequence number; it and the slots lie behind this struct */
	uint16_t sent_mask;
	uint16_t rtx_seq, newest_seq;
	uint16_t
		began_seq; /* of the encoding that is forwarded now: what was before helps nobody */

	struct tsr_consumer_wants wants;
	uint64_t n_packets, n_bytes;

	struct tsr_consumer_config config;
	enum tsr_consumer_reason reason;
	uint64_t counted_bytes;
	uint32_t rate_bps;
	bool is_among_last;
	tsr_time key_due, key_not_before;
	tsr_time reported; /* when the last sender report went */
	uint32_t lsr[2];   /* middle of the NTP times of the last two, and when they went */
	tsr_time lsr_at[2];
};

/* Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_consumer_create(struct tsr_consumer **out, struct tsr_egress *egress,
	struct tsr_source *source, const struct tsr_consumer_config *config, uint64_t random);
void tsr_consumer_destroy(struct tsr_consumer *consumer);
void tsr_consumer_handle_parcel(
	struct tsr_consumer *consumer, const struct tsr_parcel *parcel, tsr_time now);
/* NULL = nothing. is_urgent: a larger encoding than that may not go on until this one has begun. */
void tsr_consumer_choose(struct tsr_consumer *consumer, const struct tsr_layer_option *option,
	bool is_urgent, tsr_time now);
void tsr_consumer_set_wants(
	struct tsr_consumer *consumer, const struct tsr_consumer_wants *wants, tsr_time now);
/* Whether the member may have a key frame for what he does or says; it counts then. */
bool tsr_consumer_may_ask(struct tsr_consumer *consumer, tsr_time now);
/* What is chosen, among the options of now: the one itself or the next lower one; -1 = nothing. */
int tsr_consumer_option(const struct tsr_consumer *consumer);
/* Nothing more until a key frame: too much waits. */
void tsr_consumer_suspend(struct tsr_consumer *consumer);
/* What it waits for is asked for again. */
void tsr_consumer_handle_timeout(struct tsr_consumer *consumer, tsr_time now);
/* Writes the head of what has the number seq; is_rtx: once more, by RTX. Its length, 0 when it is
 * not there any more; the rest is *tail, in a parcel. Sound that has left goes as it went. */
size_t tsr_consumer_write(struct tsr_consumer *consumer, uint16_t seq, bool is_rtx, uint8_t *buf,
	struct tsr_slice *tail, tsr_time now);
/* Writes a packet of nothing but padding, for a probe. */
size_t tsr_consumer_write_padding(struct tsr_consumer *consumer, uint8_t *buf, tsr_time now);
/* Whether it may be sent once more now; it counts as sent then. */
bool tsr_consumer_may_resend(struct tsr_consumer *consumer, uint16_t seq, tsr_time now);
/* SR and SDES. */
bool tsr_consumer_is_report_due(const struct tsr_consumer *consumer, tsr_time now);
void tsr_consumer_write_report(struct tsr_consumer *consumer, struct tsr_writer *wr, tsr_time now);

/* ---- a receiving transport ------------------------------------------------------------ */

#define TSR_QUEUE_AUDIO 128u
#define TSR_QUEUE_RTX 256u
#define TSR_QUEUE_VIDEO 2048u

struct tsr_queue {
	uint32_t first, n, cap, max; /* cap: a power of two, doubles up to max */
	uint32_t *items;             /* slot:9 generation:7 seq:16 */
};

/* Up to stats.bytes, and where bwe begins, it is what each packet needs. */
struct tsr_egress {
	struct tsr_list link;   /* in tsr_router.egresses */
	struct tsr_list active; /* in tsr_router.active_egresses */
	struct tsr_router *router;
	void *user;
	bool is_open, is_waiting; /* waiting: for the pacer */
	bool needs_choice;        /* wants or consumers changed */
	uint32_t last_n;
	struct tsr_slot {
		struct tsr_consumer *consumer; /* NULL: free */
		uint8_t generation;
	} * slots;
	uint32_t n_slots, n_consumers;
	struct tsr_consumer *padding; /* whose last packet serves a probe */
	struct tsr_queue audio, rtx, video;
	uint64_t video_bytes; /* in the queue */

	uint16_t transport_seq, numbered; /* the next; what the packet written last got */
	bool has_transport_cc, was_numbered;
	bool has_reports; /* some are due */
	uint32_t ssrc;    /* of reports about nothing */
	tsr_time sent;    /* when something was written last */
	bool was_rtx;     /* video and what is sent again take turns */
	int64_t purse;    /* bytes that may be sent now */
	tsr_time filled;
	uint64_t spent_bps; /* what was chosen takes so much */
	struct tsr_egress_stats stats;

	uint64_t wanted_bps, chosen_bps, audio_bps; /* chosen_bps: the target at the last choice */
	bool is_guessing;                           /* nobody has measured some of it yet */
	tsr_time opened;
	tsr_time chosen, ticked;
	tsr_time rise_after, risen; /* a rise that did not last is not tried again so soon */

	/* Of videos that were closed: when they may have a key frame again, if they are reopened.
	 */
	struct tsr_key_debt {
		struct tsr_stream_id source;
		tsr_time due;
	} debts[16];
	uint32_t byes[8];
	uint32_t n_byes;
	tsr_time loss_heard; /* when loss was reported last */
	uint64_t counted_bytes;
	tsr_time counted_since;
	struct tsr_bwe bwe;
};

/* How much of what is sent does not arrive, of 256, by what was reported of late. */
uint8_t tsr_egress_loss(const struct tsr_egress *egress, tsr_time now);
/* Takes a packet of the consumer for sending. False: no room. */
bool tsr_egress_enqueue(struct tsr_egress *egress, struct tsr_consumer *consumer, uint16_t seq,
	size_t len, bool is_rtx);
/* Chooses anew what is sent, for what the line carries now (choice.c). */
void tsr_egress_choose(struct tsr_egress *egress, tsr_time now);
/* So much waits already that nothing more should be begun. */
bool tsr_egress_is_full(const struct tsr_egress *egress);
/* Numbers a packet for the transport's congestion control. */
uint16_t tsr_egress_number(struct tsr_egress *egress);
void tsr_egress_handle_timeout(struct tsr_egress *egress, tsr_time now);
void tsr_egress_forget(struct tsr_egress *egress, struct tsr_consumer *consumer);
void tsr_egress_destroy(struct tsr_egress *egress);

/* ---- the router ----------------------------------------------------------------------- */

#define TSR_EVENTS_MAX 64u

struct tsr_router {
	struct tsr_parcel_pool *pool;
	uint64_t random;
	struct tsr_list buckets[TSR_BUCKETS]; /* tsr_source.link */
	struct tsr_list ingresses, egresses;
	struct tsr_list active_ingresses, active_egresses;
	struct tsr_floor floor;
	tsr_time ticked, weighed, next_ingress, next_egress;
	struct tsr_layers_ask asks[TSR_MEDIA_CONSUMERS_MAX]; /* for the choice of one egress */
	struct tsr_router_event events[TSR_EVENTS_MAX];
	uint32_t first_event, n_events;
	bool speakers_changed;
};

uint64_t tsr_router_random(struct tsr_router *router);
/* To the producer if it is of this thread, else to those of other threads. */
void tsr_router_tell(struct tsr_router *router, const struct tsr_router_event *event, tsr_time now);
void tsr_router_say(struct tsr_router *router, const struct tsr_router_event *event);
void tsr_router_activate_ingress(struct tsr_ingress *ingress);
void tsr_router_activate_egress(struct tsr_egress *egress);

#endif
