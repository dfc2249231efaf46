/* SPDX-License-Identifier: Apache-2.0 */
/* show: `tessera session show NUMBER`: who shares, who watches, who lags, and what it costs. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/err.h"
#include "endpoint/cli/cli.h"

typedef Tessera__Ipc__ShareInfo share_info;

/* ---- for people ----------------------------------------------------------------------- */

static const char *amount(char out[static 32], uint64_t bytes)
{
	if (bytes < 1000 * 1000)
		snprintf(out, 32, "%.1f kB", (double)bytes / 1e3);
	else
		snprintf(out, 32, "%.1f MB", (double)bytes / 1e6);
	return out;
}

static void print_share(const share_info *s)
{
	time_t at = (time_t)(s->opened_ms / 1000);
	char when[16] = "", in[32], out[32];
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%H:%M", &tm);
	printf("\n%s shares %ux%u since %s%s\n", s->from_name, s->width, s->height, when,
		s->paused ? ", paused" : "");
	printf("  sent     %u.%u pictures/s, %u kbit/s; %s in, %.0f %% of it lossy; %s out\n",
		s->fps_x10 / 10, s->fps_x10 % 10, s->kbit_s, amount(in, s->bytes_in),
		s->bytes_in ? 100.0 * (double)s->preview_bytes / (double)s->bytes_in : 0.0,
		amount(out, s->bytes_out));
	printf("  pictures %u; frames: %u whole cells, %u changes, %u previews, %u dropped\n",
		s->pictures, s->keys, s->deltas, s->previews, s->dropped);
	printf("  repairs  cells asked of the presenter %u times; %u by viewers, %u of them "
	       "because "
	       "pictures could not be read\n",
		s->needs, s->refreshes, s->unreadable);
	printf("  viewers  %u, %u in step, %u behind\n", s->viewers, s->in_sync, s->late);
	for (size_t i = 0; i < s->n_behind; i++)
		printf("  %8.1f s behind, takes %u kbit/s  %s\n",
			(double)s->behind[i]->lag_ms / 1000, s->behind[i]->kbit_s,
			s->behind[i]->name);
	if (s->late > s->n_behind)
		printf("           and %zu more\n", (size_t)s->late - s->n_behind);
}

static const char *const grades[] = { "unknown", "good", "fair", "poor", "lost" };
static const char *const reasons[] = { "", "loss up", "loss down", "delay", "bandwidth up",
	"bandwidth down", "UDP is blocked", "silent" };
enum {
	N_GRADES = sizeof(grades) / sizeof(grades[0]),
	N_REASONS = sizeof(reasons) / sizeof(reasons[0])
};

static void print_media(const Tessera__Ipc__MediaInfo *m)
{
	const char *reason = m->reason < N_REASONS ? reasons[m->reason] : "";

	printf("  %s: %s%s%s; %s, %u ms; up %u kbit/s, %.1f %% lost; down %u of %u kbit/s, %.1f %% "
	       "lost",
		m->name, grades[m->grade < N_GRADES ? m->grade : 0], reason[0] ? ", " : "", reason,
		m->tcp ? "TCP" : "UDP", m->rtt_ms, m->kbit_up, m->loss_up / 10.0, m->kbit_down,
		m->estimate_down, m->loss_down / 10.0);
	for (size_t i = 0; i < m->n_layers; i++)
		if (m->layers[i])
			printf(", %u of layer %zu", m->layers[i], i);
	putchar('\n');
}

static void print_all(const Tessera__Ipc__SessionDetail *detail)
{
	const Tessera__Ipc__SessionInfo *info = detail->info;

	printf("%s  %s\n%s, %s, %u members, %u connected\n", info->number, info->title,
		info->live ? "live" : "waiting", info->locked ? "locked" : "not locked",
		info->members, detail->present);
	for (size_t i = 0; i < detail->n_shares; i++)
		print_share(detail->shares[i]);
	if (detail->n_shares == 0)
		puts("Nobody shares a screen.");
	if (detail->n_media > 0)
		puts("\nAudio and video");
	for (size_t i = 0; i < detail->n_media; i++)
		print_media(detail->media[i]);
	if (detail->with_media > detail->n_media)
		printf("  and %zu more\n", (size_t)detail->with_media - detail->n_media);
}

