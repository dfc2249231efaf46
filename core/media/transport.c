/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/transport.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/crypto/secret.h"

#define UFRAG_MIN 4 /* RFC 8839 5.4 */
#define PWD_MIN 22
/* One call: every tuple goes, or one comes for one that goes; another is selected; the state. */
#define EVENTS_MAX (TSR_ICE_TUPLES_MAX + 3)

struct tsr_transport {
	enum tsr_transport_role role;
	enum tsr_transport_state state;
	bool is_started;           /* CLIENT: the handshake is */
	struct tsr_srtp *in, *out; /* from the handshake on */
	struct tsr_transport_stats stats;
	struct tsr_ice ice;
	struct tsr_dtls *dtls; /* from set_peer() on */
	struct tsr_dtls_identity *identity;
	void *user;
	bool had_selected; /* what EVENT_SELECTED said last: */
	struct tsr_tuple was_selected;
	uint32_t n_events, next_event;
	struct tsr_transport_event events[EVENTS_MAX];
};

static bool is_usable(const struct tsr_ice_credentials *credentials)
{
	size_t ufrag = strnlen(credentials->ufrag, sizeof(credentials->ufrag));
	size_t pwd = strnlen(credentials->pwd, sizeof(credentials->pwd));

	return ufrag >= UFRAG_MIN && ufrag <= TSR_ICE_UFRAG_MAX && pwd >= PWD_MIN &&
	       pwd <= TSR_ICE_PWD_MAX;
}

int tsr_transport_create(struct tsr_transport **out, enum tsr_transport_role role,
	struct tsr_dtls_identity *identity, const struct tsr_ice_credentials *local, void *user)
{
	struct tsr_transport *transport;

	*out = NULL;
	if (!is_usable(local))
		return TSR_ERR_RANGE;
	transport = calloc(1, sizeof(*transport));
	if (!transport)
		return TSR_ERR_NOMEM;
	transport->role = role;
	transport->identity = identity;
	transport->user = user;
	tsr_ice_init(&transport->ice, role == TSR_TRANSPORT_SERVER, local);
	*out = transport;
	return 0;
}

void tsr_transport_destroy(struct tsr_transport *transport)
{
	if (!transport)
		return;
	tsr_srtp_destroy(transport->in);
	tsr_srtp_destroy(transport->out);
	tsr_dtls_destroy(transport->dtls);
	tsr_wipe(&transport->ice, sizeof(transport->ice));
	free(transport);
}

void *tsr_transport_user(const struct tsr_transport *transport)
{
	return transport->user;
}

int tsr_transport_set_peer(
	struct tsr_transport *transport, const uint8_t fingerprint[static TSR_DTLS_FINGERPRINT_LEN])
{
	if (transport->dtls || transport->state == TSR_TRANSPORT_CLOSED)
		return TSR_ERR_STATE;
	return tsr_dtls_create(&transport->dtls, transport->identity,
		transport->role == TSR_TRANSPORT_CLIENT, fingerprint);
}

void tsr_transport_check(struct tsr_transport *transport, const struct tsr_ice_credentials *remote,
	const struct tsr_tuple *tuple, tsr_time now)
{
	tsr_ice_check(&transport->ice, remote, tuple, now);
}

int tsr_transport_restart(struct tsr_transport *transport, const struct tsr_ice_credentials *local)
{
	if (!is_usable(local))
		return TSR_ERR_RANGE;
	tsr_ice_restart(&transport->ice, local);
	return 0;
}

/* ---- events ---- */

static void push(struct tsr_transport *transport, enum tsr_transport_event_kind kind,
	const struct tsr_tuple *tuple)
{
	struct tsr_transport_event *event = &transport->events[transport->n_events];

	assert(transport->n_events < EVENTS_MAX); /* handle_*() refuses before they are drained */
	transport->n_events++;
	*event = (struct tsr_transport_event){ .kind = kind, .state = transport->state };
	if (tuple)
		event->tuple = *tuple;
}

