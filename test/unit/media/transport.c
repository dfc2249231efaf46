/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/transport.h"
#include "core/media/srtp_gcm.h"

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/media/srtp_gcm.h"
#include "pair.h"
#include "test.h"

static struct pair world;

static bool is_connected(const struct pair_side *side)
{
	return tsr_transport_state(side->transport) == TSR_TRANSPORT_CONNECTED;
}

static bool start(uint64_t seed)
{
	struct tsr_tuple path = pair_path(5000);
	bool ok = pair_create(&world, seed);

	if (ok)
		pair_check(&world, &path);
	return ok;
}

/* RTP arrives both ways, n of it. */
static bool talks(uint16_t first_seq)
{
	uint32_t server = world.server.n_rtp, client = world.client.n_rtp;

	for (uint16_t i = 0; i < 10; i++)
		if (pair_send_rtp(&world, true, 1, (uint16_t)(first_seq + i)) != 0 ||
			pair_send_rtp(&world, false, 2, (uint16_t)(first_seq + i)) != 0)
			return false;
	pair_run(&world, TSR_SECOND);
	return world.server.n_rtp == server + 10 && world.client.n_rtp == client + 10 &&
	       world.server.last_len == 48 &&
	       memcmp(world.server.last + 12, "what somebody", 13) == 0;
}

static void connects_and_talks(void)
{
	bool ok = start(1) && pair_connect(&world, TSR_SECOND) && talks(0);
	tsr_time took = world.now;
	uint32_t connected =
		pair_count(&world.server, TSR_TRANSPORT_EVENT_STATE, TSR_TRANSPORT_CONNECTED);
	uint32_t tuples = pair_count(&world.server, TSR_TRANSPORT_EVENT_TUPLE, 0);
	uint32_t selected = pair_count(&world.server, TSR_TRANSPORT_EVENT_SELECTED, 0);

	pair_destroy(&world);
	CHECK(ok);
	CHECK(took < 1002 * TSR_SECOND);
	CHECK(connected == 1 && tuples == 1 && selected == 1);
}

/* Loss, doubles and disorder: the handshake is got through, and later anything else. */
static void connects_over_bad_lines(void)
{
	uint32_t n_good = 0, n = 0;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		bool ok = start(seed);

		world.loss = 250;
		world.doubles = 200;
		world.jitter = 60 * TSR_MS;
		n_good += ok && pair_connect(&world, 30 * TSR_SECOND);
		n++;
		pair_destroy(&world);
	}
	CHECK_INT(n_good, n);
}

static void refuses_another_certificate(void)
{
	static const uint8_t wrong[TSR_DTLS_FINGERPRINT_LEN] = { 1, 2, 3 };
	bool ok = pair_create(&world, 3);
	struct tsr_tuple path = pair_path(5000);
	struct tsr_transport *other = NULL;
	uint32_t connected;

	/* The server was told of another certificate than the client has. */
	ok = ok && tsr_transport_create(&other, TSR_TRANSPORT_SERVER, world.server.identity,
			   &world.server.credentials, &world.server) == 0;
	ok = ok && tsr_transport_set_peer(other, wrong) == 0;
	tsr_transport_destroy(world.server.transport);
	world.server.transport = other;
	pair_check(&world, &path);
	ok = ok && !pair_connect(&world, 5 * TSR_SECOND) &&
	     tsr_transport_state(other) == TSR_TRANSPORT_CLOSED &&
	     tsr_transport_state(world.client.transport) == TSR_TRANSPORT_CLOSED &&
	     pair_send_rtp(&world, true, 1, 1) == TSR_ERR_STATE;
	connected = pair_count(&world.server, TSR_TRANSPORT_EVENT_STATE, TSR_TRANSPORT_CONNECTED);
	pair_destroy(&world);
	CHECK(ok);
	CHECK_INT(connected, 0);
}

/* Signalling may be later than ICE: ClientHellos are dropped until it has spoken. */
static void waits_for_the_fingerprint(void)
{
	bool ok = pair_create(&world, 4);
	struct tsr_tuple path = pair_path(5000);
	struct tsr_transport *late = NULL;
	struct tsr_transport_stats stats;

	ok = ok && tsr_transport_create(&late, TSR_TRANSPORT_SERVER, world.server.identity,
			   &world.server.credentials, &world.server) == 0;
	tsr_transport_destroy(world.server.transport);
	world.server.transport = late;
	pair_check(&world, &path);
	pair_run(&world, TSR_SECOND);
	tsr_transport_stats(late, &stats);
	ok = ok && stats.early > 0 && tsr_transport_state(late) == TSR_TRANSPORT_NEW &&
	     tsr_transport_set_peer(late, tsr_dtls_identity_fingerprint(world.client.identity)) ==
		     0 &&
	     tsr_transport_set_peer(late, tsr_dtls_identity_fingerprint(world.client.identity)) ==
		     TSR_ERR_STATE &&
	     pair_connect(&world, 5 * TSR_SECOND) && talks(0);
	pair_destroy(&world);
	CHECK(ok);
}

