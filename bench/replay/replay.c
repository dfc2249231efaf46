/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: shares a recorded screen at the pace at which it was recorded.
 *
 *	replay --cert CERT.pem RECORDING ORGANIZER_LINK
 *
 * The presenter is the real client with the real engine and codec, so it answers whatever the
 * server asks of it. When the first picture is shared it prints "ready". Then each line on stdin is
 * answered by one JSON line of what it has sent so far; the end of stdin ends it.
 *
 *	stat            at once
 *	play MS         after it has shared the first MS of the recording
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/screen/recording.h"
#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/screen/share.h"
#include "endpoint/client/client.h"
#include "sys/cert.h"
#include "sys/files.h"
#include "sys/tls.h"

static struct {
	struct tsr_loop *loop;
	struct tsr_client *client;
	struct tsr_poll *commands;
	struct tsr_timer *timer;
	struct tsr_share *share;
	uint32_t request;

	const char *path;
	struct recording *recording;
	struct recording_frame next; /* the recording shows what was before it */
	bool has_next;
	tsr_time zero, until;
	bool is_playing;
} replay;

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "replay: %s\n", what);
	exit(1);
}

static void on_status(void *user, enum tsr_client_status status)
{
	(void)user;
	if (status == TSR_CLIENT_OVER || status == TSR_CLIENT_AWAY || status == TSR_CLIENT_WAITING)
		die("the connection was lost, or never made");
}

static tsr_time now(void)
{
	return tsr_loop_now(replay.loop);
}

/* ---- the share --------------------------------------------------------------------------- */

static void drain(void)
{
	struct tsr_frame frame;
	struct tsr_slice unit;

	for (;;) {
		while (tsr_share_poll_frame(replay.share, &frame, &unit)) {
			size_t bytes = 0;

			if (tsr_client_send_picture(replay.client, &frame, unit, &bytes) != 0)
				die("the connection was lost");
			tsr_share_handle_sent(replay.share, bytes);
		}
		if (!tsr_share_wants_picture(replay.share) ||
			tsr_share_handle_picture(
				replay.share, recording_picture(replay.recording), now()) != 0)
			break;
	}
}

static void report(void)
{
	struct tsr_share_stats stats = { 0 };

	if (replay.share)
		tsr_share_stats(replay.share, &stats);
	printf("{\"bytes\":%llu,\"key_bytes\":%llu,\"pictures\":%u,\"superseded\":%u}\n",
		(unsigned long long)stats.bytes, (unsigned long long)stats.key_bytes,
		stats.pictures, stats.superseded);
	fflush(stdout);
}

static void on_result(void *user, uint32_t request, uint32_t refusal, uint32_t stream)
{
	struct tsr_share_config config = { .format = TSR_FORMAT_BGRA,
		.width = recording_width(replay.recording),
		.height = recording_height(replay.recording),
		.from = tsr_client_me(replay.client).v,
		.stream = stream,
		.epoch = tsr_client_epoch(replay.client) };

	(void)user;
	if (request == 0 || request != replay.request)
		return;
	if (refusal || tsr_share_create(&replay.share, &config) != 0)
		die("the share was refused");
	tsr_timer_set(replay.timer, TSR_TIME_NEVER);
	tsr_share_handle_capture(replay.share, NULL);
	drain();
	puts("ready");
	fflush(stdout);
}

static void on_credit(void *user, struct tsr_stream_id stream, uint64_t bytes)
{
	(void)user;
	(void)stream;
	if (replay.share) {
		tsr_share_handle_credit(replay.share, bytes);
		drain();
	}
}

static void on_need(void *user, struct tsr_stream_id stream, uint64_t cells)
{
	(void)user;
	(void)stream;
	if (replay.share) {
		tsr_share_handle_need(replay.share, cells);
		drain();
	}
}

static void on_epoch(void *user, uint32_t epoch)
{
	(void)user;
	if (replay.share) {
		tsr_share_handle_epoch(replay.share, epoch);
		drain();
	}
}

