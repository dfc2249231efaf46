/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/token.h"

#include <stdio.h>

#include "core/base/err.h"
#include "test.h"

#define B16 "AAAAAAAAAAAAAAAAAAAAAA"
#define B32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define REST \
	"\"iat\":1000,\"jti\":\"" B16 "\",\"mtg\":\"" B16 "\",\"mem\":3,\"role\":\"attendee\"," \
	"\"node\":\"n1\",\"ik\":\"" B32 "\",\"via\":\"link\""
#define GOOD "{\"typ\":\"role\",\"exp\":1060," REST "}"

static struct tsr_token_claims example(enum tsr_token_type type)
{
	struct tsr_token_claims claims = { .type = type,
		.iat = 1000,
		.exp = 1000 + (type == TSR_TOKEN_ROLE ? TSR_TOKEN_ROLE_S : TSR_TOKEN_RESUME_S),
		.mem = { 3 },
		.role = TSR_TOKEN_ORGANIZER,
		.via = TSR_TOKEN_PASSWORD };

	memset(claims.jti, 1, sizeof(claims.jti));
	memset(claims.mtg.v, 2, sizeof(claims.mtg.v));
	memset(claims.ik, 3, sizeof(claims.ik));
	snprintf(claims.node, sizeof(claims.node), "%s", type == TSR_TOKEN_ROLE ? "node-1" : "*");
	return claims;
}

static int parse(const char *json)
{
	struct tsr_token_claims claims;

	return tsr_token_claims_parse(&claims, tsr_slice_str(json));
}

static void claims_return_as_they_were(void)
{
	for (int type = TSR_TOKEN_ROLE; type <= TSR_TOKEN_RESUME; type++) {
		struct tsr_token_claims in = example((enum tsr_token_type)type), out;
		char json[TSR_TOKEN_CLAIMS_MAX];

		CHECK_INT(tsr_token_claims_write(json, sizeof(json), &in), 0);
		CHECK_INT(tsr_token_claims_parse(&out, tsr_slice_str(json)), 0);
		CHECK(out.type == in.type && out.iat == in.iat && out.exp == in.exp);
		CHECK(out.mem.v == 3 && out.role == in.role && out.via == in.via);
		CHECK_STR(out.node, in.node);
		CHECK_MEM(out.jti, in.jti, sizeof(in.jti));
		CHECK_MEM(out.mtg.v, in.mtg.v, sizeof(in.mtg.v));
		CHECK_MEM(out.ik, in.ik, sizeof(in.ik));
	}
	CHECK_INT(parse(GOOD), 0);
}

static void other_json_is_refused(void)
{
	static const char *const bad[] = { "", "{", "{}", "[]", GOOD " ", " " GOOD, GOOD GOOD,
		"{\"typ\":\"role\"," REST "}",                                 /* no exp */
		"{\"typ\":\"role\",\"exp\":1060,\"exp\":1060," REST "}",       /* twice */
		"{\"typ\":\"role\",\"exp\":1060,\"typ\":\"resume\"," REST "}", /* twice */
		"{\"typ\":\"role\",\"exp\":1060,\"admin\":1," REST "}",        /* unknown */
		"{\"typ\":\"role\",\"exp\":1060," REST ",}",                   /* comma */
		"{\"typ\":\"role\",\"exp\": 1060," REST "}",                   /* blank */
		"{\"typ\":\"role\",\"exp\":\"1060\"," REST "}",                /* string */
		"{\"typ\":\"role\",\"exp\":1060.0," REST "}",                  /* fraction */
		"{\"typ\":\"role\",\"exp\":1.06e3," REST "}",                  /* exponent */
		"{\"typ\":\"role\",\"exp\":-1," REST "}",                      /* sign */
		"{\"typ\":\"role\",\"exp\":01060," REST "}",                   /* octal? */
		"{\"typ\":\"role\",\"exp\":99999999999999999999," REST "}",    /* too big */
		"{\"typ\":\"role\",\"exp\":1061," REST "}",                    /* too long a life */
		"{\"typ\":\"role\",\"exp\":1000," REST "}",                    /* none */
		"{\"typ\":\"resume\",\"exp\":1060," REST "}",                  /* node must be * */
		"{\"typ\":\"Role\",\"exp\":1060," REST "}",                    /* case */
		"{\"t\\u0079p\":\"role\",\"exp\":1060," REST "}",              /* escape */
		"{\"typ\":{\"a\":1},\"exp\":1060," REST "}",                   /* nested */
		"{\"typ\":null,\"exp\":1060," REST "}", "{\"typ\":true,\"exp\":1060," REST "}",
		"{typ:\"role\",\"exp\":1060," REST "}", "{\"typ\":'role',\"exp\":1060," REST "}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]) != TSR_ERR_FORMAT)
			printf("# %s\n", bad[i]);
		CHECK_INT(parse(bad[i]), TSR_ERR_FORMAT);
	}
	for (size_t n = 0; n < strlen(GOOD); n++) {
		struct tsr_token_claims claims;

		CHECK_INT(tsr_token_claims_parse(&claims, tsr_slice(GOOD, n)), TSR_ERR_FORMAT);
	}
}

