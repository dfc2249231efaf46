/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/files.h"

#include "core/base/err.h"
#include "test.h"

static const uint8_t bytes[3] = { 1, 2, 3 };
static const struct tsr_asset assets[] = {
	{ .path = "/assets/app-5F3A9C2E.js",
		.content_type = "text/javascript",
		.etag = "\"1\"",
		.identity = { bytes, 3 },
		.br = { bytes, 1 },
		.gzip = { bytes, 2 } },
	{ .path = "/index.html",
		.content_type = "text/html",
		.etag = "\"2\"",
		.identity = { bytes, 3 } },
};

/* The real table is the binary's. */
const struct tsr_asset *tsr_asset_find(struct tsr_slice path)
{
	for (size_t i = 0; i < 2; i++)
		if (tsr_slice_equal(path, tsr_slice_str(assets[i].path)))
			return &assets[i];
	return NULL;
}

static const struct tsr_asset *find(const char *path)
{
	return tsr_files_find(tsr_slice_str(path));
}

static void serves_the_app_at_its_routes(void)
{
	CHECK(find("/") == &assets[1]);
	CHECK(find("/j/418205937") == &assets[1]);
	CHECK(find("/about") == &assets[1]);
	CHECK(find("/index.html") == &assets[1]);
	CHECK(find("/assets/app-5F3A9C2E.js") == &assets[0]);
}

static void knows_nothing_else(void)
{
	static const char *const paths[] = { "", "/j/41820593", "/j/4182059370", "/j/41820593x",
		"/x.js", "/../etc/passwd", "/a/b", "/About", "//", "/api", "/%2e%2e" };

	for (size_t i = 0; i < 9; i++)
		CHECK(!find(paths[i]));
	CHECK(!find("/%2e%2e"));
}

static void tells_hashed_names(void)
{
	CHECK(tsr_files_is_hashed(tsr_slice_str("/assets/app-5F3A9C2E.js")));
	CHECK(tsr_files_is_hashed(tsr_slice_str("/app-abcdefg1.css")));
	CHECK(!tsr_files_is_hashed(tsr_slice_str("/index.html")));
	CHECK(!tsr_files_is_hashed(tsr_slice_str("/some-javascript.js")));
	CHECK(!tsr_files_is_hashed(tsr_slice_str("/12345678.js")));
	CHECK(!tsr_files_is_hashed(tsr_slice_str("")));
}

static int read_head(struct tsr_http_request *request, uint8_t *buf, const char *headers)
{
	char text[512];
	size_t used;

	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
	tsr_http_request_init(request, buf, 1024, 0);
	return tsr_http_request_feed(request, tsr_slice_str(text), &used);
}

static const char *coding(const char *headers)
{
	static struct tsr_http_request request;
	static uint8_t buf[1024];
	const char *name = "?";

	if (read_head(&request, buf, headers) != 0)
		return "!";
	(void)!tsr_files_choose(&assets[0], &request.head, &name).len;
	return name ? name : "identity";
}

static void chooses_the_smallest_coding_allowed(void)
{
	CHECK_STR(coding(""), "identity");
	CHECK_STR(coding("Accept-Encoding: gzip, deflate, br\r\n"), "br");
	CHECK_STR(coding("Accept-Encoding: GZIP\r\n"), "gzip");
	CHECK_STR(coding("Accept-Encoding: br;q=0, gzip;q=0.5\r\n"), "gzip");
	CHECK_STR(coding("Accept-Encoding: br;q=0.000,gzip; q=0\r\n"), "identity");
	CHECK_STR(coding("Accept-Encoding: brotli, gzipped\r\n"), "identity");
	CHECK_STR(coding("Accept-Encoding: ,, br\r\n"), "br");
}

static bool known(const char *headers)
{
	static struct tsr_http_request request;
	static uint8_t buf[1024];

	return read_head(&request, buf, headers) == 0 &&
	       tsr_files_is_known(&assets[0], &request.head);
}

static void knows_its_etag(void)
{
	CHECK(!known(""));
	CHECK(known("If-None-Match: \"1\"\r\n"));
	CHECK(known("If-None-Match: \"0\", W/\"1\"\r\n"));
	CHECK(known("If-None-Match: *\r\n"));
	CHECK(!known("If-None-Match: \"11\"\r\n"));
	CHECK(!known("If-None-Match: 1\r\n"));
}

TEST_MAIN(TEST(serves_the_app_at_its_routes), TEST(knows_nothing_else), TEST(tells_hashed_names),
	TEST(chooses_the_smallest_coding_allowed), TEST(knows_its_etag))
