/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/headless.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/screen/pointer.h"
#include "endpoint/client/client.h"
#include "endpoint/headless/command.h"
#include "endpoint/headless/report.h"
#include "endpoint/headless/share.h"
#include "endpoint/headless/watch.h"
#include "sys/loop.h"

#define LINE_MAX_LEN 16384
#define CHAT_TEXT_MAX 4096
#define WHY_MAX 200

struct headless {
	const struct tsr_headless_options *options;
	struct tsr_loop *loop;
	struct tsr_client *client;
	struct tsr_headless_share *share; /* NULL: nothing to share */
	struct tsr_headless_watch *watch;
	struct tsr_signal *signals[2];
	struct tsr_poll *input;
	char line[LINE_MAX_LEN];
	size_t line_len;
	bool was_in;
	unsigned n_presses; /* of Ctrl+C */
	char why[WHY_MAX];  /* the share could not be opened */
};

/* ---- what the client reports
 * ---------------------------------------------------------------------- */

static const char *const status_names[] = {
	[TSR_CLIENT_JOINING] = "joining",
	[TSR_CLIENT_WAITING] = "waiting",
	[TSR_CLIENT_IN] = "in",
	[TSR_CLIENT_AWAY] = "away",
	[TSR_CLIENT_OVER] = "over",
};

static void share_and_watch(struct headless *h)
{
	if (h->share)
		tsr_headless_share_handle_change(h->share);
	tsr_headless_watch_handle_change(h->watch);
}

static void say_status(struct headless *h, enum tsr_client_status status)
{
	switch (status) {
	case TSR_CLIENT_WAITING:
		tsr_report_say("Waiting in the lobby. The organizer will let you in.");
		break;
	case TSR_CLIENT_IN:
		tsr_report_say(
			h->was_in ? "Back in \"%s\"." : "In \"%s\". The server holds the key.",
			tsr_client_title(h->client));
		break;
	case TSR_CLIENT_AWAY:
		tsr_report_say("The connection is lost; coming back by itself.");
		break;
	case TSR_CLIENT_OVER:
		tsr_report_say("%s", tsr_client_outcome(h->client).text);
		break;
	default:
		break;
	}
}

static void on_status(void *user, enum tsr_client_status status)
{
	struct headless *h = user;
	struct tsr_client_outcome outcome = tsr_client_outcome(h->client);

	tsr_report_event("status",
		json_pack("{s:s, s:I, s:I, s:s}", "status", status_names[status], "member",
			(json_int_t)tsr_client_me(h->client).v, "reason",
			(json_int_t)outcome.reason, "text", outcome.text ? outcome.text : ""));
	say_status(h, status);
	h->was_in = h->was_in || status == TSR_CLIENT_IN;
	share_and_watch(h);
	if (status == TSR_CLIENT_OVER)
		tsr_loop_stop(h->loop);
}

static json_t *describe_roster(const struct tsr_roster *roster)
{
	json_t *members = json_array();

	for (size_t i = 0; i < roster->n_members; i++) {
		const struct tsr_roster_member *m = &roster->members[i];

		json_array_append_new(members,
			json_pack("{s:I, s:s, s:I, s:b, s:b, s:b, s:b, s:b, s:I}", "id",
				(json_int_t)m->id.v, "name", m->name, "role", (json_int_t)m->role,
				"presenter", tsr_member_id_equal(roster->presenter, m->id), "away",
				m->is_away, "chat_public", m->may_chat_public, "chat_private",
				m->may_chat_private, "may_share", m->may_share, "hand",
				(json_int_t)m->hand));
	}
	return json_pack("{s:I, s:b, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:o}", "seq",
		(json_int_t)roster->state_seq, "locked", roster->is_locked, "lobby",
		roster->is_lobby, "open", roster->is_open, "chat_public", roster->chat_public,
		"chat_private", roster->chat_private, "presenter", (json_int_t)roster->presenter.v,
		"organizer", (json_int_t)roster->organizer.v, "streams",
		(json_int_t)roster->n_streams, "members", members);
}

