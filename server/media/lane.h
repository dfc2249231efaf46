/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_LANE_H
#define TSR_MEDIA_LANE_H

#include "core/base/list.h"
#include "core/base/msg.h"
#include "core/media/precall.h"
#include "core/media/router.h"
#include "core/media/transport.h"
#include "server/media/command.h"
#include "server/media/media.h"
#include "server/media/shared.h"
#include "server/media/stray.h"
#include "server/thread.h"
#include "sys/udp.h"

/*
 * lane: one thread of media. It has a UDP socket of every port and family, the transports whose
 * first valid STUN came to it, and of each session what it needs for these: a room.
 *
 *	lane.c     life, commands' way in, time, mail between lanes
 *	flows.c    whose a datagram is: by ufrag, by tuple
 *	leg.c      a member's transport, declared or live
 *	room.c     a session here: its sources, its legs, their producers and consumers
 *	inward.c   datagrams: from the sockets, from other lanes
 *	outward.c  what transports and routers want sent: protected and sent in one pass
 *	stray.c    the datagrams that go to another lane
 *	wire.c     TCP connections (RFC 4571)
 *
 * A turn: datagrams of all sockets go through their transports into the routers, mail brings the
 * parcels of other lanes; at its end (tail) every router that has something is drained.
 *
 * Every lane hears every command, so it can go on with a transport the moment it takes it. What
 * belongs to another lane's transport is not kept.
 */
#define TSR_LANE_BUCKETS 1024u
#define TSR_LANE_WIRES 256u
#define TSR_LANE_SOCKETS (TSR_CHILD_PORTS * 2)

struct tsr_wire;
struct tsr_outward;

struct tsr_socket {
	struct tsr_lane *lane;
	struct tsr_poll *poll;
	int fd;
	bool is_v6;
	uint16_t port;
};

/* A session here. */
struct tsr_room {
	struct tsr_room *next; /* in its bucket */
	struct tsr_lane *lane;
	uint64_t session;
	struct tsr_hall *hall;
	struct tsr_router *router; /* NULL until a leg is live here */
	unsigned n_live;
	struct tsr_list legs;    /* tsr_leg.room_link */
	struct tsr_list sources; /* tsr_source.room_link */
	struct tsr_list dirty_link;
	struct tsr_list routed_link; /* in lane->routed while there is a router */
	struct tsr_timer *timer;     /* of the router */
};

/* A producer as every lane knows it. */
struct tsr_source {
	struct tsr_list room_link;
	struct tsr_list leg_link; /* in its leg, while that is known here */
	struct tsr_tap *tap;
	uint32_t transport;
	unsigned n_on; /* consumers here that want it */
	struct tsr_producer_config config;
};

struct tsr_consumer {
	struct tsr_list leg_link;
	struct tsr_consumer_config config;
	struct tsr_consumer_wants wants;
};

/* What a leg is called by in STUN. */
struct tsr_name {
	struct tsr_name *next; /* in its bucket; is_listed */
	struct tsr_leg *leg;
	bool is_listed;
	struct tsr_ice_credentials credentials;
};

/* A member's transport, of this lane (live) or not taken yet, or of another lane. */
struct tsr_leg {
	struct tsr_list room_link;
	struct tsr_room *room;
	struct tsr_transport *live; /* NULL: not this lane's */
	struct tsr_ingress *ingress;
	struct tsr_egress *egress;
	struct tsr_claim *claim;
	uint32_t transport;
	struct tsr_member_id member;
	bool is_ingress, has_peer;
	uint8_t fingerprint[TSR_DTLS_FINGERPRINT_LEN];
	struct tsr_name names[2];  /* [0] is the newest */
	struct tsr_list producers; /* tsr_source.leg_link */
	struct tsr_list consumers; /* tsr_consumer.leg_link; empty when another lane's */
	struct tsr_list live_link; /* in lane->live */
	struct tsr_list flows;     /* tsr_flow.leg_link */
	tsr_time due;
	uint32_t told; /* State and path as last told to the edge, and when: */
	tsr_time told_at;
};

/* Whose the datagrams between two addresses are. */
struct tsr_flow {
	struct tsr_flow *next;    /* in its bucket */
	struct tsr_list leg_link; /* at the owner, else empty */
	struct tsr_tuple tuple;
	struct tsr_leg *leg; /* NULL: another lane's */
	unsigned owner;      /* lane */
	unsigned via;        /* at the owner: the lane where they arrive */
};