static size_t client_hello(uint8_t out[static TSR_DATAGRAM_MAX])
{
	static struct tsr_outbox outbox;
	struct tsr_tuple nowhere = pair_path(1);
	struct tsr_dtls *dtls = NULL;
	size_t len = 0;

	outbox.n = outbox.used = 0;
	if (tsr_dtls_create(&dtls, world.client.identity, true,
		    tsr_dtls_identity_fingerprint(world.server.identity)) == 0)
		tsr_dtls_start(dtls, &nowhere, &outbox);
	if (outbox.n > 0) {
		len = outbox.datagrams[0].len;
		memcpy(out, outbox.bytes, len);
	}
	tsr_dtls_destroy(dtls);
	return len;
}

/* CVE-2023-51443 and its like: a stranger's ClientHello, before ICE and after. */
static void a_client_hello_from_elsewhere_is_nothing(void)
{
	uint8_t hello[TSR_DATAGRAM_MAX];
	struct tsr_tuple stranger = pair_path(6666), own = pair_path(5000);
	bool ok = start(5);
	size_t len = client_hello(hello);
	struct tsr_transport_stats stats;
	uint32_t sent;

	stranger = pair_swap(&stranger);
	own = pair_swap(&own);
	ok = ok && len > 100;
	for (int i = 0; ok && i < 1000; i++)
		ok = pair_inject(&world, true, hello, len, &stranger) == TSR_ERR_AUTH;
	ok = ok && world.n_flights == 0 && pair_connect(&world, TSR_SECOND) && talks(0);
	sent = world.n_sent;
	for (int i = 0; ok && i < 1000; i++) {
		ok = pair_inject(&world, true, hello, len, &stranger) == TSR_ERR_AUTH;
		/* And with a forged source, the one that is valid. */
		(void)pair_inject(&world, true, hello, len, &own);
	}
	ok = ok && world.n_sent - sent < 10 && is_connected(&world.server) && talks(100);
	tsr_transport_stats(world.server.transport, &stats);
	pair_destroy(&world);
	CHECK(ok);
	CHECK_INT(stats.foreign, 2000);
}

static void wrong_integrity_is_nothing(void)
{
	struct tsr_stun_request ask = { .use_candidate = true, .priority = UINT32_MAX };
	struct tsr_tuple stranger = pair_path(6666);
	uint8_t out[TSR_STUN_MESSAGE_MAX];
	char name[80];
	bool ok = start(6) && pair_connect(&world, TSR_SECOND);
	struct tsr_transport_stats stats;
	size_t len = 0;
	uint32_t sent = world.n_sent;

	stranger = pair_swap(&stranger);
	snprintf(name, sizeof(name), "%s:x", world.server.credentials.ufrag);
	ask.username = tsr_slice_str(name);
	for (int i = 0; ok && i < 1000; i++)
		ok = tsr_stun_write_request(
			     out, &len, &ask, tsr_slice_str("0123456789abcdefghijklmn")) == 0 &&
		     pair_inject(&world, true, out, len, &stranger) == TSR_ERR_AUTH;
	ok = ok && world.n_sent == sent && talks(0);
	tsr_transport_stats(world.server.transport, &stats);
	pair_destroy(&world);
	CHECK(ok);
	CHECK(stats.stun_refused == 1000 && stats.n_tuples == 1);
}

/* rtpengine CVE-2025-53399, RTP Bleed: media from elsewhere moves nothing. */
static void rtp_from_another_tuple_is_nothing(void)
{
	struct tsr_tuple stranger = pair_path(6666);
	uint8_t packet[256];
	bool ok = start(7) && pair_connect(&world, TSR_SECOND) && talks(0);
	size_t len = pair_make_srtp(&world, true, packet, 1, 500);
	uint32_t seen = world.server.n_rtp;

	stranger = pair_swap(&stranger);
	ok = ok && pair_inject(&world, true, packet, len, &stranger) == TSR_ERR_AUTH &&
	     world.server.n_rtp == seen &&
	     tsr_transport_selected(world.server.transport)->remote_port == 5000 && talks(600);
	pair_destroy(&world);
	CHECK(ok);
}

