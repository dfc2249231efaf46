/* SPDX-License-Identifier: Apache-2.0 */
/* session: `tessera session create|list|show|end`. The secrets of a link are made here and never
 * leave this process but in the links it prints: the server gets hashes. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/err.h"
#include "core/e2e/link.h"
#include "endpoint/cli/cli.h"
#include "sys/files.h"

static const char help[] =
	"tessera session create [OPTION...]\n"
	"  --title TEXT          what the session is called (\"Meeting\")\n"
	"  --password-file FILE  a password besides the link (\"-\": read it from standard input)\n"
	"  --lobby               everybody waits until the organizer admits him\n"
	"  --open                everybody may present\n"
	"tessera session list\n"
	"tessera session show NUMBER\n"
	"tessera session end NUMBER\n"
	"\n"
	"  --state DIR           the server's state folder\n"
	"  --json                answer in JSON\n";

struct options {
	char state[TSR_CLI_STATE_MAX];
	const char *title;
	const char *password_file;
	bool lobby, open, json, help;
};

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },
	{ "title", required_argument, NULL, 't' },
	{ "password-file", required_argument, NULL, 'p' },
	{ "lobby", no_argument, NULL, 'l' },
	{ "open", no_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool parse_options(struct options *o, int argc, char **argv)
{
	int c;

	(void)!tsr_dir_default_state(o->state, sizeof(o->state));
	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 's':
			snprintf(o->state, sizeof(o->state), "%s", optarg);
			break;
		case 't':
			o->title = optarg;
			break;
		case 'p':
			o->password_file = optarg;
			break;
		case 'l':
			o->lobby = true;
			break;
		case 'o':
			o->open = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			o->help = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

/* ---- create -----------------------------------------------------------------------------------
 */

/* "https://host:port" of the server into the links' host and port. */
static int make_links(struct tsr_link *organizer, struct tsr_link *attendee, const char *base_url,
	const char *number, struct tsr_secret *secret)
{
	char text[TSR_LINK_MAX];
	int r;

	snprintf(text, sizeof(text), "%s/j/%s", base_url, number);
	if ((r = tsr_link_parse(organizer, tsr_slice_str(text))) != 0)
		return r;
	organizer->kind = TSR_LINK_ORGANIZER;
	if ((r = tsr_secret_copy(&organizer->secret, tsr_secret_slice(secret))) != 0)
		return r;
	return tsr_link_for_attendees(attendee, organizer);
}

static int print_created(
	const struct options *o, const Tessera__Ipc__Created *created, struct tsr_secret *secret)
{
	struct tsr_link organizer = { 0 }, attendee = { 0 };
	char for_organizer[TSR_LINK_MAX], for_attendees[TSR_LINK_MAX];
	json_t *reply = NULL;
	int r;

	if ((r = make_links(&organizer, &attendee, created->base_url, created->number, secret)) !=
			0 ||
		(r = tsr_link_write(for_organizer, sizeof(for_organizer), &organizer)) != 0 ||
		(r = tsr_link_write(for_attendees, sizeof(for_attendees), &attendee)) != 0)
		goto out;
	if (o->json) {
		reply = json_pack("{s:s, s:s, s:s}", "number", created->number, "organizer_link",
			for_organizer, "attendee_link", for_attendees);
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		printf("Organizer, yours alone:\n  %s\n\nAttendees, to pass on:\n  %s\n",
			for_organizer, for_attendees);
	}
out:
	tsr_wipe(for_organizer, sizeof(for_organizer));
	tsr_wipe(for_attendees, sizeof(for_attendees));
	tsr_link_finish(&organizer);
	tsr_link_finish(&attendee);
	json_decref(reply);
	return r ? tsr_cli_fail("the links cannot be made: %s", tsr_err_text(r)) : EXIT_SUCCESS;
}

static int ask_to_create(const struct options *o, struct tsr_secret *secret, char *password)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__CreateSession create = TESSERA__IPC__CREATE_SESSION__INIT;
	struct tsr_organizer_keys keys = { 0 };
	uint8_t join_hash[32], organizer_hash[32], meeting_key[TSR_SIGN_PUBLIC_LEN];
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	const char *why = "out of memory";
	char title[256];
	int r = tsr_organizer_keys_derive(&keys, secret);

	if (r == 0) {
		tsr_link_token_hash(join_hash, keys.join_token);
		tsr_link_token_hash(organizer_hash, keys.organizer_token);
		memcpy(meeting_key, tsr_sign_key_public(keys.meeting_key), sizeof(meeting_key));
		snprintf(title, sizeof(title), "%s", o->title ? o->title : "Meeting");
		create.title = title;
		create.join_token_hash = (ProtobufCBinaryData){ sizeof(join_hash), join_hash };
		create.organizer_token_hash =
			(ProtobufCBinaryData){ sizeof(organizer_hash), organizer_hash };
		create.meeting_key = (ProtobufCBinaryData){ sizeof(meeting_key), meeting_key };
		create.password = password;
		create.lobby = o->lobby;
		create.open = o->open;
		request.create = &create;
		request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_CREATE;
		r = tsr_cli_ask(o->state, &request, &arena, &reply, &why);
	}
	if (r == 0 && reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_CREATED)
		r = print_created(o, reply->created, secret);
	else
		r = tsr_cli_fail("%s", why);
	tsr_arena_finish(&arena);
	tsr_organizer_keys_finish(&keys);
	return r;
}

