/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/tls.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "sys/cert.h"
#include "sys/clock.h"
#include "test.h"

#define PATIENCE (20 * TSR_SECOND)
#define BIG (3 * 1024 * 1024)

/* One end of a connection inside the test. */
struct end {
	struct tsr_tls *tls;
	bool is_open, is_closed;
	int err;
	size_t n_read, n_written;
	size_t to_write;     /* bytes of the pattern that on_open and on_room send */
	bool is_wrong;       /* what came is not the pattern */
	size_t read_at_most; /* per on_data; 0: all */
};

static struct tsr_loop *loop;
static struct tsr_tls_ctx *server_ctx;
static uint8_t server_pin[TSR_TLS_PIN_LEN];
static uint8_t pattern[65536 + 251];

static void write_on(struct end *end)
{
	while (end->n_written < end->to_write) {
		size_t left = end->to_write - end->n_written, n, at = end->n_written % 251;
		struct tsr_slice slices[3];

		if (left > 65536)
			left = 65536;
		slices[0] = tsr_slice(pattern + at, left < 36 ? left : 36);
		slices[1] = tsr_slice(NULL, 0);
		slices[2] = tsr_slice(pattern + at + slices[0].len, left - slices[0].len);
		if (tsr_tls_write(end->tls, slices, 3, &n) != 0)
			return;
		end->n_written += n;
		if (n < left)
			return;
	}
}

static void on_open(void *user)
{
	struct end *end = user;

	end->is_open = true;
	write_on(end);
}

static void on_data(void *user)
{
	struct end *end = user;
	uint8_t buf[10000];
	size_t n, total = 0;

	while (tsr_tls_read(end->tls, buf, end->read_at_most ? end->read_at_most : sizeof(buf),
		       &n) == 0) {
		for (size_t i = 0; i < n; i++)
			end->is_wrong |= buf[i] != (uint8_t)((end->n_read + i) % 251);
		end->n_read += n;
		total += n;
		if (end->read_at_most && total >= end->read_at_most)
			return;
	}
}

static void on_room(void *user)
{
	write_on(user);
}

static void on_close(void *user, int err)
{
	struct end *end = user;

	end->is_closed = true;
	end->err = err;
	tsr_tls_close(&end->tls);
}

static const struct tsr_tls_events events = { on_open, on_data, on_room, on_close };

/* Turns the loop until what is true, or patience ends. */
#define UNTIL(claim) \
	do { \
		tsr_time give_up_ = tsr_clock_now() + PATIENCE; \
		while (!(claim) && tsr_clock_now() < give_up_) \
			tsr_loop_turn(loop, false); \
		CHECK(claim); \
	} while (0)

static bool set_up(void)
{
	struct tsr_msg *chain = NULL, *key = NULL;

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i % 251);
	loop = tsr_loop_create();
	if (!loop || tsr_cert_make(&chain, &key, NULL) != 0 ||
		tsr_cert_describe(tsr_msg_slice(chain), server_pin, NULL) != 0 ||
		tsr_tls_ctx_create_server(&server_ctx, tsr_msg_slice(chain), tsr_msg_slice(key)) !=
			0)
		return false;
	tsr_msg_unref(&chain);
	tsr_cert_wipe(&key);
	return true;
}

static void tear_down(struct end *a, struct end *b)
{
	tsr_tls_close(&a->tls);
	if (b)
		tsr_tls_close(&b->tls);
	tsr_tls_ctx_unref(&server_ctx);
	tsr_loop_destroy(loop);
}

static int connect_ends(struct end *server, struct end *client, const struct tsr_tls_trust *trust)
{
	struct tsr_tls_ctx *ctx;
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
		return TSR_ERR_IO;
	if ((r = tsr_tls_open_server(
		     &server->tls, server_ctx, loop, fds[0], PATIENCE, &events, server)) != 0 ||
		(r = tsr_tls_ctx_create_client(&ctx, trust)) != 0)
		return r;
	r = tsr_tls_open_client(
		&client->tls, ctx, loop, fds[1], "localhost", PATIENCE, &events, client);
	tsr_tls_ctx_unref(&ctx);
	return r;
}