static void replay_and_flipped_tags_are_nothing(void)
{
	struct tsr_tuple own = pair_path(5000);
	uint8_t packet[256];
	bool ok = start(8) && pair_connect(&world, TSR_SECOND) && talks(0);
	size_t len = pair_make_srtp(&world, true, packet, 1, 500);
	struct tsr_transport_stats stats;

	own = pair_swap(&own);
	packet[len - 1] ^= 1;
	ok = ok && pair_inject(&world, true, packet, len, &own) == TSR_ERR_AUTH;
	packet[len - 1] ^= 1;
	ok = ok && pair_inject(&world, true, packet, len, &own) == 0 &&
	     pair_inject(&world, true, packet, len, &own) == TSR_ERR_STALE && talks(600);
	tsr_transport_stats(world.server.transport, &stats);
	pair_destroy(&world);
	CHECK(ok);
	CHECK(stats.forged == 1 && stats.replayed == 1);
}

/* With the source forged, and in clear: an alert, a goodbye, a HelloRequest. */
static void dtls_in_clear_ends_no_call(void)
{
	static const uint8_t records[][25] = {
		{ 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40 },
		{ 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 98, 0, 2, 1, 0 },
		{ 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 97, 0, 2, 1, 0 },
		{ 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 96, 0, 12 },
		{ 20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 95, 0, 1, 1 },
	};
	static const size_t lens[] = { 15, 15, 15, 25, 14 };
	struct tsr_tuple own = pair_path(5000);
	bool ok = start(19) && pair_connect(&world, TSR_SECOND);

	own = pair_swap(&own);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		(void)pair_inject(&world, true, records[i], lens[i], &own);
		(void)pair_inject(&world, false, records[i], lens[i], &world.path);
	}
	ok = ok && is_connected(&world.server) && is_connected(&world.client) && talks(0);
	pair_destroy(&world);
	CHECK(ok);
}

static void giants_and_dwarfs_are_nothing(void)
{
	static uint8_t bytes[65507];
	struct tsr_tuple own = pair_path(5000);
	bool ok = start(9) && pair_connect(&world, TSR_SECOND) && talks(0);
	size_t lens[] = { 0, 1, 2, 7, 8, 11, 12, 13, 19, 20, 27, 28, 1500, 2048, 2049, 65507 };

	own = pair_swap(&own);
	for (int first = 0; ok && first < 256; first++)
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			memset(bytes, 0xff, lens[i]);
			bytes[0] = (uint8_t)first;
			(void)pair_inject(&world, true, bytes, lens[i], &own);
			(void)pair_inject(&world, false, bytes, lens[i], &world.path);
		}
	ok = ok && is_connected(&world.server) && is_connected(&world.client) && talks(100);
	pair_destroy(&world);
	CHECK(ok);
}

/* Recipe: Chromium's ClientHello with ML-KEM comes in two fragments, out of order at worst. */
static size_t fragment(uint8_t *out, const uint8_t *hello, size_t from, size_t to, uint8_t record)
{
	size_t total = ((size_t)hello[14] << 16 | (size_t)hello[15] << 8 | hello[16]),
	       n = to - from;

	memcpy(out, hello, 25);
	out[10] = record; /* a record's number comes once */
	out[11] = (uint8_t)((n + 12) >> 8);
	out[12] = (uint8_t)(n + 12);
	out[19] = (uint8_t)(from >> 16);
	out[20] = (uint8_t)(from >> 8);
	out[21] = (uint8_t)from;
	out[22] = (uint8_t)(n >> 16);
	out[23] = (uint8_t)(n >> 8);
	out[24] = (uint8_t)n;
	memcpy(out + 25, hello + 25 + from, n);
	return to <= total ? 25 + n : 0;
}

static void a_client_hello_in_fragments_is_answered(void)
{
	static const uint8_t orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };

	for (size_t o = 0; o < 3; o++) {
		static struct tsr_outbox outbox;
		uint8_t hello[TSR_DATAGRAM_MAX], part[TSR_DATAGRAM_MAX];
		struct tsr_tuple path = pair_path(5000);
		struct tsr_dtls *dtls = NULL;
		bool ok = pair_create(&world, 10), early = false;
		size_t len = client_hello(hello), third = (len - 25) / 3;

		ok = ok && tsr_dtls_create(&dtls, world.server.identity, false,
				   tsr_dtls_identity_fingerprint(world.client.identity)) == 0;
		for (uint8_t i = 0; ok && i < 3; i++) {
			size_t from = orders[o][i] * third;
			size_t to = orders[o][i] == 2 ? len - 25 : from + third;
			size_t part_len = fragment(part, hello, from, to, i);

			outbox.n = outbox.used = 0;
			tsr_dtls_handle_datagram(dtls, tsr_slice(part, part_len), &path, &outbox);
			early = early || (i < 2 && outbox.n > 0);
		}
		ok = ok && !early && outbox.n > 0 && tsr_dtls_state(dtls) == TSR_DTLS_SHAKING;
		tsr_dtls_destroy(dtls);
		pair_destroy(&world);
		CHECK(ok);
	}
}

