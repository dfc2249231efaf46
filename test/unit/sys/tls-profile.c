/* SPDX-License-Identifier: Apache-2.0 */
/* What the openssl command is allowed to negotiate with our server, and what not. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "sys/cert.h"
#include "sys/files.h"
#include "sys/tcp.h"
#include "sys/tls.h"
#include "test.h"

#define PATIENCE (30 * TSR_SECOND)
#define CONNECTIONS 4
#define OUTPUT_LEN 65536

static struct tsr_loop *loop;
static struct tsr_tls_ctx *ctx;
static struct tsr_listener *listener;
static struct tsr_tls *connections[CONNECTIONS];
static int listen_fd = -1;
static char output[OUTPUT_LEN]; /* of the command */
static size_t output_len;

static void on_open(void *user)
{
	struct tsr_tls **tls = user;

	tsr_tls_shutdown(*tls); /* so the command ends by itself */
}
static void on_nothing(void *user)
{
	(void)user;
}
static void on_close(void *user, int err)
{
	(void)err;
	tsr_tls_close(user);
}
static const struct tsr_tls_events events = { on_open, on_nothing, on_nothing, on_close };

static void on_accept(void *user, int fd, const struct tsr_addr *peer)
{
	(void)user;
	(void)peer;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (connections[i])
			continue;
		if (tsr_tls_open_server(&connections[i], ctx, loop, fd, PATIENCE, &events,
			    &connections[i]) != 0)
			printf("# connection not taken\n");
		return;
	}
	close(fd);
}

static void on_output(void *user, unsigned ready)
{
	FILE *pipe = user;
	ssize_t n = read(fileno(pipe), output + output_len, sizeof(output) - 1 - output_len);

	(void)ready;
	if (n > 0)
		output_len += (size_t)n;
	else
		tsr_loop_stop(loop);
	output[output_len] = 0;
}

/* Runs "openssl s_client OPTIONS" against the server; its words are in output. */
static bool s_client(const char *options)
{
	char command[512];
	struct tsr_poll *poll;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command),
		"openssl s_client -connect 127.0.0.1:%u -servername localhost %s </dev/null 2>&1",
		tsr_tcp_local_port(listen_fd), options);
	output_len = 0;
	pipe = popen(command, "r");
	if (!pipe || tsr_poll_open(&poll, loop, fileno(pipe), on_output, pipe) != 0)
		return false;
	tsr_poll_set(poll, TSR_POLL_READ);
	tsr_loop_run(loop);
	tsr_poll_close(&poll);
	tsr_loop_turn(loop, false);
	status = pclose(pipe);
	return status == 0 && strstr(output, "Cipher is (NONE)") == NULL;
}

static bool says(const char *words)
{
	bool does = strstr(output, words) != NULL;

	if (!does)
		printf("# it does not say \"%s\"\n", words);
	return does;
}

static bool start(struct tsr_slice chain, struct tsr_slice key)
{
	struct tsr_addr addr;

	loop = tsr_loop_create();
	return loop && tsr_tls_ctx_create_server(&ctx, chain, key) == 0 &&
	       tsr_addr_parse(&addr, "127.0.0.1", 0) == 0 &&
	       tsr_tcp_listen(&listen_fd, &addr) == 0 &&
	       tsr_listener_open(&listener, loop, listen_fd, on_accept, NULL) == 0;
}

static bool start_ecdsa(void)
{
	struct tsr_msg *chain, *key;
	bool ok;

	if (tsr_cert_make(&chain, &key, NULL) != 0)
		return false;
	ok = start(tsr_msg_slice(chain), tsr_msg_slice(key));
	tsr_msg_unref(&chain);
	tsr_cert_wipe(&key);
	return ok;
}

static bool start_rsa(void)
{
	static char pem[16384];
	FILE *pipe = popen("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost "
			   "-days 2 -keyout - 2>/dev/null",
		"r");
	size_t len = pipe ? fread(pem, 1, sizeof(pem) - 1, pipe) : 0;

	return pipe && pclose(pipe) == 0 && start(tsr_slice(pem, len), tsr_slice(pem, len));
}

static void stop(void)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		tsr_tls_close(&connections[i]);
	tsr_listener_close(&listener);
	tsr_fd_close(&listen_fd);
	tsr_tls_ctx_unref(&ctx);
	tsr_loop_destroy(loop);
}

static void accepts_13_and_12_with_aes_gcm(void)
{
	CHECK(start_ecdsa());
	CHECK(s_client("-tls1_3"));
	CHECK(says("TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384"));
	CHECK(s_client("-tls1_2"));
	CHECK(says("TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"));
	CHECK(s_client("-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"));
	CHECK(s_client("-tls1_2 -sigalgs ECDSA+SHA256 -groups P-256"));
	stop();
}

static void accepts_an_rsa_certificate(void)
{
	CHECK(start_rsa());
	CHECK(s_client("-tls1_3"));
	CHECK(s_client("-tls1_2"));
	CHECK(says("Cipher is ECDHE-RSA-AES256-GCM-SHA384"));
	stop();
}

static void chooses_by_its_own_order(void)
{
	CHECK(start_ecdsa());
	CHECK(s_client("-tls1_2 -cipher "
		       "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"));
	CHECK(says("Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"));
	stop();
}

static void gives_no_ticket(void)
{
	CHECK(start_ecdsa());
	CHECK(s_client("-tls1_2"));
	CHECK(strstr(output, "session ticket") == NULL);
	CHECK(s_client("-tls1_3"));
	CHECK(strstr(output, "Session Ticket") == NULL);
	stop();
}

static void refuses_chacha20(void)
{
	CHECK(start_ecdsa());
	CHECK(!s_client("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256"));
	CHECK(says("handshake failure"));
	CHECK(!s_client("-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305"));
	CHECK(says("handshake failure"));
	stop();
}

static void refuses_cbc(void)
{
	CHECK(start_ecdsa());
	CHECK(!s_client("-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA"));
	CHECK(says("handshake failure"));
	stop();
}

static void refuses_static_rsa(void)
{
	CHECK(start_rsa());
	CHECK(!s_client("-tls1_2 -cipher AES256-GCM-SHA384:AES128-GCM-SHA256"));
	CHECK(says("handshake failure"));
	stop();
}

static void refuses_tls_11(void)
{
	CHECK(start_ecdsa());
	CHECK(!s_client("-tls1_1 -cipher ALL:@SECLEVEL=0"));
	CHECK(says("protocol version"));
	stop();
}

static void speaks_http_11_only(void)
{
	CHECK(start_ecdsa());
	CHECK(s_client("-alpn h2,http/1.1"));
	CHECK(says("ALPN protocol: http/1.1"));
	CHECK(!s_client("-alpn h2"));
	CHECK(says("no application protocol"));
	stop();
}

TEST_MAIN(TEST(accepts_13_and_12_with_aes_gcm), TEST(accepts_an_rsa_certificate),
	TEST(chooses_by_its_own_order), TEST(gives_no_ticket), TEST(refuses_chacha20),
	TEST(refuses_cbc), TEST(refuses_static_rsa), TEST(refuses_tls_11),
	TEST(speaks_http_11_only))