bool tsr_transport_poll_event(struct tsr_transport *transport, struct tsr_transport_event *out)
{
	if (transport->next_event == transport->n_events) {
		transport->next_event = transport->n_events = 0;
		return false;
	}
	*out = transport->events[transport->next_event++];
	return true;
}

/* Says what is different after a call. */
static void settle(struct tsr_transport *transport)
{
	const struct tsr_tuple *selected = tsr_ice_selected(&transport->ice);
	enum tsr_transport_state state = transport->state;

	if (selected ? !transport->had_selected ||
				!tsr_tuple_equal(selected, &transport->was_selected)
		     : transport->had_selected) {
		transport->had_selected = selected != NULL;
		if (selected)
			transport->was_selected = *selected;
		push(transport, TSR_TRANSPORT_EVENT_SELECTED, selected);
	}
	if (transport->dtls && tsr_dtls_state(transport->dtls) > TSR_DTLS_OPEN)
		state = TSR_TRANSPORT_CLOSED;
	if (state != TSR_TRANSPORT_CLOSED && transport->out)
		state = selected ? TSR_TRANSPORT_CONNECTED : TSR_TRANSPORT_DISCONNECTED;
	if (state != transport->state) {
		transport->state = state;
		push(transport, TSR_TRANSPORT_EVENT_STATE, NULL);
	}
}

/* ---- DTLS ---- */

static int key_srtp(struct tsr_transport *transport)
{
	struct tsr_dtls_keys keys;
	size_t key_len, salt_len;
	int r;

	if ((r = tsr_dtls_keys(transport->dtls, &keys)) != 0)
		return r;
	key_len = tsr_srtp_key_len(keys.profile);
	salt_len = tsr_srtp_salt_len(keys.profile);
	r = tsr_srtp_create(&transport->in, keys.profile, TSR_SRTP_RECEIVER,
		tsr_slice(keys.remote_key, key_len), tsr_slice(keys.remote_salt, salt_len));
	if (r == 0)
		r = tsr_srtp_create(&transport->out, keys.profile, TSR_SRTP_SENDER,
			tsr_slice(keys.local_key, key_len), tsr_slice(keys.local_salt, salt_len));
	tsr_wipe(&keys, sizeof(keys));
	return r;
}

/* After OpenSSL was called. Without keys there is no transport. */
static void handle_dtls_state(struct tsr_transport *transport, struct tsr_outbox *outbox)
{
	if (tsr_dtls_state(transport->dtls) == TSR_DTLS_OPEN && !transport->out &&
		key_srtp(transport) != 0)
		tsr_dtls_close(transport->dtls, tsr_ice_selected(&transport->ice), outbox);
}

static bool wants_start(const struct tsr_transport *transport)
{
	return transport->role == TSR_TRANSPORT_CLIENT && transport->dtls &&
	       !transport->is_started && tsr_ice_selected(&transport->ice);
}

static void start_if_due(struct tsr_transport *transport, struct tsr_outbox *outbox)
{
	if (!wants_start(transport))
		return;
	transport->is_started = true;
	tsr_dtls_start(transport->dtls, tsr_ice_selected(&transport->ice), outbox);
}

/* ---- datagrams ---- */

static int handle_stun(struct tsr_transport *transport, struct tsr_slice datagram,
	const struct tsr_tuple *tuple, tsr_time now, struct tsr_outbox *outbox)
{
	struct tsr_ice_result result;
	int r = tsr_ice_handle_stun(&transport->ice, &result, datagram, tuple, now, outbox);

	if (r != 0) {
		transport->stats.stun_refused++;
		return r;
	}
	if (result.has_gone)
		push(transport, TSR_TRANSPORT_EVENT_TUPLE_GONE, &result.gone);
	if (result.is_new)
		push(transport, TSR_TRANSPORT_EVENT_TUPLE, tuple);
	start_if_due(transport, outbox);
	settle(transport);
	return 0;
}

