/* SPDX-License-Identifier: Apache-2.0 */
/* The folder test/unit/server/assets, put into this program by tools/embed. */
#include "server/assets.h"

#include "test.h"

static const struct tsr_asset *find(const char *path)
{
	return tsr_asset_find(tsr_slice_str(path));
}

static void holds_every_file_sorted(void)
{
	CHECK_INT(tsr_n_assets, 4);
	for (size_t i = 1; i < tsr_n_assets; i++)
		CHECK(strcmp(tsr_assets[i - 1].path, tsr_assets[i].path) < 0);
	for (size_t i = 0; i < tsr_n_assets; i++)
		CHECK(find(tsr_assets[i].path) == &tsr_assets[i]);
}

static void gives_the_bytes_and_their_compressed_forms(void)
{
	const struct tsr_asset *page = find("/index.html"), *script = find("/js/app-1a.js");

	CHECK(page && script);
	CHECK_STR(page->content_type, "text/html; charset=utf-8");
	CHECK(tsr_slice_equal(page->identity, tsr_slice_str("<!doctype html><title>t</title>\n")));
	CHECK(tsr_slice_equal(page->br, tsr_slice_str("BR")));
	CHECK(tsr_slice_equal(page->gzip, tsr_slice_str("GZ!")));
	CHECK_STR(script->content_type, "text/javascript; charset=utf-8");
	CHECK_INT(script->br.len, 0);
	CHECK(page->etag[0] == '"' && strcmp(page->etag, script->etag) != 0);
	CHECK(find("/empty.txt") && find("/empty.txt")->identity.len == 0);
	CHECK_STR(find("/odd.bin")->content_type, "application/octet-stream");
}

static void finds_nothing_else(void)
{
	static const char *const paths[] = { "", "/", "/index.htm", "/index.html.br",
		"/index.htmlx", "/../secret", "/js", "/js/", "\xff" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		CHECK(find(paths[i]) == NULL);
	CHECK(tsr_asset_find(tsr_slice("/index.html\0", 12)) == NULL);
}

TEST_MAIN(TEST(holds_every_file_sorted), TEST(gives_the_bytes_and_their_compressed_forms),
	TEST(finds_nothing_else))