static void on_roster(void *user)
{
	struct headless *h = user;

	if (h->options->json)
		tsr_report_event("roster", describe_roster(tsr_client_roster(h->client)));
	share_and_watch(h);
}

static void report_pointer(const struct tsr_client_frame *frame)
{
	struct tsr_pointer p;

	if (tsr_pointer_parse(&p, frame->plain) != 0) {
		tsr_report_event("malformed",
			json_pack("{s:I}", "stream", (json_int_t)frame->header.stream));
		return;
	}
	tsr_report_event(
		"pointer", json_pack("{s:I, s:b, s:I, s:i, s:i, s:I, s:i, s:i}", "from",
				   (json_int_t)frame->header.from, "visible", p.is_visible,
				   "stream", (json_int_t)p.stream, "x", p.x, "y", p.y, "shape",
				   (json_int_t)p.shape, "width", p.width, "height", p.height));
}

static void on_frame(void *user, const struct tsr_client_frame *frame)
{
	struct headless *h = user;
	const struct tsr_roster_member *from = tsr_roster_find(
		tsr_client_roster(h->client), (struct tsr_member_id){ frame->header.from });
	char text[CHAT_TEXT_MAX];

	if (frame->header.class == TSR_FRAME_POINTER) {
		report_pointer(frame);
		return;
	}
	if (frame->header.class != TSR_FRAME_CHAT) {
		tsr_headless_watch_handle_frame(h->watch, frame);
		return;
	}
	if (!from || tsr_client_chat_text(text, sizeof(text), frame->plain) != 0)
		return;
	tsr_report_event(
		"chat", json_pack("{s:I, s:s, s:b, s:s}", "from", (json_int_t)from->id.v, "name",
				from->name, "private", frame->header.to != 0, "text", text));
	tsr_report_say("%s%s: %s", from->name, frame->header.to ? " (only to you)" : "", text);
}

static void on_result(void *user, uint32_t request, uint32_t refusal, uint32_t stream)
{
	struct headless *h = user;

	tsr_report_event(
		"result", json_pack("{s:I, s:I, s:I}", "request", (json_int_t)request, "refusal",
				  (json_int_t)refusal, "stream", (json_int_t)stream));
	if (h->share)
		tsr_headless_share_handle_result(h->share, request, refusal, stream);
}

static void on_epoch(void *user, uint32_t epoch)
{
	struct headless *h = user;

	tsr_report_event("epoch", json_pack("{s:I}", "epoch", (json_int_t)epoch));
	tsr_headless_watch_handle_epoch(h->watch);
	if (h->share)
		tsr_headless_share_handle_epoch(h->share, epoch);
}

static void on_credit(void *user, struct tsr_stream_id stream, uint64_t bytes)
{
	struct headless *h = user;

	if (h->share)
		tsr_headless_share_handle_credit(h->share, stream, bytes);
}

static void on_need(void *user, struct tsr_stream_id stream, uint64_t cells)
{
	struct headless *h = user;

	if (h->share)
		tsr_headless_share_handle_need(h->share, stream, cells);
}

static json_t *describe_late(const Tessera__V1__StreamStats *stats)
{
	json_t *all = json_array();

	for (size_t i = 0; i < stats->n_behind; i++)
		json_array_append_new(all, json_pack("{s:I, s:I, s:b, s:I}", "member",
						   (json_int_t)stats->behind[i]->member, "lag_ms",
						   (json_int_t)stats->behind[i]->lag_ms, "in_sync",
						   stats->behind[i]->in_sync, "kbit_s",
						   (json_int_t)stats->behind[i]->kbit_s));
	return all;
}

