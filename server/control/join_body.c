/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/join_body.h"

#include <jansson.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/base64url.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/secret.h"
#include "core/crypto/sign.h"
#include "server/control/numbers.h"
#include "server/control/text.h"

#define MAX_DEPTH 4
#define TOKEN_LEN 16

/* Whether brackets nest deeper than any message of ours; strings are skipped. Asked before the
 * parser, which would recurse. */
static bool is_too_deep(struct tsr_slice json)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		uint8_t c = json.data[i];

		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > MAX_DEPTH)
				return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

/* The text of a member; *found says whether it is there. */
static int get_text(struct tsr_slice *out, bool *found, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	*found = value != NULL;
	*out = tsr_slice(NULL, 0);
	if (!value)
		return 0;
	if (!json_is_string(value))
		return TSR_ERR_FORMAT;
	*out = tsr_slice(json_string_value(value), json_string_length(value));
	return 0;
}

static int get_needed(struct tsr_slice *out, const json_t *object, const char *key)
{
	bool found;
	int r = get_text(out, &found, object, key);

	return r == 0 && !found ? TSR_ERR_FORMAT : r;
}

static int parse_person(struct tsr_join_body *out, const json_t *object)
{
	struct tsr_slice number, name, key_text;
	uint8_t key[TSR_SIGN_PUBLIC_LEN];

	if (get_needed(&number, object, "number") != 0 || get_needed(&name, object, "name") != 0 ||
		get_needed(&key_text, object, "device_key") != 0 ||
		(out->number = tsr_number_parse(number)) == 0 ||
		tsr_text_clean(out->name, sizeof(out->name), name, TSR_NAME_POINTS) != 0 ||
		out->name[0] == '\0' ||
		tsr_base64url_parse_exact(key, sizeof(key), key_text) != 0 ||
		tsr_sign_public_check(key) != 0)
		return TSR_ERR_FORMAT;
	tsr_sha256(out->device_key_hash, tsr_slice(key, sizeof(key)));
	return 0;
}

static int parse_token(
	struct tsr_join_body *out, const json_t *object, const char *key, enum tsr_credential kind)
{
	uint8_t token[TOKEN_LEN];
	struct tsr_slice text;
	bool found;

	if (get_text(&text, &found, object, key) != 0)
		return TSR_ERR_FORMAT;
	if (!found)
		return 0;
	if (tsr_base64url_parse_exact(token, sizeof(token), text) != 0)
		return TSR_ERR_FORMAT;
	tsr_sha256(out->token_hash, tsr_slice(token, sizeof(token)));
	tsr_wipe(token, sizeof(token));
	out->claimed = kind;
	return 0;
}

static int parse_proof(struct tsr_join_body *out, const json_t *object)
{
	const json_t *knock = json_object_get(object, "knock");
	struct tsr_slice password;
	bool found;

	if ((knock && !json_is_boolean(knock)) ||
		get_text(&password, &found, object, "password") != 0 ||
		password.len > sizeof(out->password))
		return TSR_ERR_FORMAT;
	out->knock = knock && json_is_true(knock);
	if (found) {
		out->claimed = TSR_BY_PASSWORD;
		out->password_len = password.len;
		if (password.len)
			memcpy(out->password, password.data, password.len);
	}
	if (parse_token(out, object, "join_token", TSR_BY_LINK) != 0)
		return TSR_ERR_FORMAT;
	return parse_token(out, object, "organizer_token", TSR_BY_ORGANIZER_LINK);
}

int tsr_join_body_parse(struct tsr_join_body *out, struct tsr_slice json)
{
	json_t *object = NULL;
	int r = TSR_ERR_FORMAT;

	memset(out, 0, sizeof(*out));
	out->claimed = TSR_BY_DIGITS;
	if (json.len == 0 || json.len > TSR_JOIN_BODY_MAX || is_too_deep(json))
		return TSR_ERR_FORMAT;
	object = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object))
		goto out;
	if ((r = parse_person(out, object)) == 0)
		r = parse_proof(out, object);
out:
	json_decref(object);
	if (r != 0)
		tsr_wipe(out, sizeof(*out));
	return r;
}