static struct tsr_tls_trust pinned(void)
{
	struct tsr_tls_trust trust = { .with_pin = true };

	memcpy(trust.pin, server_pin, sizeof(trust.pin));
	return trust;
}

static void carries_much_both_ways(void)
{
	struct end server = { .to_write = BIG }, client = { .to_write = BIG };
	struct tsr_tls_trust trust;
	uint8_t pin[TSR_TLS_PIN_LEN];

	CHECK(set_up());
	trust = pinned();
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(server.n_read == BIG && client.n_read == BIG);
	CHECK(!server.is_wrong && !client.is_wrong);
	CHECK_INT(tsr_tls_kind(server.tls), TSR_TLS_SECURE);
	CHECK_INT(tsr_tls_peer_pin(client.tls, pin), 0);
	CHECK_MEM(pin, server_pin, sizeof(pin));
	tear_down(&server, &client);
}

/* What OpenSSL holds decrypted makes no event of the socket: on_data must still come. */
static void comes_back_to_a_slow_reader(void)
{
	struct end server = { .read_at_most = 700 }, client = { .to_write = 200000 };
	struct tsr_tls_trust trust;

	CHECK(set_up());
	trust = pinned();
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(server.n_read == 200000);
	CHECK(!server.is_wrong);
	tear_down(&server, &client);
}

static void holds_the_peer_back(void)
{
	struct end server = { 0 }, client = { .to_write = 64 * BIG };
	struct tsr_tls_trust trust;
	size_t before;

	CHECK(set_up());
	trust = pinned();
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(server.is_open);
	tsr_tls_set_reading(server.tls, false);
	before = server.n_read;
	for (int i = 0; i < 200; i++)
		tsr_loop_turn(loop, false);
	CHECK_INT(server.n_read, before);
	CHECK(client.n_written < 8u << 20);
	tsr_tls_set_reading(server.tls, true);
	UNTIL(server.n_read > before + 100000);
	tear_down(&server, &client);
}

static void refuses_another_pin(void)
{
	struct end server = { 0 }, client = { 0 };
	struct tsr_tls_trust trust;

	CHECK(set_up());
	trust = pinned();
	trust.pin[31] ^= 1;
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(client.is_closed && server.is_closed);
	CHECK_INT(client.err, TSR_ERR_AUTH);
	CHECK(!client.is_open);
	tear_down(&server, &client);
}

static void refuses_a_certificate_of_nobody(void)
{
	struct end server = { 0 }, client = { 0 };
	const struct tsr_tls_trust trust = { 0 }; /* the system's CAs */

	CHECK(set_up());
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(client.is_closed && server.is_closed);
	CHECK_INT(client.err, TSR_ERR_AUTH);
	tear_down(&server, &client);
}

static void sends_all_before_it_ends(void)
{
	struct end server = { .to_write = 30000 }, client = { 0 };
	struct tsr_tls_trust trust;

	CHECK(set_up());
	trust = pinned();
	CHECK_INT(connect_ends(&server, &client, &trust), 0);
	UNTIL(server.is_open && server.n_written == 30000);
	tsr_tls_shutdown(server.tls);
	UNTIL(client.is_closed);
	CHECK_INT(client.n_read, 30000);
	CHECK_INT(client.err, TSR_ERR_CLOSED);
	UNTIL(server.is_closed);
	tear_down(&server, &client);
}

static int open_raw(struct end *server, int *raw, tsr_time timeout)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
		return TSR_ERR_IO;
	*raw = fds[1];
	return tsr_tls_open_server(
		&server->tls, server_ctx, loop, fds[0], timeout, &events, server);
}

static void takes_plain_http_for_the_redirect(void)
{
	struct end server = { 0 };
	char answer[8];
	size_t n;
	struct tsr_slice text = tsr_slice_str("HTTP");
	int raw;

	CHECK(set_up());
	CHECK_INT(open_raw(&server, &raw, PATIENCE), 0);
	CHECK_INT(write(raw, "GET", 3), 3);
	UNTIL(server.is_open);
	CHECK_INT(tsr_tls_kind(server.tls), TSR_TLS_PLAIN);
	UNTIL(server.n_read == 3);
	CHECK_INT(tsr_tls_write(server.tls, &text, 1, &n), 0);
	CHECK_INT(n, 4);
	CHECK_INT(read(raw, answer, sizeof(answer)), 4);
	close(raw);
	UNTIL(server.is_closed);
	CHECK_INT(server.err, TSR_ERR_CLOSED);
	tear_down(&server, NULL);
}

