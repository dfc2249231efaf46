/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/ice.h"

#include "core/base/err.h"
#include "test.h"

#define PWD "0123456789abcdefghijklmn"
#define OTHER_PWD "nmlkjihgfedcba9876543210"

static const struct tsr_ice_credentials local = { .ufrag = "ours", .pwd = PWD };
static const struct tsr_ice_credentials next = { .ufrag = "next", .pwd = OTHER_PWD };

static struct tsr_outbox outbox;
static struct tsr_ice_result result;

static struct tsr_tuple path(uint16_t port)
{
	return (struct tsr_tuple){ .remote_port = port };
}

struct ask {
	const struct tsr_ice_credentials *to; /* NULL: local */
	uint32_t priority;
	bool nominates;
};

static int check(struct tsr_ice *ice, uint16_t port, tsr_time now, struct ask ask)
{
	const struct tsr_ice_credentials *to = ask.to ? ask.to : &local;
	struct tsr_stun_request request = { .priority = ask.priority,
		.use_candidate = ask.nominates };
	struct tsr_tuple tuple = path(port);
	uint8_t out[TSR_STUN_MESSAGE_MAX];
	char username[80];
	size_t len;

	snprintf(username, sizeof(username), "%s:theirs", to->ufrag);
	request.username = tsr_slice_str(username);
	outbox.n = outbox.used = 0;
	if (tsr_stun_write_request(out, &len, &request, tsr_slice_str(to->pwd)) != 0)
		return TSR_ERR_CRYPTO;
	return tsr_ice_handle_stun(ice, &result, tsr_slice(out, len), &tuple, now, &outbox);
}

static int selected(const struct tsr_ice *ice)
{
	const struct tsr_tuple *tuple = tsr_ice_selected(ice);

	return tuple ? tuple->remote_port : -1;
}

static void sends_on_the_first_until_one_is_nominated(void)
{
	struct tsr_ice ice;

	tsr_ice_init(&ice, true, &local);
	CHECK_INT(selected(&ice), -1);
	CHECK_INT(check(&ice, 1, 0, (struct ask){ .priority = 9 }), 0);
	CHECK(result.is_new && outbox.n == 1);
	CHECK_INT(check(&ice, 2, 0, (struct ask){ .priority = 99 }), 0);
	CHECK_INT(selected(&ice), 1);
	CHECK_INT(check(&ice, 2, 0, (struct ask){ .priority = 1, .nominates = true }), 0);
	CHECK(!result.is_new);
	CHECK_INT(selected(&ice), 2);
}

/* Firefox: every pair is nominated again and again while it checks; the best one stays. */
static void the_best_stays_when_all_are_nominated(void)
{
	struct tsr_ice ice;
	tsr_time now = 0;

	tsr_ice_init(&ice, true, &local);
	for (int round = 0; round < 20; round++)
		for (uint16_t port = 1; port <= 4; port++, now += 20 * TSR_MS) {
			uint32_t priority = port == 3 ? 100 : port;

			CHECK_INT(check(&ice, port, now,
					  (struct ask){ .priority = priority, .nominates = true }),
				0);
			CHECK(round == 0 || selected(&ice) == 3);
		}
}

/* Chromium: one pair is nominated at a time; a worse one is followed within a second. */
static void a_worse_pair_is_followed_when_it_is_the_only_one(void)
{
	struct tsr_ice ice;
	struct ask good = { .priority = 100, .nominates = true },
		   bad = { .priority = 1, .nominates = true };

	tsr_ice_init(&ice, true, &local);
	CHECK_INT(check(&ice, 1, 0, good), 0);
	CHECK_INT(check(&ice, 2, 500 * TSR_MS, bad), 0);
	CHECK_INT(selected(&ice), 1);
	CHECK_INT(check(&ice, 2, TSR_SECOND, bad), 0);
	CHECK_INT(selected(&ice), 2);
	CHECK_INT(check(&ice, 1, TSR_SECOND, good), 0);
	CHECK_INT(selected(&ice), 1);
}

static void a_restart_prevails_over_priorities(void)
{
	struct tsr_ice ice;
	struct ask old = { .priority = 100, .nominates = true };
	struct ask new = { .to = &next, .priority = 1, .nominates = true };

	tsr_ice_init(&ice, true, &local);
	CHECK_INT(check(&ice, 1, 0, old), 0);
	tsr_ice_restart(&ice, &next);
	CHECK_INT(check(&ice, 1, 1, old), 0); /* still good */
	CHECK_INT(check(&ice, 2, 2, new), 0);
	CHECK_INT(selected(&ice), 2);
	CHECK_INT(check(&ice, 1, 3, old), TSR_ERR_AUTH); /* the new are used */
	CHECK_INT(selected(&ice), 2);
}