static const struct tsr_client_events events = {
	.on_status = on_status,
	.on_result = on_result,
	.on_credit = on_credit,
	.on_need = on_need,
	.on_epoch = on_epoch,
};

/* ---- the recording ----------------------------------------------------------------------- */

/* To the first picture. */
static void rewind_recording(void)
{
	if (replay.recording)
		recording_close(replay.recording);
	replay.recording = recording_open(replay.path);
	replay.has_next = recording_next(replay.recording, &replay.next);
	if (!replay.has_next)
		die("the recording holds no picture");
}

static tsr_time due(void)
{
	return (tsr_time)replay.next.tick * TSR_SECOND / RECORDING_FPS;
}

/* What is due by now; then sleeps until the next picture. */
static void play(void)
{
	while (replay.has_next && due() < replay.until && replay.zero + due() <= now()) {
		tsr_share_handle_capture(replay.share, &replay.next.damage);
		drain(); /* with the picture as of that frame */
		replay.has_next = recording_next(replay.recording, &replay.next);
	}
	if (now() >= replay.zero + replay.until) {
		replay.is_playing = false;
		report();
		return;
	}
	if (replay.has_next && due() < replay.until)
		tsr_timer_set(replay.timer, replay.zero + due());
	else
		tsr_timer_set(replay.timer, replay.zero + replay.until);
}

static void on_timer(void *user)
{
	(void)user;
	if (replay.is_playing) {
		play();
		return;
	}
	tsr_timer_set(replay.timer, now() + 20 * TSR_MS);
	if (replay.request == 0 && tsr_client_has_bulk(replay.client) &&
		tsr_client_epoch(replay.client) &&
		tsr_client_open_screen(replay.client, TSR_FORMAT_BGRA,
			recording_width(replay.recording), recording_height(replay.recording),
			"Replay", &replay.request) != 0)
		replay.request = 0;
}

static void on_command(void *user, unsigned ready)
{
	char line[64];

	(void)user;
	(void)ready;
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	if (strncmp(line, "play ", 5) != 0 || !replay.share) {
		report();
		return;
	}
	rewind_recording();
	tsr_share_handle_capture(replay.share, NULL);
	replay.zero = now();
	replay.until = strtol(line + 5, NULL, 10) * TSR_MS;
	replay.is_playing = true;
	play();
}

/* ---- beginning --------------------------------------------------------------------------- */

static void join(const char *cert, const char *url)
{
	struct tsr_tls_trust trust = { .with_pin = true };
	struct tsr_client_config config = {
		.loop = replay.loop, .trust = &trust, .name = "Presenter", .wants_pictures = true
	};
	struct tsr_msg *pem = NULL;
	struct tsr_link link;

	if (tsr_file_read(&pem, AT_FDCWD, cert, 1 << 20) != 0 ||
		tsr_cert_describe(tsr_msg_slice(pem), trust.pin, NULL) != 0)
		die("the certificate cannot be read");
	if (tsr_link_parse(&link, tsr_slice_str(url)) != 0)
		die("this is no link");
	config.link = &link;
	if (tsr_client_create(&replay.client, &config, &events, NULL) != 0)
		die("a client could not be made");
	tsr_msg_unref(&pem);
}

int main(int argc, char **argv)
{
	if (argc != 5 || strcmp(argv[1], "--cert") != 0)
		die("usage: replay --cert CERT.pem RECORDING ORGANIZER_LINK");
	replay.path = argv[3];
	replay.loop = tsr_loop_create();
	if (tsr_crypto_init() != 0 || !replay.loop ||
		tsr_timer_open(&replay.timer, replay.loop, on_timer, NULL) != 0 ||
		tsr_poll_open(&replay.commands, replay.loop, 0, on_command, NULL) != 0)
		die("it could not begin");
	rewind_recording();
	tsr_timer_set(replay.timer, now());
	join(argv[2], argv[4]);
	setvbuf(stdin, NULL, _IONBF, 0);
	tsr_poll_set(replay.commands, TSR_POLL_READ);
	tsr_loop_run(replay.loop);
	die("the loop ended");
}