static int handle_dtls(
	struct tsr_transport *transport, struct tsr_slice datagram, struct tsr_outbox *outbox)
{
	if (!transport->dtls) {
		transport->stats.early++;
		return TSR_ERR_STATE;
	}
	tsr_dtls_handle_datagram(
		transport->dtls, datagram, tsr_ice_selected(&transport->ice), outbox);
	handle_dtls_state(transport, outbox);
	settle(transport);
	return 0;
}

static int handle_srtp(struct tsr_transport *transport, struct tsr_transport_packet *out,
	enum tsr_packet_kind kind, uint8_t *data, size_t len)
{
	struct tsr_transport_stats *stats = &transport->stats;
	size_t plain_len = len;
	int r;

	if (!transport->in) {
		stats->early++;
		return TSR_ERR_STATE;
	}
	r = kind == TSR_PACKET_RTP ? tsr_srtp_unprotect(transport->in, data, &plain_len)
				   : tsr_srtcp_unprotect(transport->in, data, &plain_len);
	if (r == TSR_ERR_AUTH)
		stats->forged++;
	else if (r == TSR_ERR_STALE)
		stats->replayed++;
	else if (r != 0)
		stats->malformed++;
	if (r != 0)
		return r;
	stats->packets_in++;
	stats->bytes_in += len;
	*out = (struct tsr_transport_packet){ .kind = kind, .data = data, .len = plain_len };
	return 0;
}

int tsr_transport_handle_datagram(struct tsr_transport *transport, struct tsr_transport_packet *out,
	uint8_t *data, size_t len, const struct tsr_tuple *tuple, tsr_time now,
	struct tsr_outbox *outbox)
{
	enum tsr_packet_kind kind = tsr_packet_kind(tsr_slice(data, len));

	*out = (struct tsr_transport_packet){ .kind = TSR_PACKET_UNKNOWN };
	if (transport->n_events)
		return TSR_ERR_UNDRAINED;
	if (transport->state == TSR_TRANSPORT_CLOSED)
		return TSR_ERR_CLOSED;
	if (kind == TSR_PACKET_UNKNOWN) {
		transport->stats.malformed++;
		return TSR_ERR_FORMAT;
	}
	if (kind == TSR_PACKET_STUN)
		return handle_stun(transport, tsr_slice(data, len), tuple, now, outbox);
	if (!tsr_ice_is_valid(&transport->ice, tuple)) {
		transport->stats.foreign++;
		return TSR_ERR_AUTH;
	}
	if (kind == TSR_PACKET_DTLS)
		return handle_dtls(transport, tsr_slice(data, len), outbox);
	return handle_srtp(transport, out, kind, data, len);
}

void tsr_transport_handle_link_closed(
	struct tsr_transport *transport, const struct tsr_tuple *tuple)
{
	if (!tsr_ice_drop(&transport->ice, tuple))
		return;
	push(transport, TSR_TRANSPORT_EVENT_TUPLE_GONE, tuple);
	settle(transport);
}

/* ---- time ---- */

void tsr_transport_handle_timeout(
	struct tsr_transport *transport, tsr_time now, struct tsr_outbox *outbox)
{
	struct tsr_tuple gone;

	if (transport->state == TSR_TRANSPORT_CLOSED || transport->n_events)
		return;
	while (tsr_ice_handle_timeout(&transport->ice, &gone, now, outbox))
		push(transport, TSR_TRANSPORT_EVENT_TUPLE_GONE, &gone);
	start_if_due(transport, outbox);
	if (transport->dtls && tsr_dtls_timeout(transport->dtls) == 0) {
		tsr_dtls_handle_timeout(transport->dtls, tsr_ice_selected(&transport->ice), outbox);
		handle_dtls_state(transport, outbox);
	}
	settle(transport);
}