/* ---- for programs --------------------------------------------------------------------- */

static json_t *describe_behind(const share_info *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n_behind; i++)
		json_array_append_new(all,
			json_pack("{s:I, s:s, s:I, s:b, s:I}", "member",
				(json_int_t)s->behind[i]->member, "name", s->behind[i]->name,
				"lag_ms", (json_int_t)s->behind[i]->lag_ms, "in_sync",
				s->behind[i]->in_sync, "kbit_s", (json_int_t)s->behind[i]->kbit_s));
	return all;
}

static void set(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *describe_share(const share_info *s)
{
	json_t *object = json_pack("{s:s, s:b, s:f, s:o}", "from_name", s->from_name, "paused",
		s->paused, "fps", (double)s->fps_x10 / 10, "behind", describe_behind(s));

	set(object, "stream", s->stream);
	set(object, "from", s->from);
	set(object, "width", s->width);
	set(object, "height", s->height);
	set(object, "opened_ms", s->opened_ms);
	set(object, "kbit_s", s->kbit_s);
	set(object, "bytes_in", s->bytes_in);
	set(object, "bytes_out", s->bytes_out);
	set(object, "pictures", s->pictures);
	set(object, "keys", s->keys);
	set(object, "deltas", s->deltas);
	set(object, "previews", s->previews);
	set(object, "preview_bytes", s->preview_bytes);
	set(object, "dropped", s->dropped);
	set(object, "needs", s->needs);
	set(object, "refreshes", s->refreshes);
	set(object, "unreadable", s->unreadable);
	set(object, "viewers", s->viewers);
	set(object, "in_sync", s->in_sync);
	set(object, "late", s->late);
	return object;
}

static json_t *describe_media(const Tessera__Ipc__MediaInfo *m)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:b}", "name", m->name, "grade",
		grades[m->grade < N_GRADES ? m->grade : 0], "reason",
		m->reason < N_REASONS ? reasons[m->reason] : "", "tcp", m->tcp);
	json_t *layers = json_array();

	set(object, "member", m->member);
	set(object, "rtt_ms", m->rtt_ms);
	set(object, "loss_up", m->loss_up);
	set(object, "loss_down", m->loss_down);
	set(object, "kbit_up", m->kbit_up);
	set(object, "kbit_down", m->kbit_down);
	set(object, "estimate_down", m->estimate_down);
	for (size_t i = 0; i < m->n_layers; i++)
		json_array_append_new(layers, json_integer((json_int_t)m->layers[i]));
	json_object_set_new(object, "layers", layers);
	return object;
}

static void dump_all(const Tessera__Ipc__SessionDetail *detail)
{
	const Tessera__Ipc__SessionInfo *info = detail->info;
	json_t *shares = json_array(), *media = json_array(), *all;

	for (size_t i = 0; i < detail->n_shares; i++)
		json_array_append_new(shares, describe_share(detail->shares[i]));
	for (size_t i = 0; i < detail->n_media; i++)
		json_array_append_new(media, describe_media(detail->media[i]));
	all = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:o, s:o}", "number",
		info->number, "title", info->title, "created_ms", (json_int_t)info->created_ms,
		"started_ms", (json_int_t)info->started_ms, "members", (json_int_t)info->members,
		"present", (json_int_t)detail->present, "locked", info->locked, "live", info->live,
		"shares", shares, "media", media);
	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
}

int tsr_cli_show(const char *state, char *number, bool json)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__ShowSession ask = TESSERA__IPC__SHOW_SESSION__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	const char *why;
	int status = EXIT_SUCCESS;

	ask.number = number;
	request.show = &ask;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_SHOW;
	if (tsr_cli_ask(state, &request, &arena, &reply, &why) != 0 ||
		reply->body_case != TESSERA__IPC__ADMIN_REPLY__BODY_DETAIL || !reply->detail->info)
		status = tsr_cli_fail("%s", why);
	else if (json)
		dump_all(reply->detail);
	else
		print_all(reply->detail);
	tsr_arena_finish(&arena);
	return status;
}