static void who_does_not_know_the_password_is_not_answered(void)
{
	struct tsr_ice_credentials wrong = { .ufrag = "ours", .pwd = OTHER_PWD };
	struct tsr_ice_credentials stranger = { .ufrag = "nobody", .pwd = PWD };
	struct tsr_ice ice;

	tsr_ice_init(&ice, true, &local);
	CHECK_INT(check(&ice, 1, 0, (struct ask){ .to = &wrong }), TSR_ERR_AUTH);
	CHECK_INT(check(&ice, 1, 0, (struct ask){ .to = &stranger }), TSR_ERR_AUTH);
	CHECK(outbox.n == 0 && ice.n_tuples == 0);
}

static void an_error_makes_no_tuple(void)
{
	/* A request with ICE-CONTROLLED, as only the controlled side may send; RFC 5769 has one. */
	static const uint8_t request[] = { 0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7,
		0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00,
		0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69,
		0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00,
		0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65,
		0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00,
		0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2,
		0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b,
		0xcf };
	static const struct tsr_ice_credentials rfc = { .ufrag = "evtj",
		.pwd = "VOkJxbRl1RmTxUk/WvJxBt" };
	struct tsr_tuple tuple = path(1);
	struct tsr_stun answer;
	struct tsr_ice ice;

	tsr_ice_init(&ice, true, &rfc);
	outbox.n = outbox.used = 0;
	CHECK_INT(tsr_ice_handle_stun(
			  &ice, &result, tsr_slice(request, sizeof(request)), &tuple, 0, &outbox),
		0);
	CHECK(ice.n_tuples == 0 && outbox.n == 1);
	CHECK_INT(tsr_stun_parse(&answer, tsr_outbox_slice(&outbox, 0)), 0);
	CHECK_INT(answer.error, TSR_STUN_ROLE_CONFLICT);
}

static void consent_is_counted_from_the_last_check(void)
{
	struct tsr_ice ice;
	struct tsr_tuple gone;

	tsr_ice_init(&ice, true, &local);
	CHECK(tsr_ice_next_timeout(&ice) == TSR_TIME_NEVER);
	CHECK_INT(check(&ice, 1, 0, (struct ask){ .nominates = true }), 0);
	CHECK_INT(check(&ice, 2, 10 * TSR_SECOND, (struct ask){ .priority = 1 }), 0);
	CHECK(tsr_ice_next_timeout(&ice) == TSR_ICE_CONSENT);
	CHECK(!tsr_ice_handle_timeout(&ice, &gone, TSR_ICE_CONSENT - 1, &outbox));
	CHECK(tsr_ice_handle_timeout(&ice, &gone, TSR_ICE_CONSENT, &outbox));
	CHECK_INT(gone.remote_port, 1);
	CHECK_INT(selected(&ice), 2); /* what is left */
	CHECK(tsr_ice_handle_timeout(&ice, &gone, 40 * TSR_SECOND, &outbox));
	CHECK_INT(selected(&ice), -1);
}

/* An answer counts only where the question went, once, and from who knows the password. */
static void the_full_side_believes_no_stranger(void)
{
	struct tsr_ice server, client;
	struct tsr_tuple tuple = path(1), other = path(2), gone;
	static struct tsr_outbox asked;

	tsr_ice_init(&server, true, &local);
	tsr_ice_init(&client, false, &next);
	tsr_ice_check(&client, &local, &tuple, 0);
	asked.n = asked.used = 0;
	CHECK(!tsr_ice_handle_timeout(&client, &gone, 0, &asked));
	CHECK_INT(asked.n, 1);
	outbox.n = outbox.used = 0;
	CHECK_INT(tsr_ice_handle_stun(
			  &server, &result, tsr_outbox_slice(&asked, 0), &tuple, 0, &outbox),
		0);
	CHECK_INT(outbox.n, 1);
	CHECK_INT(tsr_ice_handle_stun(
			  &client, &result, tsr_outbox_slice(&outbox, 0), &other, 1, &asked),
		TSR_ERR_STALE);
	outbox.bytes[24] ^= 1; /* the mapped address; FINGERPRINT is wrong then, too */
	CHECK(tsr_ice_handle_stun(
		      &client, &result, tsr_outbox_slice(&outbox, 0), &tuple, 1, &asked) != 0);
	outbox.bytes[24] ^= 1;
	CHECK_INT(tsr_ice_handle_stun(
			  &client, &result, tsr_outbox_slice(&outbox, 0), &tuple, 1, &asked),
		0);
	CHECK_INT(selected(&client), 1);
	CHECK_INT(tsr_ice_handle_stun(
			  &client, &result, tsr_outbox_slice(&outbox, 0), &tuple, 2, &asked),
		TSR_ERR_STALE);
}

TEST_MAIN(TEST(sends_on_the_first_until_one_is_nominated),
	TEST(the_best_stays_when_all_are_nominated),
	TEST(a_worse_pair_is_followed_when_it_is_the_only_one),
	TEST(a_restart_prevails_over_priorities),
	TEST(who_does_not_know_the_password_is_not_answered), TEST(an_error_makes_no_tuple),
	TEST(consent_is_counted_from_the_last_check), TEST(the_full_side_believes_no_stranger))
