/* SPDX-License-Identifier: Apache-2.0 */
/* door: POST /api/v1/join, docs/protocol.md section 2. */
#include <jansson.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/base64url.h"
#include "endpoint/client/internal.h"

/* What people are told, and whether to try again by itself. */
static const struct answer {
	int status;
	const char *text;
	bool comes_back;
} answers[] = {
	{ 400, "The server did not understand this endpoint; is one of the two much older?",
		false },
	{ 401, "These digits alone do not open the session: give the password, or knock (--knock).",
		false },
	{ 403, "The session cannot be joined with this link or password.", false },
	{ 410, "The session has ended.", false },
	{ 423, "The session is locked; --knock asks the organizer to let you in.", false },
	{ 429, "Too many tries from this network; try again in a minute.", false },
	{ 503, "The server cannot take anybody in right now.", true },
};

static int set_base64(json_t *body, const char *key, struct tsr_slice bytes)
{
	char text[TSR_BASE64URL_LEN(64) + 1];
	int r = tsr_base64url_write(text, sizeof(text), bytes);

	if (r == 0 && json_object_set_new(body, key, json_string(text)) != 0)
		r = TSR_ERR_NOMEM;
	tsr_wipe(text, sizeof(text));
	return r;
}

static json_t *make_body(struct tsr_client *c)
{
	json_t *body = json_pack("{s:s, s:s}", "number", c->number, "name", c->name);
	struct tsr_slice secret;
	int r = body ? 0 : TSR_ERR_NOMEM;

	if (!r)
		r = set_base64(body, "device_key",
			tsr_slice(tsr_sign_key_public(c->device), TSR_SIGN_PUBLIC_LEN));
	if (!r && c->entry_token)
		r = set_base64(body,
			c->kind == TSR_LINK_ORGANIZER ? "organizer_token" : "join_token",
			tsr_secret_slice(c->entry_token));
	if (!r && c->password) {
		secret = tsr_secret_slice(c->password);
		if (json_object_set_new(body, "password",
			    json_stringn((const char *)secret.data, secret.len)) != 0)
			r = TSR_ERR_FORMAT;
	}
	if (!r && c->knock)
		r = json_object_set_new(body, "knock", json_true()) ? TSR_ERR_NOMEM : 0;
	if (r) {
		json_decref(body);
		return NULL;
	}
	return body;
}

static bool take_text(char out[static TSR_CLIENT_TOKEN_MAX], const json_t *text)
{
	size_t len = json_string_length(text);

	if (!json_is_string(text) || len == 0 || len >= TSR_CLIENT_TOKEN_MAX)
		return false;
	memcpy(out, json_string_value(text), len + 1);
	return true;
}

bool tsr_client_take_tokens(struct tsr_client *c, struct tsr_slice body)
{
	json_t *reply = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = take_text(c->token, json_object_get(reply, "token")) &&
		  take_text(c->resume, json_object_get(reply, "resume"));

	json_decref(reply);
	return ok;
}

static void answered(void *user, int status, struct tsr_slice body, int err)
{
	struct tsr_client *c = user;
	bool has_tokens = !err && status == 200 && tsr_client_take_tokens(c, body);

	tsr_request_close(&c->request); /* body goes with it */
	if (err == TSR_ERR_AUTH) {
		tsr_client_finish(c, 0, err,
			"The server's certificate is not believed; name its file with --cert, or "
			"its key "
			"with --pin.");
		return;
	}
	if (err) {
		tsr_client_come_back(c, 0);
		return;
	}
	if (status == 200) {
		if (has_tokens)
			tsr_client_connect(c);
		else
			tsr_client_finish(
				c, 0, TSR_ERR_FORMAT, "The server's answer makes no sense.");
		return;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].status != status)
			continue;
		if (answers[i].comes_back)
			tsr_client_come_back(c, TSR_SECOND);
		else
			tsr_client_finish(c, 0, TSR_ERR_DENIED, answers[i].text);
		return;
	}
	tsr_client_finish(
		c, 0, TSR_ERR_FORMAT, "The server gave an answer that is not known here.");
}

void tsr_client_knock_on_door(struct tsr_client *c)
{
	json_t *body = make_body(c);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	int r = TSR_ERR_NOMEM;

	if (text)
		r = tsr_request_open(
			&c->request, &c->server, "/api/v1/join", tsr_slice_str(text), answered, c);
	if (text) {
		tsr_wipe(text, strlen(text));
		free(text);
	}
	json_decref(body);
	if (r)
		tsr_client_finish(c, 0, r, "Joining failed: a password must be valid text.");
}