static void refuses_what_is_neither(void)
{
	static const uint8_t rdp[] = { 3, 0, 0, 19, 14, 224, 0, 0, 0, 0,
		0 }; /* what scanners say */
	struct end server = { 0 };
	int raw;

	CHECK(set_up());
	CHECK_INT(open_raw(&server, &raw, PATIENCE), 0);
	CHECK_INT(write(raw, rdp, sizeof(rdp)), (ssize_t)sizeof(rdp));
	UNTIL(server.is_closed);
	CHECK_INT(server.err, TSR_ERR_FORMAT);
	close(raw);
	tear_down(&server, NULL);
}

/* A part of a STUN message is waited for; the whole beginning gives the socket away, unread. */
static void gives_away_a_socket_of_ice(void)
{
	static const uint8_t stun[] = { 0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
	struct end server = { 0 };
	uint8_t got[sizeof(stun)];
	int raw, fd;

	CHECK(set_up());
	CHECK_INT(open_raw(&server, &raw, PATIENCE), 0);
	CHECK_INT(write(raw, stun, 6), 6);
	CHECK_INT(write(raw, stun + 6, sizeof(stun) - 6), (ssize_t)sizeof(stun) - 6);
	UNTIL(server.is_open);
	CHECK_INT(tsr_tls_kind(server.tls), TSR_TLS_STUN);
	fd = tsr_tls_release(server.tls);
	CHECK_INT(read(fd, got, sizeof(got)), (ssize_t)sizeof(got));
	CHECK(memcmp(got, stun, sizeof(stun)) == 0);
	close(fd);
	close(raw);
	tear_down(&server, NULL);
}

static void gives_up_on_who_says_nothing(void)
{
	struct end quiet = { 0 }, half = { 0 };
	int raw, raw_half;

	CHECK(set_up());
	CHECK_INT(open_raw(&quiet, &raw, 20 * TSR_MS), 0);
	CHECK_INT(open_raw(&half, &raw_half, 20 * TSR_MS), 0);
	CHECK_INT(write(raw_half, "\x16\x03\x01", 3), 3);
	UNTIL(quiet.is_closed && half.is_closed);
	CHECK_INT(quiet.err, TSR_ERR_EXPIRED);
	CHECK_INT(half.err, TSR_ERR_EXPIRED);
	close(raw);
	close(raw_half);
	tear_down(&quiet, &half);
}

static void refuses_a_key_of_another_certificate(void)
{
	struct tsr_msg *chain[2], *key[2];
	struct tsr_tls_ctx *ctx;

	for (int i = 0; i < 2; i++)
		CHECK_INT(tsr_cert_make(&chain[i], &key[i], NULL), 0);
	CHECK_INT(tsr_cert_check(tsr_msg_slice(chain[0]), tsr_msg_slice(key[0])), 0);
	CHECK_INT(tsr_cert_check(tsr_msg_slice(chain[0]), tsr_msg_slice(key[1])), TSR_ERR_CONFIG);
	CHECK_INT(tsr_tls_ctx_create_server(&ctx, tsr_slice_str("nothing"), tsr_msg_slice(key[0])),
		TSR_ERR_CONFIG);
	CHECK(ctx == NULL);
	for (int i = 0; i < 2; i++) {
		tsr_msg_unref(&chain[i]);
		tsr_cert_wipe(&key[i]);
	}
}

TEST_MAIN(TEST(carries_much_both_ways), TEST(comes_back_to_a_slow_reader),
	TEST(holds_the_peer_back), TEST(refuses_another_pin), TEST(refuses_a_certificate_of_nobody),
	TEST(sends_all_before_it_ends), TEST(takes_plain_http_for_the_redirect),
	TEST(refuses_what_is_neither), TEST(gives_away_a_socket_of_ice),
	TEST(gives_up_on_who_says_nothing), TEST(refuses_a_key_of_another_certificate))
