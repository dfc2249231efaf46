/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token: the JSON is a subset that every parser reads alike: one flat object, no blanks, no
 * escapes, strings of printable ASCII, whole numbers up to 2^53.
 */
#include "core/e2e/token.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/crypto/base64url.h"

#define NUMBER_MAX (UINT64_C(1) << 53)
#define CLOCK_SLACK_S 5
#define ANY_NODE "*"

static const char *const type_names[] = { "role", "resume" };
static const char *const role_names[] = { "waiting", "attendee", "organizer" };
static const char *const via_names[] = { "digits", "password", "link" };
#define N_OF(names) (sizeof(names) / sizeof((names)[0]))

/* ---- values --------------------------------------------------------------------------- */

struct value {
	bool is_number;
	uint64_t number;
	struct tsr_slice text; /* between the quotes */
};

/* The index of the value in a list of names, or -1. */
static int find_name(const struct value *value, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && !value->is_number; i++)
		if (tsr_slice_equal(value->text, tsr_slice_str(names[i])))
			return (int)i;
	return -1;
}

static bool set_typ(struct tsr_token_claims *claims, const struct value *value)
{
	int i = find_name(value, type_names, N_OF(type_names));

	claims->type = i > 0 ? (enum tsr_token_type)i : TSR_TOKEN_ROLE;
	return i >= 0;
}

static bool set_exp(struct tsr_token_claims *claims, const struct value *value)
{
	claims->exp = (int64_t)value->number;
	return value->is_number;
}

static bool set_iat(struct tsr_token_claims *claims, const struct value *value)
{
	claims->iat = (int64_t)value->number;
	return value->is_number;
}

static bool set_bytes(uint8_t *out, size_t len, const struct value *value)
{
	return !value->is_number && tsr_base64url_parse_exact(out, len, value->text) == 0;
}

static bool set_jti(struct tsr_token_claims *claims, const struct value *value)
{
	return set_bytes(claims->jti, sizeof(claims->jti), value);
}

static bool set_mtg(struct tsr_token_claims *claims, const struct value *value)
{
	return set_bytes(claims->mtg.v, sizeof(claims->mtg.v), value);
}

static bool set_mem(struct tsr_token_claims *claims, const struct value *value)
{
	claims->mem.v = (uint32_t)value->number;
	return value->is_number && value->number <= UINT32_MAX;
}

static bool set_role(struct tsr_token_claims *claims, const struct value *value)
{
	int i = find_name(value, role_names, N_OF(role_names));

	claims->role = i > 0 ? (enum tsr_token_role)i : TSR_TOKEN_WAITING;
	return i >= 0;
}

static bool set_node(struct tsr_token_claims *claims, const struct value *value)
{
	if (value->is_number || value->text.len > TSR_TOKEN_NODE_MAX)
		return false;
	memset(claims->node, 0, sizeof(claims->node));
	memcpy(claims->node, value->text.data, value->text.len);
	return true;
}

static bool set_ik(struct tsr_token_claims *claims, const struct value *value)
{
	return set_bytes(claims->ik, sizeof(claims->ik), value);
}

static bool set_via(struct tsr_token_claims *claims, const struct value *value)
{
	int i = find_name(value, via_names, N_OF(via_names));

	claims->via = i > 0 ? (enum tsr_token_via)i : TSR_TOKEN_DIGITS;
	return i >= 0;
}

static const struct {
	const char *name;
	bool (*set)(struct tsr_token_claims *claims, const struct value *value);
} claim_table[] = {
	{ "typ", set_typ },
	{ "exp", set_exp },
	{ "iat", set_iat },
	{ "jti", set_jti },
	{ "mtg", set_mtg },
	{ "mem", set_mem },
	{ "role", set_role },
	{ "node", set_node },
	{ "ik", set_ik },
	{ "via", set_via },
};
#define ALL_CLAIMS ((1u << N_OF(claim_table)) - 1)