struct tsr_lane {
	struct tsr_thread thread;
	struct tsr_media *media;
	tsr_time now; /* of this batch */
	size_t n_sockets;
	struct tsr_socket sockets[TSR_LANE_SOCKETS];
	struct tsr_udp_batch *batch;
	struct tsr_udp_in in[TSR_UDP_BATCH];
	struct tsr_outbox *outbox;
	struct tsr_outward *outward;
	struct tsr_parcel_pool *pool;
	struct tsr_strays strays;
	struct tsr_precall precall;
	struct tsr_room *rooms[TSR_LANE_BUCKETS];
	struct tsr_name *names[TSR_LANE_BUCKETS];
	struct tsr_flow *flows[TSR_LANE_BUCKETS];
	struct tsr_list live;   /* tsr_leg.live_link */
	struct tsr_list dirty;  /* tsr_room.dirty_link */
	struct tsr_list routed; /* tsr_room.routed_link */
	struct tsr_list wires;  /* tsr_wire.link */
	struct tsr_wire *wires_by_number[TSR_LANE_WIRES];
	unsigned n_unproven;     /* of them */
	struct tsr_timer *timer; /* of legs, wires and statistics */
	tsr_time due;            /* what it is set to */
	tsr_time told_stats_at;
	bool is_stopping;
};

TSR_CHECKED int tsr_lane_create(struct tsr_lane **out, struct tsr_media *media, unsigned index);
void *tsr_lane_run(void *lane);
void tsr_lane_destroy(struct tsr_lane *lane); /* NULL is fine */

/* ---- mail from the desk; the item is taken ---- */

/* A command, with what is shared for it. */
struct tsr_order {
	struct tsr_command command;
	struct tsr_hall *hall;                  /* TRANSPORT_OPEN, PRODUCER_OPEN */
	struct tsr_claim *claim;                /* TRANSPORT_OPEN */
	struct tsr_tap *tap;                    /* PRODUCER_OPEN */
	struct tsr_ice_credentials credentials; /* TRANSPORT_OPEN, ICE_RESTART */
};
void tsr_lane_on_order(void *lane, void *order, uint64_t unused);
void tsr_lane_on_forget(void *lane, void *unused, uint64_t unused2); /* every session */
void tsr_lane_on_stop(void *lane, void *unused, uint64_t unused2);
void tsr_lane_on_wire(void *lane, void *unused, uint64_t fd); /* a TCP connection */

/* ---- between the files of a lane ---- */

/* Time for this batch, from the clock. */
tsr_time tsr_lane_now(struct tsr_lane *lane);
/* Something of it is due then. */
void tsr_lane_wake_at(struct tsr_lane *lane, tsr_time at);
void tsr_lane_mark_dirty(struct tsr_room *room);
/* Posts a packet (takes; NULL: counted as lost) to the edge. */
void tsr_lane_tell(struct tsr_lane *lane, struct tsr_msg *packet);
void tsr_lane_fail(struct tsr_lane *lane, const struct tsr_command *command, int err);

/* flows.c */
void tsr_name_list(struct tsr_lane *lane, struct tsr_name *name, struct tsr_leg *leg,
	const struct tsr_ice_credentials *credentials);
void tsr_name_unlist(struct tsr_lane *lane, struct tsr_name *name);
struct tsr_name *tsr_name_find(const struct tsr_lane *lane, struct tsr_slice ufrag);
struct tsr_flow *tsr_flow_find(const struct tsr_lane *lane, const struct tsr_tuple *tuple);
/* A valid tuple of a leg of this lane, whose datagrams arrive at lane via. */
void tsr_flow_add(struct tsr_leg *leg, const struct tsr_tuple *tuple, unsigned via);
/* Its peer has been heard on this tuple again: if another peer took the address meanwhile, by a
 * check of his with a forged source, it comes back. */
void tsr_flow_confirm(struct tsr_leg *leg, const struct tsr_tuple *tuple, unsigned via);
void tsr_flow_remove(struct tsr_lane *lane, struct tsr_flow *flow);
void tsr_flows_finish(struct tsr_lane *lane);

