/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/redirect.h"

#include "core/base/err.h"
#include "test.h"

static char out[300];

static const char *go(const char *host, const char *target, uint16_t port)
{
	int r = tsr_redirect_write(
		out, sizeof(out), tsr_slice_str(host), tsr_slice_str(target), port);

	return r == 0 ? out : "!";
}

static void names_the_tls_port(void)
{
	CHECK_STR(go("meet.example:8080", "/j/1?a=b", 8443), "https://meet.example:8443/j/1?a=b");
	CHECK_STR(go("meet.example", "/", 443), "https://meet.example/");
	CHECK_STR(go("192.0.2.7:80", "/", 443), "https://192.0.2.7/");
	CHECK_STR(go("[2001:db8::1]:80", "/x", 8443), "https://[2001:db8::1]:8443/x");
	CHECK_STR(go("[::1]", "/x", 443), "https://[::1]/x");
}

static void takes_no_strange_host(void)
{
	static const char *const hosts[] = { "", ":80", "a b", "a/b", "user@host", "a:port",
		"a:1:2", "-a", ".a", "[::1", "::1", "a\\b", "[g::1]", "a:123456", "ex%61mple" };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		CHECK_STR(go(hosts[i], "/", 443), "!");
}

static void takes_no_strange_target(void)
{
	CHECK_STR(go("a", "/a b", 443), "!");
	CHECK_STR(go("a", "/\r\nX: y", 443), "!");
	CHECK_STR(go("a", "/\xc3\xa4", 443), "!");
}

static void keeps_to_its_room(void)
{
	char small[20];

	CHECK_INT(tsr_redirect_write(small, sizeof(small), tsr_slice_str("meet.example"),
			  tsr_slice_str("/"), 443),
		TSR_ERR_TOO_BIG);
}

TEST_MAIN(TEST(names_the_tls_port), TEST(takes_no_strange_host), TEST(takes_no_strange_target),
	TEST(keeps_to_its_room))