static void unusable_claims_are_not_written(void)
{
	char json[TSR_TOKEN_CLAIMS_MAX];
	struct tsr_token_claims claims = example(TSR_TOKEN_ROLE);

	snprintf(claims.node, sizeof(claims.node), "%s", "a\"b");
	CHECK_INT(tsr_token_claims_write(json, sizeof(json), &claims), TSR_ERR_FORMAT);
	snprintf(claims.node, sizeof(claims.node), "%s", "*");
	CHECK_INT(tsr_token_claims_write(json, sizeof(json), &claims), TSR_ERR_FORMAT);
	claims = example(TSR_TOKEN_ROLE);
	claims.mem.v = 0;
	CHECK_INT(tsr_token_claims_write(json, sizeof(json), &claims), TSR_ERR_FORMAT);
	claims = example(TSR_TOKEN_ROLE);
	CHECK_INT(tsr_token_claims_write(json, 100, &claims), TSR_ERR_TOO_BIG);
}

struct sealed {
	struct tsr_sign_key *key;
	char token[TSR_TOKEN_MAX];
};

static bool seal(struct sealed *out, const struct tsr_token_claims *claims)
{
	return tsr_sign_key_create(
		       &out->key, (const uint8_t *)"a seed of thirty-two bytes......") == 0 &&
	       tsr_token_seal(out->token, claims, out->key) == 0;
}

static int open_at(const struct sealed *sealed, const char *node, int64_t now)
{
	struct tsr_token_claims claims;

	return tsr_token_open(
		&claims, tsr_slice_str(sealed->token), tsr_sign_key_public(sealed->key), node, now);
}

static void a_role_token_is_for_one_node_and_a_minute(void)
{
	struct tsr_token_claims claims = example(TSR_TOKEN_ROLE);
	struct sealed sealed;

	CHECK(seal(&sealed, &claims));
	CHECK_INT(open_at(&sealed, "node-1", 1000), 0);
	CHECK_INT(open_at(&sealed, "node-1", 1059), 0);
	CHECK_INT(open_at(&sealed, "node-1", 1060), TSR_ERR_EXPIRED);
	CHECK_INT(open_at(&sealed, "node-1", 995), 0);
	CHECK_INT(open_at(&sealed, "node-1", 994), TSR_ERR_EXPIRED);
	CHECK_INT(open_at(&sealed, "node-2", 1000), TSR_ERR_AUTH);
	CHECK_INT(open_at(&sealed, "node-1x", 1000), TSR_ERR_AUTH);
	CHECK_INT(open_at(&sealed, "*", 1000), TSR_ERR_AUTH);
	tsr_sign_key_destroy(sealed.key);
}

static void a_resume_ticket_is_for_every_node_and_a_day(void)
{
	struct tsr_token_claims claims = example(TSR_TOKEN_RESUME);
	struct sealed sealed;

	CHECK(seal(&sealed, &claims));
	CHECK_INT(open_at(&sealed, "node-1", 1000), 0);
	CHECK_INT(open_at(&sealed, "node-2", 1000 + 86399), 0);
	CHECK_INT(open_at(&sealed, "node-2", 1000 + 86400), TSR_ERR_EXPIRED);
	tsr_sign_key_destroy(sealed.key);
}

static void each_flipped_bit_is_refused(void)
{
	struct tsr_token_claims claims = example(TSR_TOKEN_ROLE), out;
	struct sealed sealed;
	size_t len, n = 0;

	CHECK(seal(&sealed, &claims));
	len = strlen(sealed.token);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		sealed.token[bit / 8] ^= (char)(1u << bit % 8);
		n += tsr_token_open(&out, tsr_slice(sealed.token, len),
			     tsr_sign_key_public(sealed.key), "node-1", 1000) != 0 &&
		     out.mem.v == 0;
		sealed.token[bit / 8] ^= (char)(1u << bit % 8);
	}
	tsr_sign_key_destroy(sealed.key);
	CHECK_INT(n, 8 * len);
}

TEST_MAIN(TEST(claims_return_as_they_were), TEST(other_json_is_refused),
	TEST(unusable_claims_are_not_written), TEST(a_role_token_is_for_one_node_and_a_minute),
	TEST(a_resume_ticket_is_for_every_node_and_a_day), TEST(each_flipped_bit_is_refused))