/* ---- reading -------------------------------------------------------------------------- */

static bool take(struct tsr_slice *rest, char c)
{
	if (rest->len == 0 || rest->data[0] != c)
		return false;
	*rest = tsr_slice(rest->data + 1, rest->len - 1);
	return true;
}

static bool take_string(struct tsr_slice *out, struct tsr_slice *rest)
{
	size_t n = 0;

	if (!take(rest, '"'))
		return false;
	while (n < rest->len && rest->data[n] >= ' ' && rest->data[n] <= '~' &&
		rest->data[n] != '"' && rest->data[n] != '\\')
		n++;
	*out = tsr_slice(rest->data, n);
	*rest = tsr_slice(rest->data + n, rest->len - n);
	return take(rest, '"');
}

static bool take_number(uint64_t *out, struct tsr_slice *rest)
{
	size_t n = 0;

	*out = 0;
	while (n < rest->len && rest->data[n] >= '0' && rest->data[n] <= '9' && *out <= NUMBER_MAX)
		*out = *out * 10 + (rest->data[n++] - '0');
	if (n == 0 || *out > NUMBER_MAX || (n > 1 && rest->data[0] == '0'))
		return false;
	*rest = tsr_slice(rest->data + n, rest->len - n);
	return true;
}

static bool take_value(struct value *out, struct tsr_slice *rest)
{
	memset(out, 0, sizeof(*out));
	out->is_number = rest->len && rest->data[0] != '"';
	return out->is_number ? take_number(&out->number, rest) : take_string(&out->text, rest);
}

/* One "name":value; *seen says which claims came already. */
static bool take_claim(struct tsr_token_claims *claims, unsigned int *seen, struct tsr_slice *rest)
{
	struct tsr_slice name;
	struct value value;

	if (!take_string(&name, rest) || !take(rest, ':') || !take_value(&value, rest))
		return false;
	for (size_t i = 0; i < N_OF(claim_table); i++) {
		if (!tsr_slice_equal(name, tsr_slice_str(claim_table[i].name)))
			continue;
		if (*seen & 1u << i)
			return false;
		*seen |= 1u << i;
		return claim_table[i].set(claims, &value);
	}
	return false;
}

static bool is_node_name(const char *node)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	return node[0] && node[strspn(node, allowed)] == '\0';
}

/* What must hold between the claims. */
static bool is_usable(const struct tsr_token_claims *claims)
{
	int64_t life = claims->type == TSR_TOKEN_RESUME ? TSR_TOKEN_RESUME_S : TSR_TOKEN_ROLE_S;
	bool node_fits = claims->type == TSR_TOKEN_RESUME ? strcmp(claims->node, ANY_NODE) == 0
							  : is_node_name(claims->node);

	return node_fits && claims->mem.v != 0 && claims->iat >= 0 && claims->exp > claims->iat &&
	       claims->exp - claims->iat <= life && (uint64_t)claims->exp <= NUMBER_MAX;
}

int tsr_token_claims_parse(struct tsr_token_claims *out, struct tsr_slice json)
{
	struct tsr_token_claims claims = { 0 };
	unsigned int seen = 0;

	memset(out, 0, sizeof(*out));
	if (!take(&json, '{'))
		return TSR_ERR_FORMAT;
	do {
		if (!take_claim(&claims, &seen, &json))
			return TSR_ERR_FORMAT;
	} while (take(&json, ','));
	if (!take(&json, '}') || json.len || seen != ALL_CLAIMS || !is_usable(&claims))
		return TSR_ERR_FORMAT;
	*out = claims;
	return 0;
}

/* ---- writing -------------------------------------------------------------------------- */

