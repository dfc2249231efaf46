/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "endpoint/client/internal.h"

#define PING_EVERY (20 * TSR_SECOND)
#define SILENCE_MAX (60 * TSR_SECOND)
#define TRIES_AT_THE_DOOR 6 /* a server that never answered is given up after about a minute */
#define RETRY_MAX (30 * TSR_SECOND)

tsr_time tsr_client_now(const struct tsr_client *c)
{
	return tsr_loop_now(c->server.loop);
}

void tsr_client_set_status(struct tsr_client *c, enum tsr_client_status status)
{
	if (c->status == status)
		return;
	c->status = status;
	if (c->events->on_status)
		c->events->on_status(c->user, status);
}

static void set_bulk(struct tsr_client *c, bool is_up)
{
	if (c->is_bulk_up == is_up)
		return;
	c->is_bulk_up = is_up;
	if (c->events->on_bulk)
		c->events->on_bulk(c->user, is_up);
}

static void drop_bulk(struct tsr_client *c)
{
	tsr_channel_close(&c->bulk);
	c->bulk_retry_at = TSR_TIME_NEVER;
	set_bulk(c, false);
}

static void drop_connections(struct tsr_client *c)
{
	tsr_request_close(&c->request);
	tsr_channel_close(&c->control);
	c->ping_at = TSR_TIME_NEVER;
	c->silence_at = TSR_TIME_NEVER;
	drop_bulk(c);
}

void tsr_client_finish(struct tsr_client *c, uint32_t reason, int err, const char *text)
{
	if (c->status == TSR_CLIENT_OVER)
		return;
	c->outcome = (struct tsr_client_outcome){ .reason = reason, .err = err, .text = text };
	drop_connections(c);
	c->retry_at = TSR_TIME_NEVER;
	tsr_client_set_timer(c);
	tsr_keyring_destroy(c->keyring);
	c->keyring = NULL;
	tsr_client_set_status(c, TSR_CLIENT_OVER);
}

/* ---- time ---------------------------------------------------------------------------------- */

void tsr_client_set_timer(struct tsr_client *c)
{
	tsr_time at = tsr_time_min(c->retry_at, c->bulk_retry_at);

	at = tsr_time_min(at, c->ping_at);
	tsr_timer_set(c->timer, tsr_time_min(at, c->silence_at));
}

static void timer_fired(void *user)
{
	struct tsr_client *c = user;
	tsr_time now = tsr_client_now(c);

	if (now >= c->silence_at) {
		tsr_client_come_back(c, 0);
	} else if (now >= c->retry_at) {
		c->retry_at = TSR_TIME_NEVER;
		if (c->token[0] || c->resume[0])
			tsr_client_connect(c);
		else
			tsr_client_knock_on_door(c);
	} else if (now >= c->bulk_retry_at) {
		c->bulk_retry_at = TSR_TIME_NEVER;
		tsr_client_connect_bulk(c);
	} else if (now >= c->ping_at) {
		c->ping_at = now + PING_EVERY;
		tsr_client_ping(c);
	}
	tsr_client_set_timer(c);
}

/* At once, then after 1, 2, 4 ... 30 s, each with up to half more by chance. */
static tsr_time back_off(const struct tsr_client *c)
{
	tsr_time wait;

	if (c->n_tries == 0)
		return 0;
	wait = c->n_tries > 5 ? RETRY_MAX : TSR_SECOND << (c->n_tries - 1);
	return wait + (tsr_time)tsr_random_uniform((uint32_t)(wait / 2));
}

void tsr_client_come_back(struct tsr_client *c, tsr_time after)
{
	tsr_time wait = back_off(c);

	drop_connections(c);
	if (c->status == TSR_CLIENT_JOINING && c->n_tries >= TRIES_AT_THE_DOOR) {
		tsr_client_finish(c, 0, TSR_ERR_CLOSED,
			"The server cannot be reached; check the link and the network.");
		return;
	}
	c->n_tries++;
	c->retry_at = tsr_client_now(c) + (wait > after ? wait : after);
	tsr_client_set_timer(c);
	if (c->status == TSR_CLIENT_IN || c->status == TSR_CLIENT_WAITING)
		tsr_client_set_status(c, TSR_CLIENT_AWAY);
}

/* ---- the control connection ------------------------------------------------------------------ */

static void control_opened(void *user)
{
	struct tsr_client *c = user;

	c->ping_at = tsr_client_now(c) + PING_EVERY;
	c->silence_at = tsr_client_now(c) + SILENCE_MAX;
	tsr_client_set_timer(c);
}

static void control_message(void *user, struct tsr_slice message)
{
	struct tsr_client *c = user;

	c->silence_at = tsr_client_now(c) + SILENCE_MAX;
	tsr_client_handle_message(c, false, message);
}

static void control_closed(void *user, int err)
{
	(void)err;
	tsr_client_come_back(user, 0);
}

static const struct tsr_channel_events control_events = {
	.on_open = control_opened,
	.on_message = control_message,
	.on_close = control_closed,
};

void tsr_client_connect(struct tsr_client *c)
{
	tsr_channel_close(&c->control);
	if (tsr_channel_open(&c->control, &c->server, &control_events, c) != 0)
		tsr_client_come_back(c, TSR_SECOND);
}

/* ---- the bulk connection --------------------------------------------------------------------- */

static void bulk_opened(void *user)
{
	(void)user; /* the server speaks first */
}

static void bulk_message(void *user, struct tsr_slice message)
{
	tsr_client_handle_message(user, true, message);
}