tsr_time tsr_transport_next_timeout(const struct tsr_transport *transport, tsr_time now)
{
	tsr_time at, dtls;

	if (transport->state == TSR_TRANSPORT_CLOSED)
		return TSR_TIME_NEVER;
	if (wants_start(transport))
		return now;
	at = tsr_ice_next_timeout(&transport->ice);
	dtls = transport->dtls ? tsr_dtls_timeout(transport->dtls) : TSR_TIME_NEVER;
	return dtls == TSR_TIME_NEVER ? at : tsr_time_min(at, now + dtls);
}

/* ---- sending ---- */

/* Each receiver's keys and windows have left the caches since his last packet. From one to the next
 * of these lead addresses, so each is fetched one packet later than the one it is found in. */
static void fetch_ahead(const struct tsr_transport_job *jobs, size_t n)
{
	if (n > 4 && jobs[4].transport != jobs[3].transport)
		tsr_fetch(jobs[4].transport, offsetof(struct tsr_transport, ice.tuples[1]));
	for (unsigned ahead = 3; ahead > 0; ahead--) {
		const struct tsr_transport_job *job = &jobs[ahead];

		if (n > ahead && job->transport != job[-1].transport && job->transport->out)
			tsr_srtp_fetch(
				job->transport->out, tsr_slice(job->data, job->head_len), ahead);
	}
}

size_t tsr_transport_protect(struct tsr_transport_job *jobs, size_t n)
{
	size_t n_good = 0;

	for (struct tsr_transport_job *job = jobs; job < jobs + n; job++) {
		struct tsr_transport *transport = job->transport;

		fetch_ahead(job, (size_t)(jobs + n - job));
		job->len = 0;
		job->err = TSR_ERR_STATE;
		if (transport->state != TSR_TRANSPORT_CONNECTED)
			continue;
		job->err = tsr_srtp_protect(
			transport->out, job->data, &job->len, job->head_len, job->tail);
		if (job->err != 0)
			continue;
		transport->stats.packets_out++;
		transport->stats.bytes_out += job->len;
		n_good++;
	}
	return n_good;
}

size_t tsr_transport_overhead(const struct tsr_transport *transport)
{
	return transport->out ? tsr_srtp_overhead(transport->out) : TSR_SRTP_OVERHEAD;
}

int tsr_transport_protect_rtcp(struct tsr_transport *transport, uint8_t *data, size_t *len)
{
	int r;

	if (transport->state != TSR_TRANSPORT_CONNECTED)
		return TSR_ERR_STATE;
	r = tsr_srtcp_protect(transport->out, data, len);
	if (r == 0) {
		transport->stats.packets_out++;
		transport->stats.bytes_out += *len;
	}
	return r;
}

int tsr_transport_repeat(struct tsr_transport *transport, uint32_t ssrc)
{
	return transport->out ? tsr_srtp_repeat(transport->out, ssrc) : TSR_ERR_STATE;
}

void tsr_transport_forget(struct tsr_transport *transport, uint32_t ssrc)
{
	if (transport->out)
		tsr_srtp_forget(transport->out, ssrc);
}

void tsr_transport_close(struct tsr_transport *transport, struct tsr_outbox *outbox)
{
	if (transport->dtls && transport->state != TSR_TRANSPORT_CLOSED)
		tsr_dtls_close(transport->dtls, tsr_ice_selected(&transport->ice), outbox);
	transport->state = TSR_TRANSPORT_CLOSED;
}

/* ---- what there is to know ---- */

enum tsr_transport_state tsr_transport_state(const struct tsr_transport *transport)
{
	return transport->state;
}

bool tsr_transport_is_valid(const struct tsr_transport *transport, const struct tsr_tuple *tuple)
{
	return transport->state != TSR_TRANSPORT_CLOSED && tsr_ice_is_valid(&transport->ice, tuple);
}

const struct tsr_tuple *tsr_transport_selected(const struct tsr_transport *transport)
{
	return transport->state == TSR_TRANSPORT_CLOSED ? NULL : tsr_ice_selected(&transport->ice);
}

void tsr_transport_stats(const struct tsr_transport *transport, struct tsr_transport_stats *out)
{
	*out = transport->stats;
	out->n_tuples = transport->ice.n_tuples;
}
