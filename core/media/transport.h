/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_TRANSPORT_H
#define TSR_MEDIA_TRANSPORT_H

#include "core/base/time.h"
#include "core/media/dtls.h"
#include "core/media/ice.h"
#include "core/media/packet.h"
#include "core/media/srtp.h"

/*
 * transport: one peer's media path: ICE, DTLS and SRTP bound together. No socket, no clock:
 *
 *	datagram:  STUN request: tsr_stun_parse(), tsr_stun_ufrag() finds the transport;
 *	           anything else: the transport that said EVENT_TUPLE for this tuple, or drop it;
 *	           tsr_transport_handle_datagram(), use *out if it is RTP or RTCP;
 *	then:      while (tsr_transport_poll_event(...)) ...; send what is in the outbox;
 *	timer:     tsr_transport_next_timeout(), tsr_transport_handle_timeout(), as above;
 *	sending:   fill jobs of many transports, tsr_transport_protect() once, send each to
 *	           tsr_transport_selected() of its transport, in the same turn.
 *
 *	            set_peer() and a valid tuple      the last tuple's consent runs out
 *	    NEW ------------------> CONNECTED <----------------------> DISCONNECTED
 *	     |  handshake is done       |      a valid tuple again           |
 *	     +--------------------------+-------> CLOSED <-------------------+
 *	         handshake fails (no event CONNECTED was given), the peer says close_notify
 *
 * What keeps strangers out: a datagram on a tuple that no authenticated STUN request has proven
 * reaches neither DTLS nor SRTP and makes no state, a ClientHello before ICE included (its sender
 * says it again). No DTLS before set_peer(): there is no certificate to compare with. An address
 * is learnt from STUN alone, never from RTP.
 *
 * A transport belongs to one thread. ICE restart changes credentials only.
 */
struct tsr_transport;

enum tsr_transport_role {
	TSR_TRANSPORT_SERVER, /* ICE-lite, DTLS server */
	TSR_TRANSPORT_CLIENT, /* ICE controlling with one pair, DTLS client: load client, tests */
};

enum tsr_transport_state {
	TSR_TRANSPORT_NEW,
	TSR_TRANSPORT_CONNECTED,
	TSR_TRANSPORT_DISCONNECTED, /* was connected; comes back with the first valid tuple */
	TSR_TRANSPORT_CLOSED,       /* for good */
};

enum tsr_transport_event_kind {
	TSR_TRANSPORT_EVENT_STATE, /* state is new */
	TSR_TRANSPORT_EVENT_TUPLE, /* tuple is valid now: datagrams on it are this transport's */
	TSR_TRANSPORT_EVENT_TUPLE_GONE, /* not any more */
	TSR_TRANSPORT_EVENT_SELECTED,   /* tsr_transport_selected() is another one */
};

struct tsr_transport_event {
	enum tsr_transport_event_kind kind;
	enum tsr_transport_state state;
	struct tsr_tuple tuple;
};

struct tsr_transport_stats {
	uint64_t bytes_in, bytes_out;     /* SRTP and SRTCP that were good */
	uint64_t packets_in, packets_out; /* the same */
	uint32_t foreign;                 /* DTLS or RTP on a tuple that is not valid */
	uint32_t early;                   /* DTLS before set_peer(), RTP before keys */
	uint32_t stun_refused;            /* not STUN, wrong integrity */
	uint32_t forged, replayed;        /* SRTP */
	uint32_t malformed;               /* anything else that could not be read */
	uint32_t n_tuples;
};

/* The local ufrag names the transport. Keeps identity, copies the rest. Returns 0, TSR_ERR_RANGE
 * (credentials), TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_transport_create(struct tsr_transport **out, enum tsr_transport_role role,
	struct tsr_dtls_identity *identity, const struct tsr_ice_credentials *local, void *user);
void tsr_transport_destroy(struct tsr_transport *transport); /* silent; NULL is fine */
void *tsr_transport_user(const struct tsr_transport *transport);

/* What signalling said: the SHA-256 fingerprint of the peer's certificate. Once; DTLS may begin.
 * Returns 0, TSR_ERR_STATE, TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_transport_set_peer(struct tsr_transport *transport,
	const uint8_t fingerprint[static TSR_DTLS_FINGERPRINT_LEN]);

/* CLIENT: begins (or, with other credentials or another tuple, begins again) to check a tuple. */
void tsr_transport_check(struct tsr_transport *transport, const struct tsr_ice_credentials *remote,
	const struct tsr_tuple *tuple, tsr_time now);