int tsr_token_claims_write(char *out, size_t cap, const struct tsr_token_claims *claims)
{
	char jti[TSR_BASE64URL_LEN(sizeof(claims->jti)) + 1];
	char mtg[TSR_BASE64URL_LEN(sizeof(claims->mtg.v)) + 1];
	char ik[TSR_BASE64URL_LEN(sizeof(claims->ik)) + 1];
	int n, r;

	if (cap)
		out[0] = '\0';
	if (!is_usable(claims) || claims->role > TSR_TOKEN_ORGANIZER ||
		claims->via > TSR_TOKEN_LINK)
		return TSR_ERR_FORMAT;
	if ((r = tsr_base64url_write(
		     jti, sizeof(jti), tsr_slice(claims->jti, sizeof(claims->jti)))) != 0 ||
		(r = tsr_base64url_write(
			 mtg, sizeof(mtg), tsr_slice(claims->mtg.v, sizeof(claims->mtg.v)))) != 0 ||
		(r = tsr_base64url_write(
			 ik, sizeof(ik), tsr_slice(claims->ik, sizeof(claims->ik)))) != 0)
		return r;
	n = snprintf(out, cap,
		"{\"typ\":\"%s\",\"exp\":%" PRId64 ",\"iat\":%" PRId64
		",\"jti\":\"%s\",\"mtg\":\"%s\",\"mem\":%" PRIu32
		",\"role\":\"%s\",\"node\":\"%s\",\"ik\":\"%s\",\"via\":\"%s\"}",
		type_names[claims->type], claims->exp, claims->iat, jti, mtg, claims->mem.v,
		role_names[claims->role], claims->node, ik, via_names[claims->via]);
	return n < 0 || (size_t)n >= cap ? TSR_ERR_TOO_BIG : 0;
}

/* ---- sealing -------------------------------------------------------------------------- */

struct assertion {
	char text[16 + TSR_TOKEN_NODE_MAX + 1];
};

static struct tsr_slice assertion(struct assertion *out, const char *node)
{
	snprintf(out->text, sizeof(out->text), "role-token/1|%.*s", TSR_TOKEN_NODE_MAX, node);
	return tsr_slice_str(out->text);
}

int tsr_token_seal(char out[static TSR_TOKEN_MAX], const struct tsr_token_claims *claims,
	const struct tsr_sign_key *key)
{
	char json[TSR_TOKEN_CLAIMS_MAX];
	struct assertion implicit;
	int r;

	out[0] = '\0';
	if ((r = tsr_token_claims_write(json, sizeof(json), claims)) != 0)
		return r;
	return tsr_paseto_sign(out, TSR_TOKEN_MAX, key, tsr_slice_str(json), tsr_slice(NULL, 0),
		assertion(&implicit, claims->node));
}

/* Verifies for one node name, which the claims must then bear. */
static int open_for(struct tsr_token_claims *out, struct tsr_slice token,
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], const char *node)
{
	uint8_t buf[TSR_TOKEN_MAX];
	struct assertion implicit;
	struct tsr_paseto paseto;
	int r;

	r = tsr_paseto_verify(
		&paseto, buf, sizeof(buf), public_key, token, assertion(&implicit, node));
	if (r != 0)
		return r;
	if (paseto.footer.len)
		return TSR_ERR_FORMAT;
	if ((r = tsr_token_claims_parse(out, paseto.message)) != 0)
		return r;
	return strcmp(out->node, node) == 0 ? 0 : TSR_ERR_AUTH;
}

int tsr_token_open(struct tsr_token_claims *out, struct tsr_slice token,
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], const char *node, int64_t now_s)
{
	struct tsr_token_claims claims;
	int r;

	memset(out, 0, sizeof(*out));
	if (token.len >= TSR_TOKEN_MAX)
		return TSR_ERR_TOO_BIG;
	r = open_for(&claims, token, public_key, node);
	if (r == TSR_ERR_AUTH)
		r = open_for(&claims, token, public_key, ANY_NODE);
	if (r != 0)
		return r;
	if (now_s >= claims.exp || claims.iat > now_s + CLOCK_SLACK_S)
		return TSR_ERR_EXPIRED;
	*out = claims;
	return 0;
}