static void bulk_closed(void *user, int err)
{
	struct tsr_client *c = user;

	(void)err;
	drop_bulk(c);
	if (c->status == TSR_CLIENT_IN) {
		c->bulk_retry_at = tsr_client_now(c) + TSR_SECOND;
		tsr_client_set_timer(c);
	}
}

static const struct tsr_channel_events bulk_events = {
	.on_open = bulk_opened,
	.on_message = bulk_message,
	.on_close = bulk_closed,
};

void tsr_client_connect_bulk(struct tsr_client *c)
{
	if (c->bulk || !c->has_ticket || !c->wants_pictures)
		return;
	if (tsr_channel_open(&c->bulk, &c->server, &bulk_events, c) != 0)
		bulk_closed(c, TSR_ERR_NOMEM);
}

/* ---- from link to client ----------------------------------------------------------------------
 */

/* The token that the link gives, if any. */
static int take_link(struct tsr_client *c, const struct tsr_link *link)
{
	struct tsr_organizer_keys organizer = { 0 };
	struct tsr_join_keys keys;
	int r = 0;

	c->kind = link->kind;
	memcpy(c->number, link->number, sizeof(c->number));
	if (link->kind == TSR_LINK_ORGANIZER) {
		if ((r = tsr_organizer_keys_derive(&organizer, link->secret)) == 0)
			r = tsr_secret_copy(&c->entry_token,
				tsr_slice(organizer.organizer_token, TSR_LINK_TOKEN_LEN));
		tsr_organizer_keys_finish(&organizer);
	} else if (link->kind == TSR_LINK_ATTENDEE) {
		if ((r = tsr_join_keys_derive(&keys, link->secret)) == 0)
			r = tsr_secret_copy(
				&c->entry_token, tsr_slice(keys.join_token, TSR_LINK_TOKEN_LEN));
		tsr_wipe(&keys, sizeof(keys));
	}
	return r;
}

/* Where the link leads. An IPv6 address is dialled without its brackets. */
static void take_server(struct tsr_client *c, const struct tsr_link *link)
{
	bool is_bracketed = link->host[0] == '[';
	size_t len = strlen(link->host) - (is_bracketed ? 2 : 0);

	memcpy(c->server.host, link->host + (is_bracketed ? 1 : 0), len);
	c->server.host[len] = '\0';
	if (link->port == 443)
		snprintf(c->server.authority, sizeof(c->server.authority), "%s", link->host);
	else
		snprintf(c->server.authority, sizeof(c->server.authority), "%s:%u", link->host,
			link->port);
	c->server.ports = tsr_race_ports_for(link->port);
}

int tsr_client_create(struct tsr_client **out, const struct tsr_client_config *config,
	const struct tsr_client_events *events, void *user)
{
	struct tsr_client *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	if (!c)
		return TSR_ERR_NOMEM;
	c->server.loop = config->loop;
	c->events = events;
	c->user = user;
	c->knock = config->knock;
	c->wants_pictures = config->wants_pictures;
	c->bulk_retry_at = c->ping_at = c->silence_at = TSR_TIME_NEVER;
	tsr_roster_init(&c->roster);
	take_server(c, config->link);
	snprintf(c->name, sizeof(c->name), "%s", config->name);
	if ((r = tsr_tls_ctx_create_client(&c->server.tls, config->trust)) != 0 ||
		(r = take_link(c, config->link)) != 0 ||
		(r = tsr_sign_key_random(&c->device)) != 0 ||
		(r = tsr_timer_open(&c->timer, config->loop, timer_fired, c)) != 0)
		goto out;
	if (config->password &&
		(r = tsr_secret_copy(&c->password, tsr_slice_str(config->password))) != 0)
		goto out;
	c->retry_at = tsr_client_now(c);
	tsr_client_set_timer(c);
	*out = c;
	c = NULL;
out:
	tsr_client_destroy(c);
	return r;
}

void tsr_client_destroy(struct tsr_client *c)
{
	if (!c)
		return;
	tsr_request_close(&c->request);
	tsr_channel_close(&c->control);
	tsr_channel_close(&c->bulk);
	tsr_timer_close(&c->timer);
	tsr_tls_ctx_unref(&c->server.tls);
	tsr_keyring_destroy(c->keyring);
	tsr_roster_finish(&c->roster);
	tsr_secret_destroy(c->entry_token);
	tsr_secret_destroy(c->password);
	tsr_sign_key_destroy(c->device);
	if (c->plain)
		tsr_wipe(c->plain, c->plain_cap);
	free(c->plain);
	tsr_wipe(c, sizeof(*c));
	free(c);
}

enum tsr_client_status tsr_client_status(const struct tsr_client *c)
{
	return c->status;
}

struct tsr_client_outcome tsr_client_outcome(const struct tsr_client *c)
{
	return c->outcome;
}

const struct tsr_roster *tsr_client_roster(const struct tsr_client *c)
{
	return &c->roster;
}

struct tsr_member_id tsr_client_me(const struct tsr_client *c)
{
	return c->me;
}

uint32_t tsr_client_epoch(const struct tsr_client *c)
{
	return c->keyring ? tsr_keyring_epoch(c->keyring) : 0;
}

bool tsr_client_has_bulk(const struct tsr_client *c)
{
	return c->status == TSR_CLIENT_IN && c->is_bulk_up;
}

const char *tsr_client_title(const struct tsr_client *c)
{
	return c->title;
}