static int create(const struct options *o)
{
	struct tsr_secret *secret = NULL;
	char password[256] = "";
	int status;

	if (o->password_file &&
		tsr_cli_read_password(password, sizeof(password), o->password_file) != 0)
		return tsr_cli_fail("no password can be read from %s; its first line is taken",
			o->password_file);
	if (tsr_secret_random(&secret, TSR_LINK_SECRET_LEN) != 0)
		return tsr_cli_fail("out of memory");
	status = ask_to_create(o, secret, password);
	tsr_wipe(password, sizeof(password));
	tsr_secret_destroy(secret);
	return status;
}

/* ---- list and end
 * -------------------------------------------------------------------------------- */

static void print_session(const Tessera__Ipc__SessionInfo *s)
{
	time_t at = (time_t)((s->started_ms ? s->started_ms : s->created_ms) / 1000);
	struct tm tm;
	char when[32] = "";

	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	printf("%-10s %-16s %-8s %7u  %s\n", s->number, when,
		s->locked ? "locked"
		: s->live ? "live"
			  : "waiting",
		s->members, s->title);
}

static json_t *describe_session(const Tessera__Ipc__SessionInfo *s)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:i, s:b, s:b}", "number", s->number, "title",
		s->title, "created_ms", (json_int_t)s->created_ms, "started_ms",
		(json_int_t)s->started_ms, "members", (int)s->members, "locked", s->locked, "live",
		s->live);
}

static int list(const struct options *o)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__ListSessions ask = TESSERA__IPC__LIST_SESSIONS__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	json_t *all = json_array();
	const char *why;

	request.list = &ask;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_LIST;
	if (tsr_cli_ask(o->state, &request, &arena, &reply, &why) != 0 ||
		reply->body_case != TESSERA__IPC__ADMIN_REPLY__BODY_SESSIONS) {
		tsr_arena_finish(&arena);
		json_decref(all);
		return tsr_cli_fail("%s", why);
	}
	if (!o->json && reply->sessions->n_sessions)
		printf("%-10s %-16s %-8s %7s  %s\n", "number", "since", "state", "members",
			"title");
	else if (!o->json)
		puts("No sessions. tessera session create makes one.");
	for (size_t i = 0; i < reply->sessions->n_sessions; i++) {
		if (o->json)
			json_array_append_new(all, describe_session(reply->sessions->sessions[i]));
		else
			print_session(reply->sessions->sessions[i]);
	}
	if (o->json) {
		json_dumpf(all, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(all);
	tsr_arena_finish(&arena);
	return EXIT_SUCCESS;
}

static int end(const struct options *o, char *number)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__EndByNumber ask = TESSERA__IPC__END_BY_NUMBER__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	const char *why;
	int r;

	ask.number = number;
	request.end = &ask;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_END;
	r = tsr_cli_ask(o->state, &request, &arena, &reply, &why);
	tsr_arena_finish(&arena);
	if (r)
		return tsr_cli_fail("%s", why);
	if (!o->json)
		printf("Session %s has ended for everybody.\n", number);
	return EXIT_SUCCESS;
}

int tsr_cli_session(int argc, char **argv)
{
	struct options o = { 0 };
	const char *what;

	if (!parse_options(&o, argc, argv))
		return TSR_EXIT_USAGE;
	what = optind < argc ? argv[optind++] : "";
	if (o.help) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(what, "create") == 0 && optind == argc)
		return create(&o);
	if (strcmp(what, "list") == 0 && optind == argc)
		return list(&o);
	if (strcmp(what, "show") == 0 && optind == argc - 1)
		return tsr_cli_show(o.state, argv[optind], o.json);
	if (strcmp(what, "end") == 0 && optind == argc - 1)
		return end(&o, argv[optind]);
	return tsr_cli_usage("session create, list, show NUMBER, or end NUMBER; --help tells more");
}
