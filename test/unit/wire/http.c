/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/http.h"

#include "core/base/err.h"
#include "test.h"

#define BODY_MAX 16384

static uint8_t buf[TSR_HTTP_HEAD_MAX];
static struct tsr_http_request request;

/* Feeds text in pieces of step bytes; *used becomes the number of bytes taken. */
static int feed(const char *text, size_t step, size_t *used)
{
	size_t len = strlen(text);
	int r = TSR_ERR_AGAIN;

	*used = 0;
	tsr_http_request_init(&request, buf, sizeof(buf), BODY_MAX);
	while (*used < len && r == TSR_ERR_AGAIN) {
		size_t n = len - *used < step ? len - *used : step, taken;

		r = tsr_http_request_feed(&request, tsr_slice(text + *used, n), &taken);
		*used += taken;
	}
	return r;
}

static int parse(const char *text)
{
	size_t used;

	return feed(text, SIZE_MAX, &used);
}

static bool is(struct tsr_slice slice, const char *text)
{
	return tsr_slice_equal(slice, tsr_slice_str(text));
}

static const char post[] = "POST /api/v1/join?a=b&c HTTP/1.1\r\nHost: meet.example:8443\r\n"
			   "content-LENGTH: 5\r\nX-Empty:\r\nAccept:  a, b \t\r\n\r\nhello";

static void takes_a_request_apart(void)
{
	size_t used;

	CHECK_INT(feed(post, SIZE_MAX, &used), 0);
	CHECK_INT(used, strlen(post) - 5);
	CHECK(tsr_http_is_method(&request, "POST"));
	CHECK(!tsr_http_is_method(&request, "post"));
	CHECK(is(request.target, "/api/v1/join?a=b&c"));
	CHECK(is(request.path, "/api/v1/join"));
	CHECK(is(request.query, "a=b&c"));
	CHECK(is(*tsr_http_find(&request.head, "HOST"), "meet.example:8443"));
	CHECK(is(*tsr_http_find(&request.head, "x-empty"), ""));
	CHECK(is(*tsr_http_find(&request.head, "accept"), "a, b"));
	CHECK(tsr_http_has_token(&request.head, "Accept", "B"));
	CHECK(!tsr_http_has_token(&request.head, "Accept", "a, b"));
	CHECK(tsr_http_find(&request.head, "X-Absent") == NULL);
	CHECK_INT(request.head.content_length, 5);
	CHECK(request.head.keep_alive);
}

static void cuts_do_not_matter(void)
{
	for (size_t step = 1; step < 40; step++) {
		size_t used;

		CHECK_INT(feed(post, step, &used), 0);
		CHECK_INT(used, strlen(post) - 5);
		CHECK(is(request.path, "/api/v1/join"));
		CHECK_INT(request.head.n_headers, 4);
	}
}

static const struct {
	const char *text;
	int err;
	int status;
} bad[] = {
	{ "GET / HTTP/1.1\r\n\r\n", TSR_ERR_FORMAT, 400 }, /* no Host */
	{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\n",
		TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", TSR_ERR_TOO_BIG, 413 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", TSR_ERR_FORMAT, 501 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: x\r\n\r\n",
		TSR_ERR_FORMAT, 501 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", TSR_ERR_FORMAT,
		400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n", TSR_ERR_FORMAT,
		400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tfolded\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded: z\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\nHost: a\n\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\rGET / HTTP/1.1\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nX\x01: y\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nX\xc3\xa9: y\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ " GET / HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET /\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", TSR_ERR_VERSION, 505 },
	{ "GET / HTTP/1.2\r\nHost: a\r\n\r\n", TSR_ERR_VERSION, 505 },
	{ "GET / http/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET * HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nOrigin: x\r\nOrigin: y\r\n\r\n", TSR_ERR_FORMAT, 400 },
	{ "\x16\x03\x01\x02\x05", TSR_ERR_FORMAT, 400 },
};

static void refuses_what_can_be_read_in_two_ways(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int r = parse(bad[i].text), status = request.status;
		size_t used;

		if (r != bad[i].err || status != bad[i].status)
			printf("# %zu: %d %d\n", i, r, status);
		CHECK_INT(r, bad[i].err);
		CHECK_INT(status, bad[i].status);
		CHECK_INT(feed(bad[i].text, 1, &used), bad[i].err);
		CHECK_INT(request.status, bad[i].status);
		/* an error sticks */
		CHECK_INT(tsr_http_request_feed(&request, tsr_slice_str("GET"), &used), bad[i].err);
	}
}

static void heads_are_bounded(void)
{
	static char text[TSR_HTTP_HEAD_MAX + 100];
	int n = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX: ");

	memset(text + n, 'x', sizeof(text) - (size_t)n - 1);
	CHECK_INT(parse(text), TSR_ERR_TOO_BIG);
	CHECK_INT(request.status, 431);
	memcpy(text + TSR_HTTP_HEAD_MAX - 4, "\r\n\r\n", 5);
	CHECK_INT(parse(text), 0);
	n = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < TSR_HTTP_HEADERS_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "X: %d\r\n", i);
	snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
	CHECK_INT(parse(text), TSR_ERR_TOO_BIG);
	CHECK_INT(request.status, 431);
}