static void consent_runs_out_and_comes_back(void)
{
	bool ok = start(11) && pair_connect(&world, TSR_SECOND) && talks(0);
	bool before, after;

	world.is_cut = true;
	pair_run(&world, 25 * TSR_SECOND);
	before = is_connected(&world.server);
	pair_run(&world, 10 * TSR_SECOND);
	after = is_connected(&world.server);
	ok = ok && before && !after && !tsr_transport_selected(world.server.transport) &&
	     pair_send_rtp(&world, false, 2, 1000) == TSR_ERR_STATE &&
	     pair_count(&world.server, TSR_TRANSPORT_EVENT_TUPLE_GONE, 0) == 1 &&
	     pair_count(&world.server, TSR_TRANSPORT_EVENT_STATE, TSR_TRANSPORT_DISCONNECTED) == 1;
	world.is_cut = false;
	pair_run(&world, TSR_SECOND);
	ok = ok && is_connected(&world.server) && is_connected(&world.client) && talks(200);
	pair_destroy(&world);
	CHECK(ok);
}

/* Wi-Fi to mobile: other address, other credentials, the same keys. */
static void a_restart_keeps_the_keys(void)
{
	struct tsr_tuple path = pair_path(7000);
	struct tsr_ice_credentials old;
	bool ok = start(12) && pair_connect(&world, TSR_SECOND) && talks(0);
	uint32_t connected;
	tsr_time began;

	old = world.server.credentials;
	tsr_ice_draw(&world.server.credentials, "s");
	ok = ok && tsr_transport_restart(world.server.transport, &world.server.credentials) == 0 &&
	     talks(100); /* over the old path meanwhile */
	pair_check(&world, &path);
	began = world.now;
	while (world.now - began < TSR_SECOND &&
		tsr_transport_selected(world.server.transport)->remote_port != 7000)
		pair_run(&world, TSR_MS);
	ok = ok && world.now - began < 100 * TSR_MS && talks(200) &&
	     strcmp(old.ufrag, world.server.credentials.ufrag) != 0;
	connected = pair_count(&world.server, TSR_TRANSPORT_EVENT_STATE, TSR_TRANSPORT_CONNECTED);
	pair_destroy(&world);
	CHECK(ok);
	CHECK_INT(connected, 1);
}

/* Without a restart, too: the peer nominates another pair. */
static void the_selected_path_follows_nomination(void)
{
	struct tsr_tuple path = pair_path(7000);
	bool ok = start(13) && pair_connect(&world, TSR_SECOND) && talks(0);

	pair_check(&world, &path);
	pair_run(&world, TSR_SECOND);
	ok = ok && tsr_transport_selected(world.server.transport)->remote_port == 7000 &&
	     pair_count(&world.server, TSR_TRANSPORT_EVENT_TUPLE, 0) == 2 && talks(100);
	pair_destroy(&world);
	CHECK(ok);
}

/* More paths than there is room for: the silent ones go, each with its event. */
static void paths_are_bounded(void)
{
	bool ok = start(14) && pair_connect(&world, TSR_SECOND);
	struct tsr_transport_stats stats;
	uint32_t added, gone;

	for (uint16_t port = 7001; port < 7030; port++) {
		struct tsr_tuple path = pair_path(port);

		pair_check(&world, &path);
		pair_run(&world, 100 * TSR_MS);
	}
	tsr_transport_stats(world.server.transport, &stats);
	added = pair_count(&world.server, TSR_TRANSPORT_EVENT_TUPLE, 0);
	gone = pair_count(&world.server, TSR_TRANSPORT_EVENT_TUPLE_GONE, 0);
	ok = ok && talks(0);
	pair_destroy(&world);
	CHECK(ok);
	CHECK_INT(stats.n_tuples, TSR_ICE_TUPLES_MAX);
	CHECK_INT(added, 30);
	CHECK_INT(added - gone, TSR_ICE_TUPLES_MAX);
}