static void on_stats(void *user, const Tessera__V1__StreamStats *stats)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "stream", stats->stream },
		{ "viewers", stats->viewers },
		{ "in_sync", stats->in_sync },
		{ "late", stats->late },
		{ "bytes", stats->bytes },
		{ "bytes_out", stats->bytes_out },
		{ "pictures", stats->pictures },
		{ "keys", stats->keys },
		{ "deltas", stats->deltas },
		{ "previews", stats->previews },
		{ "dropped", stats->dropped },
		{ "needs", stats->needs },
		{ "refreshes", stats->refreshes },
		{ "unreadable", stats->unreadable },
	};
	struct headless *h = user;
	json_t *event = json_pack("{s:o}", "behind", describe_late(stats));

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(
			event, numbers[i].key, json_integer((json_int_t)numbers[i].value));
	if (h->share)
		tsr_headless_share_handle_stats(h->share, stats, event);
	tsr_report_event("stats", event);
}

static void on_lobby_text(void *user, struct tsr_member_id about, const char *text)
{
	(void)user;
	tsr_report_event(
		"lobby_text", json_pack("{s:I, s:s}", "member", (json_int_t)about.v, "text", text));
	tsr_report_say("Lobby: %s", text);
}

static void on_bulk(void *user, bool is_up)
{
	struct headless *h = user;

	tsr_report_event("bulk", json_pack("{s:b}", "up", is_up));
	if (!is_up) /* pictures may come before the next one is said to be up */
		tsr_headless_watch_handle_bulk(h->watch);
	share_and_watch(h);
}

static void on_return(void *user, struct tsr_stream_id stream, uint32_t picture, json_t *event)
{
	struct headless *h = user;

	tsr_headless_share_handle_returned(h->share, stream, picture, event);
}

static const struct tsr_client_events client_events = {
	.on_status = on_status,
	.on_roster = on_roster,
	.on_frame = on_frame,
	.on_result = on_result,
	.on_epoch = on_epoch,
	.on_credit = on_credit,
	.on_need = on_need,
	.on_stats = on_stats,
	.on_lobby_text = on_lobby_text,
	.on_bulk = on_bulk,
};

/* ---- what the user wants
 * ---------------------------------------------------------------------------- */

static bool is_command(const json_t *command, const char *name)
{
	const char *text = json_string_value(json_object_get(command, "do"));

	return text && strcmp(text, name) == 0;
}

static void pause_share(struct headless *h, const json_t *command)
{
	const char *mode = json_string_value(json_object_get(command, "mode"));
	bool blank = mode && strcmp(mode, "blank") == 0;

	tsr_headless_share_pause(h->share, blank ? TESSERA__V1__PAUSE_MODE__PAUSE_BLANK
						 : TESSERA__V1__PAUSE_MODE__PAUSE_FROZEN);
}

/* A name or a list of names: {"monitor": "HDMI-1"}, {"window": ["0x1a00003", "xterm"]}. */
static size_t read_names(const char **out, size_t cap, const json_t *value)
{
	size_t n = 0;

	if (json_is_string(value))
		out[n++] = json_string_value(value);
	for (size_t i = 0; i < json_array_size(value) && n < cap; i++)
		if (json_is_string(json_array_get(value, i)))
			out[n++] = json_string_value(json_array_get(value, i));
	return n;
}

/* What should be shared instead, or "share" alone: again what was. */
static int start_share(struct headless *h, const json_t *command)
{
	const json_t *monitor = json_object_get(command, "monitor");
	const json_t *window = json_object_get(command, "window");
	bool is_new = monitor || window || json_is_true(json_object_get(command, "screen"));
	struct tsr_wish wish = { 0 };
	char why[WHY_MAX] = "";
	int r;

	wish.n_monitors = read_names(wish.monitors, TSR_SOURCES_MAX, monitor);
	wish.n_windows = read_names(wish.windows, TSR_SOURCE_WINDOWS_MAX, window);
	r = tsr_headless_share_start(h->share, is_new ? &wish : NULL, why, sizeof(why));
	if (r)
		tsr_report_event("share", json_pack("{s:s, s:s}", "state", "failed", "why", why));
	return r;
}

/* Applications name their windows in whatever encoding they like. */
static json_t *text_of(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : json_string("");
}