/* ICE restart: the transport has another ufrag from now on. The old one is answered until the
 * first request with the new one, so keep both in the directory until that. DTLS and SRTP stay.
 * Returns 0 or TSR_ERR_RANGE. */
TSR_CHECKED int tsr_transport_restart(
	struct tsr_transport *transport, const struct tsr_ice_credentials *local);

/* What a datagram held. */
struct tsr_transport_packet {
	enum tsr_packet_kind
		kind;  /* TSR_PACKET_RTP, TSR_PACKET_RTCP, else nothing for the caller */
	uint8_t *data; /* plain, in the datagram's place */
	size_t len;
};

/* data is decrypted in place. Returns 0, or why the datagram was dropped and counted (any code of
 * the parsers, of srtp.h; TSR_ERR_AUTH also for a foreign tuple, TSR_ERR_STATE for what is early,
 * TSR_ERR_CLOSED): nothing to act on. TSR_ERR_UNDRAINED: events are to be polled first. */
TSR_CHECKED int tsr_transport_handle_datagram(struct tsr_transport *transport,
	struct tsr_transport_packet *out, uint8_t *data, size_t len, const struct tsr_tuple *tuple,
	tsr_time now, struct tsr_outbox *outbox);

void tsr_transport_handle_timeout(
	struct tsr_transport *transport, tsr_time now, struct tsr_outbox *outbox);
/* TSR_TIME_NEVER when there is none. Ask again after every call that takes now, but not after RTP
 * and RTCP. */
tsr_time tsr_transport_next_timeout(const struct tsr_transport *transport, tsr_time now);

/* A TCP connection is closed. */
void tsr_transport_handle_link_closed(
	struct tsr_transport *transport, const struct tsr_tuple *tuple);

bool tsr_transport_poll_event(struct tsr_transport *transport, struct tsr_transport_event *out);

/* Says goodbye (close_notify); CLOSED from now on. */
void tsr_transport_close(struct tsr_transport *transport, struct tsr_outbox *outbox);

enum tsr_transport_state tsr_transport_state(const struct tsr_transport *transport);
/* Whether the peer has proven the tuple and still does. */
bool tsr_transport_is_valid(const struct tsr_transport *transport, const struct tsr_tuple *tuple);
/* Where everything for this peer goes; NULL unless CONNECTED or shaking hands. */
const struct tsr_tuple *tsr_transport_selected(const struct tsr_transport *transport);

/* One RTP packet for one receiver: head in data, tail shared; see tsr_srtp_protect(). */
struct tsr_transport_job {
	struct tsr_transport *transport;
	uint8_t *data; /* room for head_len + tail.len + TSR_SRTP_OVERHEAD */
	size_t head_len;
	struct tsr_slice tail;
	size_t len; /* out: of the SRTP packet in data; 0: it is not to be sent */
	int err;    /* out: 0, what tsr_srtp_protect() said, or TSR_ERR_STATE: not CONNECTED */
};

/* One pass over packets of any transports of this thread; those of one receiver together are
 * cheapest. Returns how many are to be sent. */
size_t tsr_transport_protect(struct tsr_transport_job *jobs, size_t n);

/* Bytes that protecting adds to an RTP packet of this transport. */
size_t tsr_transport_overhead(const struct tsr_transport *transport);

/* In place; data has room for *len + TSR_SRTCP_OVERHEAD. Returns 0, TSR_ERR_STATE or what
 * tsr_srtcp_protect() says. */
TSR_CHECKED int tsr_transport_protect_rtcp(
	struct tsr_transport *transport, uint8_t *data, size_t *len);

/* Packets of this SSRC may go once more as they were: see tsr_srtp_repeat(). TSR_ERR_STATE before
 * CONNECTED. */
TSR_CHECKED int tsr_transport_repeat(struct tsr_transport *transport, uint32_t ssrc);

/* An SSRC that is not sent with any more, and never will be: see tsr_srtp_forget(). */
void tsr_transport_forget(struct tsr_transport *transport, uint32_t ssrc);

void tsr_transport_stats(const struct tsr_transport *transport, struct tsr_transport_stats *out);

#endif
