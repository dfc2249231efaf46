/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/link.h"

#include "core/base/err.h"
#include "test.h"

#define SECRET "6hVZhgj7CF5yvDKMIrlY_OOs7PZZtB4pSbHooQ4BDnU"
#define PIN "FUq0lCmhF3jTM63gcZtz8g"
#define FRONT "https://meet.example.org/j/418205937"

static int parse(struct tsr_link *link, const char *text)
{
	return tsr_link_parse(link, tsr_slice_str(text));
}

static void links_return_as_they_were(void)
{
	static const char *const texts[] = { FRONT, FRONT "#0." SECRET "." PIN,
		FRONT "#1." SECRET "." PIN, FRONT "#0o." SECRET, FRONT "#1o." SECRET,
		("https://localhost:8443/j/100000000#0." SECRET "." PIN),
		("https://[2001:db8::1]:8443/j/999999999#1o." SECRET),
		"https://192.0.2.1:1/j/418205937" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tsr_link link;
		char out[TSR_LINK_MAX];
		int r, w;

		r = parse(&link, texts[i]);
		w = r == 0 ? tsr_link_write(out, sizeof(out), &link) : 0;
		tsr_link_finish(&link);
		CHECK_INT(r, 0);
		CHECK_INT(w, 0);
		CHECK_STR(out, texts[i]);
	}
}

static void parts_are_found(void)
{
	struct tsr_link link;

	CHECK_INT(parse(&link, " HTTPS://Meet.Example.ORG/j/418205937#0." SECRET "." PIN "\n"), 0);
	CHECK_INT(link.kind, TSR_LINK_ATTENDEE);
	CHECK(!link.is_end_to_end);
	CHECK_STR(link.host, "meet.example.org");
	CHECK_INT(link.port, 443);
	CHECK_STR(link.number, "418205937");
	CHECK_MEM(link.pin, "\x15\x4a\xb4\x94", 4);
	CHECK_MEM(tsr_secret_data(link.secret), "\xea\x15\x59\x86", 4);
	tsr_link_finish(&link);
	tsr_link_finish(&link);
}

static void hostile_links_are_refused(void)
{
	static const char *const bad[] = { "", "#", "https://", "http://a/j/418205937",
		"https:///j/418205937", "https://a/j/41820593", "https://a/j/4182059370",
		"https://a/j/018205937", "https://a/j/41820593x", "https://a/J/418205937",
		"https://a/j/418205937/", "https://a/j/418205937?x", "https://a/j/418205937#",
		"https://user@a/j/418205937", "https://a@b/j/418205937", "https://a b/j/418205937",
		"https://a..b/j/418205937", "https://.a/j/418205937", "https://-a/j/418205937",
		"https://a:/j/418205937", "https://a:0/j/418205937", "https://a:65536/j/418205937",
		"https://a:08443/j/418205937", "https://a:99999999/j/418205937",
		"https://[::1/j/418205937", "https://[]/j/418205937", "https://[g::1]/j/418205937",
		"https://a%00/j/418205937", "https://a\\/j/418205937", "javascript:alert(1)",
		"https://\xc3\xa9/j/418205937", FRONT "#0." SECRET, FRONT "#0." SECRET ".",
		FRONT "#0." SECRET "." PIN "x", FRONT "#0." SECRET "." PIN "=",
		FRONT "#0o." SECRET "=", FRONT "#0o." SECRET "." PIN, FRONT "#0o" SECRET,
		FRONT "#o." SECRET, FRONT "#0", FRONT "#0o", FRONT "#0.",
		FRONT "#00." SECRET "." PIN,
		FRONT "#0.6hVZhgj7CF5yvDKMIrlY_OOs7PZZtB4pSbHooQ4BDnV." PIN,
		FRONT "#0.6hVZhgj7CF5yvDKMIrlY/OOs7PZZtB4pSbHooQ4BDnU." PIN,
		FRONT "##0." SECRET "." PIN, FRONT "#0." SECRET "." PIN "#" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tsr_link link;
		int r = parse(&link, bad[i]);

		if (r != TSR_ERR_FORMAT)
			printf("# %s: %d\n", bad[i], r);
		CHECK_INT(r, TSR_ERR_FORMAT);
		CHECK(link.secret == NULL);
	}
}

static void later_versions_are_told_apart(void)
{
	struct tsr_link link;

	CHECK_INT(parse(&link, FRONT "#2." SECRET "." PIN), TSR_ERR_VERSION);
	CHECK_INT(parse(&link, FRONT "#9x"), TSR_ERR_VERSION);
}

static void short_and_cut_links_are_refused(void)
{
	static const char whole[] = FRONT "#0." SECRET "." PIN;
	struct tsr_link link;
	char out[TSR_LINK_MAX];

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		bool is_digits = n == strlen(FRONT);
		int r = tsr_link_parse(&link, tsr_slice(whole, n));

		tsr_link_finish(&link);
		CHECK_INT(r, is_digits ? 0 : TSR_ERR_FORMAT);
	}
	CHECK_INT(parse(&link, whole), 0);
	for (size_t cap = 0; cap < sizeof(whole); cap++)
		if (tsr_link_write(out, cap, &link) != TSR_ERR_TOO_BIG)
			out[0] = '!';
	CHECK(out[0] != '!');
	CHECK_INT(tsr_link_write(out, sizeof(whole), &link), 0);
	tsr_link_finish(&link);
}

/* The organizer's and the attendee's way to the same join token and pin. */
static void both_links_lead_to_one_session(void)
{
	struct tsr_link organizer, attendee;
	struct tsr_organizer_keys keys;
	struct tsr_join_keys join;
	uint8_t pin[TSR_LINK_PIN_LEN];

	CHECK_INT(parse(&organizer, FRONT "#0o." SECRET), 0);
	CHECK_INT(tsr_link_for_attendees(&attendee, &organizer), 0);
	CHECK_INT(tsr_organizer_keys_derive(&keys, organizer.secret), 0);
	CHECK_INT(tsr_join_keys_derive(&join, attendee.secret), 0);
	CHECK_MEM(join.join_token, keys.join_token, TSR_LINK_TOKEN_LEN);
	CHECK(memcmp(keys.organizer_token, keys.join_token, TSR_LINK_TOKEN_LEN) != 0);
	tsr_link_pin(pin, tsr_sign_key_public(keys.meeting_key));
	CHECK_MEM(attendee.pin, pin, TSR_LINK_PIN_LEN);
	CHECK(!tsr_secret_equal(attendee.secret, organizer.secret));
	tsr_organizer_keys_finish(&keys);
	tsr_link_finish(&organizer);
	CHECK_INT(tsr_link_for_attendees(&organizer, &attendee), TSR_ERR_STATE);
	tsr_link_finish(&attendee);
}

TEST_MAIN(TEST(links_return_as_they_were), TEST(parts_are_found), TEST(hostile_links_are_refused),
	TEST(later_versions_are_told_apart), TEST(short_and_cut_links_are_refused),
	TEST(both_links_lead_to_one_session))