/* leg.c */
int tsr_leg_open(struct tsr_room *room, const struct tsr_order *order);
void tsr_leg_destroy(struct tsr_leg *leg);
struct tsr_leg *tsr_leg_find(const struct tsr_room *room, uint32_t transport);
bool tsr_leg_is_elsewhere(const struct tsr_leg *leg); /* another lane took it */
/* Makes it this lane's; the claim is taken. */
int tsr_leg_go_live(struct tsr_leg *leg);
void tsr_leg_connect(struct tsr_leg *leg, const uint8_t *fingerprint);
void tsr_leg_restart(struct tsr_leg *leg, const struct tsr_ice_credentials *credentials);
/* After every call into its transport: what it says. via: where the datagram came. */
void tsr_leg_settle(struct tsr_leg *leg, unsigned via);
void tsr_leg_handle_timeout(struct tsr_leg *leg);
void tsr_leg_handle(struct tsr_leg *leg, uint8_t *data, size_t len, const struct tsr_tuple *tuple,
	unsigned via);

/* room.c */
struct tsr_room *tsr_room_find(const struct tsr_lane *lane, uint64_t session);
struct tsr_room *tsr_room_get(struct tsr_lane *lane, uint64_t session, struct tsr_hall *hall);
void tsr_room_destroy(struct tsr_room *room);
void tsr_room_drop_if_empty(struct tsr_room *room);
int tsr_room_open_router(struct tsr_room *room);
int tsr_room_add_source(struct tsr_room *room, const struct tsr_order *order);
void tsr_room_remove_source(struct tsr_room *room, struct tsr_stream_id stream);
void tsr_room_pause_source(struct tsr_room *room, struct tsr_stream_id stream, bool is_paused);
struct tsr_source *tsr_room_find_source(const struct tsr_room *room, struct tsr_stream_id stream);
/* The producers and consumers of a leg that has just become live. */
void tsr_room_settle_in(struct tsr_leg *leg);
int tsr_room_add_consumer(struct tsr_leg *leg, const struct tsr_consumer_config *config);
void tsr_room_remove_consumer(struct tsr_leg *leg, struct tsr_stream_id stream);
void tsr_room_set_wants(
	struct tsr_leg *leg, struct tsr_stream_id stream, const struct tsr_consumer_wants *wants);
/* Its transport has keys: what goes once more as it was may pass from now on. */
void tsr_room_allow_repeats(struct tsr_leg *leg);
void tsr_room_drop_consumers(struct tsr_leg *leg);
/* A parcel of a producer here, to this and the other lanes; takes it. */
void tsr_room_publish(struct tsr_leg *leg, struct tsr_parcel *parcel);
void tsr_room_tell_stats(struct tsr_room *room);
void tsr_room_handle_events(struct tsr_room *room);

/* inward.c */
void tsr_inward_on_poll(void *socket, unsigned events);
/* One datagram that arrived here; data is writable. wire: the connection, or NULL. Returns false
 * when the wire was given to another lane. */
bool tsr_inward_handle(struct tsr_lane *lane, uint8_t *data, size_t len,
	const struct tsr_tuple *tuple, struct tsr_wire *wire);

/* outward.c */
int tsr_outward_create(struct tsr_lane *lane);
void tsr_outward_destroy(struct tsr_lane *lane);
void tsr_outward_send_outbox(struct tsr_lane *lane);
void tsr_outward_drain(void *lane); /* the loop's tail */

/* wire.c */
void tsr_wire_open(struct tsr_lane *lane, int fd); /* takes fd */
/* Takes the connection over to the lane that has its transport. */
void tsr_wire_move(struct tsr_wire *wire, unsigned lane);
void tsr_wire_close(struct tsr_wire *wire);
void tsr_wire_confirm(struct tsr_lane *lane, uint32_t number); /* its tuple is valid */
void tsr_wire_expire(struct tsr_lane *lane, uint32_t number);  /* not any more */
struct tsr_wire *tsr_wire_find(const struct tsr_lane *lane, uint32_t number);
void tsr_wire_send(struct tsr_wire *wire, struct tsr_slice datagram);
void tsr_wires_handle_timeout(struct tsr_lane *lane);
void tsr_wires_finish(struct tsr_lane *lane);

#endif