static json_t *describe_sources(const struct tsr_sources *s)
{
	json_t *monitors = json_array(), *windows = json_array();

	for (size_t i = 0; i < s->n_monitors; i++) {
		const struct tsr_monitor *m = &s->monitors[i];

		json_array_append_new(monitors,
			json_pack("{s:o, s:i, s:i, s:I, s:I, s:b}", "name", text_of(m->name), "x",
				m->x, "y", m->y, "width", (json_int_t)m->width, "height",
				(json_int_t)m->height, "primary", m->is_primary));
	}
	for (size_t i = 0; i < s->n_windows; i++) {
		const struct tsr_window *w = &s->windows[i];

		json_array_append_new(
			windows, json_pack("{s:I, s:o, s:o, s:I, s:I, s:b}", "id",
					 (json_int_t)w->id, "application", text_of(w->application),
					 "title", text_of(w->title), "width", (json_int_t)w->width,
					 "height", (json_int_t)w->height, "hidden", w->is_hidden));
	}
	return json_pack("{s:o, s:o}", "monitors", monitors, "windows", windows);
}

static int list_sources(const struct headless *h)
{
	const char *why;
	struct tsr_sources *sources = tsr_sources_read(h->options->share, &why);

	if (!sources)
		return TSR_ERR_CONFIG;
	tsr_report_event("sources", describe_sources(sources));
	free(sources);
	return 0;
}

static int prefer(struct headless *h, const json_t *command)
{
	const char *what = json_string_value(json_object_get(command, "what"));
	enum tsr_share_prefer chosen;
	int r = what ? tsr_headless_parse_preference(&chosen, what) : TSR_ERR_FORMAT;

	if (r == 0)
		tsr_headless_share_prefer(h->share, chosen);
	return r;
}

/* Commands about the share and about leaving; the rest are messages. */
static int obey(struct headless *h, const json_t *command, uint32_t *request)
{
	*request = 0;
	if (is_command(command, "leave")) {
		tsr_client_leave(h->client);
		return 0;
	}
	if (is_command(command, "stall")) {
		tsr_headless_watch_stall(h->watch, json_is_true(json_object_get(command, "on")));
		return 0;
	}
	if (is_command(command, "look_for")) {
		const char *colour = json_string_value(json_object_get(command, "colour"));

		tsr_headless_watch_look_for(
			h->watch, colour != NULL, colour ? (uint32_t)strtoul(colour, NULL, 16) : 0);
		return 0;
	}
	if (h->share && is_command(command, "pause"))
		pause_share(h, command);
	else if (h->share && is_command(command, "resume"))
		tsr_headless_share_pause(h->share, TESSERA__V1__PAUSE_MODE__PAUSE_NONE);
	else if (h->share && is_command(command, "prefer"))
		return prefer(h, command);
	else if (h->share && is_command(command, "share"))
		return start_share(h, command);
	else if (h->share && is_command(command, "sources"))
		return list_sources(h);
	else if (h->share && is_command(command, "stop"))
		tsr_headless_share_stop(h->share);
	else
		return tsr_command_send(h->client, command, request);
	return 0;
}

static void handle_line(struct headless *h, const char *line, size_t len)
{
	json_t *command = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	uint32_t request;
	int r = command ? obey(h, command, &request) : TSR_ERR_FORMAT;

	if (r)
		tsr_report_event("refused", json_pack("{s:s}", "why", tsr_err_text(r)));
	else
		tsr_report_event("sent", json_pack("{s:I}", "request", (json_int_t)request));
	json_decref(command);
}

static void handle_input(struct headless *h)
{
	char *end;

	while ((end = memchr(h->line, '\n', h->line_len))) {
		size_t len = (size_t)(end - h->line);

		if (h->options->json)
			handle_line(h, h->line, len);
		else if (len) {
			*end = '\0';
			if (tsr_client_chat(h->client, (struct tsr_member_id){ 0 }, h->line) != 0)
				tsr_report_say("That could not be sent.");
		}
		memmove(h->line, end + 1, h->line_len - len - 1);
		h->line_len -= len + 1;
	}
	if (h->line_len == sizeof(h->line))
		h->line_len = 0; /* a line without an end is nobody's */
}