static void knows_when_to_close(void)
{
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"), 0);
	CHECK(!request.head.keep_alive);
	CHECK_INT(parse("GET / HTTP/1.0\r\n\r\n"), 0);
	CHECK(!request.head.keep_alive);
	CHECK_INT(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 0);
	CHECK(request.head.keep_alive);
}

static void tells_its_own_pages(void)
{
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a:8443\r\n\r\n"), 0);
	CHECK(tsr_http_is_same_origin(&request));
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a:8443\r\nOrigin: https://A:8443\r\n\r\n"), 0);
	CHECK(tsr_http_is_same_origin(&request));
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a:8443\r\nOrigin: http://a:8443\r\n\r\n"), 0);
	CHECK(!tsr_http_is_same_origin(&request));
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.evil\r\n\r\n"), 0);
	CHECK(!tsr_http_is_same_origin(&request));
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n"), 0);
	CHECK(!tsr_http_is_same_origin(&request));
	CHECK_INT(parse("GET / HTTP/1.1\r\nHost:\r\nOrigin: https://\r\n\r\n"), 0);
	CHECK(!tsr_http_is_same_origin(&request));
}

static void writes_what_it_reads(void)
{
	static const char text[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\nX: y\r\n\r\n";
	uint8_t out[256];
	struct tsr_writer wr = tsr_writer(out, sizeof(out));
	struct tsr_http_response response;
	size_t used;

	tsr_http_write_status(&wr, 404);
	tsr_http_write_header_u64(&wr, "Content-Length", 12);
	tsr_http_write_header(&wr, "X", tsr_slice_str("y"));
	tsr_http_write_end(&wr);
	CHECK_INT(tsr_writer_end(&wr), 0);
	CHECK_INT(wr.len, strlen(text));
	CHECK_MEM(out, text, wr.len);
	tsr_http_response_init(&response, buf, sizeof(buf), 100);
	CHECK_INT(tsr_http_response_feed(&response, tsr_slice(out, wr.len), &used), 0);
	CHECK_INT(response.status, 404);
	CHECK_INT(response.head.content_length, 12);
	CHECK(!response.is_until_close);
}

static void nobody_begins_a_new_line(void)
{
	static const char *const values[] = { "a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x7f" };
	static const char *const names[] = { "", "A B", "A:", "A\r\nB" };
	uint8_t out[256];

	for (size_t i = 0; i < 4; i++) {
		struct tsr_writer wr = tsr_writer(out, sizeof(out));

		tsr_http_write_header(&wr, "X", tsr_slice_str(values[i]));
		CHECK_INT(tsr_writer_end(&wr), TSR_ERR_FORMAT);
		wr = tsr_writer(out, sizeof(out));
		tsr_http_write_header(&wr, names[i], tsr_slice_str("v"));
		CHECK_INT(tsr_writer_end(&wr), TSR_ERR_FORMAT);
		wr = tsr_writer(out, sizeof(out));
		tsr_http_write_request(&wr, "GET", values[i][0] == 'a' ? values[i] : "/ x");
		CHECK_INT(tsr_writer_end(&wr), TSR_ERR_FORMAT);
	}
}

static int parse_response(struct tsr_http_response *response, const char *text)
{
	size_t used;

	tsr_http_response_init(response, buf, sizeof(buf), 100);
	return tsr_http_response_feed(response, tsr_slice_str(text), &used);
}

static void reads_replies(void)
{
	struct tsr_http_response rs;

	CHECK_INT(parse_response(&rs, "HTTP/1.1 200\r\n\r\n"), 0);
	CHECK(rs.is_until_close);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 204 \r\n\r\n"), 0);
	CHECK(!rs.is_until_close);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 2000 x\r\n\r\n"), TSR_ERR_FORMAT);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 099 x\r\n\r\n"), TSR_ERR_FORMAT);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 2x0 x\r\n\r\n"), TSR_ERR_FORMAT);
	CHECK_INT(parse_response(&rs, "HTTP/3.1 200 x\r\n\r\n"), TSR_ERR_VERSION);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 200 x\r\nContent-Length: 101\r\n\r\n"),
		TSR_ERR_TOO_BIG);
	CHECK_INT(parse_response(&rs, "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
		TSR_ERR_FORMAT);
	CHECK_INT(parse_response(&rs, "\r\n\r\n"), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(takes_a_request_apart), TEST(cuts_do_not_matter),
	TEST(refuses_what_can_be_read_in_two_ways), TEST(heads_are_bounded),
	TEST(knows_when_to_close), TEST(tells_its_own_pages), TEST(writes_what_it_reads),
	TEST(nobody_begins_a_new_line), TEST(reads_replies))