static void a_closed_link_is_no_path(void)
{
	struct tsr_tuple own = pair_path(5000);
	struct tsr_transport_event event;
	bool ok = start(15) && pair_connect(&world, TSR_SECOND), gone = false;

	own = pair_swap(&own);
	tsr_transport_handle_link_closed(world.server.transport, &own);
	while (tsr_transport_poll_event(world.server.transport, &event))
		gone = gone || event.kind == TSR_TRANSPORT_EVENT_TUPLE_GONE;
	ok = ok && gone &&
	     tsr_transport_state(world.server.transport) == TSR_TRANSPORT_DISCONNECTED;
	pair_run(&world, 5 * TSR_SECOND);
	ok = ok && is_connected(&world.server) && talks(0);
	pair_destroy(&world);
	CHECK(ok);
}

static void goodbye_is_heard(void)
{
	bool ok = start(16) && pair_connect(&world, TSR_SECOND);
	static struct tsr_outbox outbox;

	outbox.n = outbox.used = 0;
	tsr_transport_close(world.client.transport, &outbox);
	ok = ok && outbox.n == 1;
	if (ok) {
		struct tsr_tuple at_server = pair_swap(&outbox.datagrams[0].tuple);

		ok = pair_inject(&world, true, outbox.bytes, outbox.datagrams[0].len, &at_server) ==
			     0 &&
		     tsr_transport_state(world.server.transport) == TSR_TRANSPORT_CLOSED &&
		     pair_send_rtp(&world, false, 2, 1) == TSR_ERR_STATE;
	}
	pair_destroy(&world);
	CHECK(ok);
}

static void rtcp_both_ways(void)
{
	uint8_t packet[64] = { 0x80, 201, 0, 1, 0, 0, 0, 7 };
	struct tsr_tuple own = pair_path(5000);
	bool ok = start(17) && pair_connect(&world, TSR_SECOND);
	size_t len = 8;

	own = pair_swap(&own);
	ok = ok && tsr_transport_protect_rtcp(world.client.transport, packet, &len) == 0 &&
	     pair_inject(&world, true, packet, len, &own) == 0 && world.server.n_rtcp == 1 &&
	     world.server.last_len == 8;
	pair_destroy(&world);
	CHECK(ok);
}

static void credentials_have_their_lengths(void)
{
	struct tsr_ice_credentials short_ufrag = { .ufrag = "abc",
		.pwd = "0123456789012345678901" };
	struct tsr_ice_credentials short_pwd = { .ufrag = "abcd", .pwd = "012345678901234567890" };
	struct tsr_ice_credentials good, again;
	struct tsr_transport *transport = NULL;
	struct tsr_dtls_identity *identity = NULL;
	int r = tsr_dtls_identity_create(&identity, 0);
	int a = tsr_transport_create(
		&transport, TSR_TRANSPORT_SERVER, identity, &short_ufrag, NULL);
	int b = tsr_transport_create(&transport, TSR_TRANSPORT_SERVER, identity, &short_pwd, NULL);
	int c;

	tsr_ice_draw(&good, "t3");
	tsr_ice_draw(&again, "t3");
	c = tsr_transport_create(&transport, TSR_TRANSPORT_SERVER, identity, &good, NULL);
	tsr_transport_destroy(transport);
	tsr_dtls_identity_destroy(identity);
	CHECK_INT(r, 0);
	CHECK_INT(a, TSR_ERR_RANGE);
	CHECK_INT(b, TSR_ERR_RANGE);
	CHECK_INT(c, 0);
	CHECK(strncmp(good.ufrag, "t3", 2) == 0 && strlen(good.ufrag) == 14);
	CHECK(strlen(good.pwd) == 24 && strcmp(good.pwd, again.pwd) != 0);
}

/* As in the media process, for all that follow. */
static void begins_with_the_fastest_aes(void)
{
	CHECK(tsr_srtp_gcm_init() != NULL);
}

TEST_MAIN(TEST(begins_with_the_fastest_aes), TEST(connects_and_talks),
	TEST(connects_over_bad_lines), TEST(refuses_another_certificate),
	TEST(waits_for_the_fingerprint), TEST(a_client_hello_from_elsewhere_is_nothing),
	TEST(wrong_integrity_is_nothing), TEST(rtp_from_another_tuple_is_nothing),
	TEST(replay_and_flipped_tags_are_nothing), TEST(dtls_in_clear_ends_no_call),
	TEST(giants_and_dwarfs_are_nothing), TEST(a_client_hello_in_fragments_is_answered),
	TEST(consent_runs_out_and_comes_back), TEST(a_restart_keeps_the_keys),
	TEST(the_selected_path_follows_nomination), TEST(paths_are_bounded),
	TEST(a_closed_link_is_no_path), TEST(goodbye_is_heard), TEST(rtcp_both_ways),
	TEST(credentials_have_their_lengths))