static void input_readable(void *user, unsigned events)
{
	struct headless *h = user;
	ssize_t n = read(STDIN_FILENO, h->line + h->line_len, sizeof(h->line) - h->line_len);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		tsr_poll_close(&h->input); /* nobody writes: the session goes on */
		return;
	}
	h->line_len += (size_t)n;
	handle_input(h);
}

static void signalled(void *user, int number)
{
	struct headless *h = user;

	(void)number;
	if (h->n_presses++ == 0 && tsr_client_status(h->client) != TSR_CLIENT_OVER)
		tsr_client_leave(h->client);
	else
		tsr_loop_stop(h->loop);
}

/* ---- putting it together
 * ------------------------------------------------------------------------------ */

static int open_input(struct headless *h)
{
	int r;

	/* A file or /dev/null cannot be polled, and has nothing to say. */
	r = tsr_poll_open(&h->input, h->loop, STDIN_FILENO, input_readable, h);
	if (r)
		return 0;
	tsr_poll_set(h->input, TSR_POLL_READ);
	return 0;
}

static int open_all(struct headless *h, const char **why)
{
	const struct tsr_headless_options *o = h->options;
	struct tsr_client_config config = { .link = &o->link,
		.trust = &o->trust,
		.name = o->name,
		.password = o->password,
		.knock = o->knock,
		.wants_pictures = !o->no_view || o->share };
	int r;

	*why = "out of memory";
	h->loop = tsr_loop_create();
	if (!h->loop)
		return TSR_ERR_NOMEM;
	config.loop = h->loop;
	if (o->share && (r = tsr_headless_share_create(&h->share, h->loop, o->share, &o->wish,
				 o->max_fps, h->why, sizeof(h->why))) != 0) {
		*why = h->why;
		return r;
	}
	if (h->share)
		tsr_headless_share_prefer(h->share, o->prefer);
	*why = "the folder for pictures cannot be made; name one that can be written to";
	if ((r = tsr_headless_watch_create(&h->watch, h->loop, o->record_dir)) != 0 ||
		(o->return_dir && (r = tsr_headless_watch_set_return(
					   h->watch, o->return_dir, on_return, h)) != 0))
		return r;
	*why = "the certificate or key given is not usable";
	if ((r = tsr_client_create(&h->client, &config, &client_events, h)) != 0)
		return r;
	if (h->share)
		tsr_headless_share_set_client(h->share, h->client);
	tsr_headless_watch_set_client(h->watch, h->client);
	*why = "signals cannot be handled";
	if ((r = tsr_signal_open(&h->signals[0], h->loop, SIGINT, signalled, h)) != 0 ||
		(r = tsr_signal_open(&h->signals[1], h->loop, SIGTERM, signalled, h)) != 0)
		return r;
	return open_input(h);
}

int tsr_headless_run(struct tsr_headless_options *options)
{
	struct headless *h = calloc(1, sizeof(*h));
	struct tsr_client_outcome outcome = { .err = TSR_ERR_NOMEM };
	const char *why = "out of memory";
	int r = h ? 0 : TSR_ERR_NOMEM;

	tsr_report_init(options->json);
	if (h) {
		h->options = options;
		r = open_all(h, &why);
	}
	if (r) {
		fprintf(stderr, "tessera: %s\n", why);
		outcome.err = r;
	} else {
		tsr_loop_run(h->loop);
		outcome = tsr_client_outcome(h->client);
	}
	if (h) {
		tsr_headless_share_destroy(h->share);
		tsr_headless_watch_destroy(h->watch);
		tsr_client_destroy(h->client);
		tsr_signal_close(&h->signals[0]);
		tsr_signal_close(&h->signals[1]);
		tsr_poll_close(&h->input);
		tsr_loop_destroy(h->loop);
	}
	free(h);
	return outcome.err ? EXIT_FAILURE : EXIT_SUCCESS;
}
