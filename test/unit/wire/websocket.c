/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/websocket.h"

#include "core/base/err.h"
#include "test.h"

static uint8_t buf[TSR_HTTP_HEAD_MAX];
static char accept_key[TSR_WEBSOCKET_ACCEPT_LEN + 1];

static const char good[] = "GET /v1/session HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
			   "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
			   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			   "Sec-WebSocket-Protocol: x, tessera.v1\r\n\r\n";

static int check(const char *text)
{
	struct tsr_http_request request;
	size_t used;
	int r;

	tsr_http_request_init(&request, buf, sizeof(buf), 100);
	r = tsr_http_request_feed(&request, tsr_slice_str(text), &used);
	return r ? r : tsr_websocket_check_request(accept_key, &request, "tessera.v1");
}

/* RFC 6455 section 1.3. */
static void rfc6455(void)
{
	CHECK_INT(check(good), 0);
	CHECK_STR(accept_key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

/* The good request with one line replaced. */
static int check_with(const char *line, const char *other)
{
	char text[1024];
	const char *at = strstr(good, line);

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, other, at + strlen(line));
	return check(text);
}

static void other_requests_are_refused(void)
{
	CHECK_INT(check_with("GET", "POST"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("HTTP/1.1", "HTTP/1.0"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("Upgrade: websocket\r\n", ""), TSR_ERR_FORMAT);
	CHECK_INT(check_with("Upgrade: websocket", "Upgrade: h2c"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("keep-alive, Upgrade", "keep-alive"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("Version: 13", "Version: 8"), TSR_ERR_VERSION);
	CHECK_INT(check_with("tessera.v1", "tessera.v2"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("Host: a", "Host: a\r\nContent-Length: 1"), TSR_ERR_FORMAT);
	CHECK_INT(check_with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"), TSR_ERR_FORMAT);
	CHECK_INT(
		check_with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZR=="), TSR_ERR_FORMAT);
	CHECK_INT(
		check_with("dGhlIHNhbXBsZSBub25jZQ==", "dGhl-HNhbXBsZSBub25jZQ=="), TSR_ERR_FORMAT);
	CHECK_INT(check_with("dGhlIHNhbXBsZSBub25jZQ==", ""), TSR_ERR_FORMAT);
}

static void both_sides_agree(void)
{
	uint8_t out[1024];
	char key[TSR_WEBSOCKET_KEY_LEN + 1];
	struct tsr_writer wr = tsr_writer(out, sizeof(out));
	struct tsr_http_request request;
	struct tsr_http_response response;
	size_t used;

	tsr_websocket_key(key, (const uint8_t *)"sixteen bytes...");
	tsr_websocket_write_request(&wr, "meet.example", "/v1/session", key, "tessera.v1");
	CHECK_INT(tsr_writer_end(&wr), 0);
	tsr_http_request_init(&request, buf, sizeof(buf), 0);
	CHECK_INT(tsr_http_request_feed(&request, tsr_slice(out, wr.len), &used), 0);
	CHECK_INT(tsr_websocket_check_request(accept_key, &request, "tessera.v1"), 0);
	wr = tsr_writer(out, sizeof(out));
	tsr_websocket_write_reply(&wr, accept_key, "tessera.v1");
	CHECK_INT(tsr_writer_end(&wr), 0);
	tsr_http_response_init(&response, buf, sizeof(buf), 0);
	CHECK_INT(tsr_http_response_feed(&response, tsr_slice(out, wr.len), &used), 0);
	CHECK_INT(tsr_websocket_check_response(&response, key, "tessera.v1"), 0);
	CHECK_INT(tsr_websocket_check_response(&response, key, "tessera.v2"), TSR_ERR_FORMAT);
	CHECK_INT(tsr_websocket_check_response(&response, "dGhlIHNhbXBsZSBub25jZQ==", "tessera.v1"),
		TSR_ERR_FORMAT);
}

static void headers_take_the_shortest_form(void)
{
	uint8_t out[TSR_WEBSOCKET_HEADER_MAX];

	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_BINARY, 0), 2);
	CHECK_MEM(out, "\x82\x00", 2);
	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_BINARY, 125), 2);
	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_BINARY, 126), 4);
	CHECK_MEM(out, "\x82\x7e\x00\x7e", 4);
	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_BINARY, 65535), 4);
	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_BINARY, 65536), 10);
	CHECK_MEM(out, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
	CHECK_INT(tsr_websocket_header_write(out, TSR_WEBSOCKET_PING, 4), 2);
	CHECK_MEM(out, "\x89\x04", 2);
}

static void a_close_says_why(void)
{
	uint8_t out[2 + TSR_WEBSOCKET_CONTROL_MAX];
	char text[301];

	CHECK_INT(tsr_websocket_close_write(out, 1002, "no"), 6);
	CHECK_MEM(out,
		"\x88\x04\x03\xea"
		"no",
		6);
	memset(text, 'x', 300);
	text[300] = '\0';
	CHECK_INT(tsr_websocket_close_write(out, 1002, text), 127);
	CHECK_INT(out[1], 125);
}

TEST_MAIN(TEST(rfc6455), TEST(other_requests_are_refused), TEST(both_sides_agree),
	TEST(headers_take_the_shortest_form), TEST(a_close_says_why))
