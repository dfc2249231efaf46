/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sfu: WebRTC transports by the thousand, as publishers and as receivers, towards any SFU. Somebody
 * else does the signalling; bench/sfu/README.md has the commands. One JSON object a line comes in,
 * one goes out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/conn.h"
#include "bench/sfu/rogue.h"
#include "bench/sfu/run.h"
#include "core/media/srtp_gcm.h"

#define LINE_MAX_LEN (4u << 20)
#define PATIENCE (10 * TSR_SECOND)

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		bench_die("a command without \"%s\"", key);
	return text;
}

static long number_of(const json_t *object, const char *key, long otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (long)json_integer_value(value) : otherwise;
}

static struct bench_leg *leg_of(const json_t *value)
{
	json_int_t id = json_integer_value(value);

	if (id < 0 || id >= bench_load.n_legs || !bench_load.legs[id])
		bench_die("there is no leg %lld", (long long)id);
	return bench_load.legs[id];
}

/* ---- making legs ------------------------------------------------------------------------- */

static void write_fingerprint(char out[3 * TSR_DTLS_FINGERPRINT_LEN + 1])
{
	const uint8_t *bytes = tsr_dtls_identity_fingerprint(bench_load.identity);

	for (size_t i = 0; i < TSR_DTLS_FINGERPRINT_LEN; i++)
		snprintf(out + 3 * i, 4, "%02X:", bytes[i]);
	out[3 * TSR_DTLS_FINGERPRINT_LEN - 1] = '\0';
}

static void watch(struct bench_leg *leg)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = leg };

	if (epoll_ctl(bench_load.epoll, EPOLL_CTL_ADD, leg->fd, &event) != 0)
		bench_die("epoll: %s", strerror(errno));
}

/* {"cmd":"create","count":N} */
static void create(const json_t *command)
{
	char fingerprint[3 * TSR_DTLS_FINGERPRINT_LEN + 1];
	long n = number_of(command, "count", 1);

	write_fingerprint(fingerprint);
	printf("{\"legs\":[");
	for (long i = 0; i < n; i++) {
		uint32_t id = bench_load.n_legs;
		struct bench_leg *leg;

		if (id == BENCH_LEGS_MAX)
			bench_die("more than %d legs", BENCH_LEGS_MAX);
		leg = bench_leg_create(id, bench_load.identity);
		watch(leg);
		bench_load.legs[bench_load.n_legs++] = leg;
		printf("%s{\"leg\":%u,\"ufrag\":\"%s\",\"password\":\"%s\",\"fingerprint\":\"%s\"}",
			i ? "," : "", id, leg->local.ufrag, leg->local.pwd, fingerprint);
	}
	puts("]}");
}

static void begin(const json_t *to)
{
	struct bench_leg *leg = leg_of(json_object_get(to, "leg"));
	struct bench_leg_peer peer = { .host = text_of(to, "host"),
		.port = (uint16_t)number_of(to, "port", 0),
		.ufrag = text_of(to, "ufrag"),
		.password = text_of(to, "password"),
		.fingerprint = text_of(to, "fingerprint") };

	bench_leg_connect(leg, &peer, bench_now());
}

/* {"cmd":"connect","to":[{leg, host, port, ufrag, password, fingerprint}]}: all at once */
static void connect_all(const json_t *command)
{
	const json_t *to = json_object_get(command, "to"), *one;
	size_t i, n = 0;

	json_array_foreach(to, i, one) begin(one);
	bench_settle(number_of(command, "patience_ms", PATIENCE / TSR_MS) * TSR_MS);
	printf("{\"ms\":[");
	json_array_foreach(to, i, one)
	{
		const struct bench_leg *leg = leg_of(json_object_get(one, "leg"));

		if (leg->state == BENCH_LEG_CONNECTED)
			printf("%s%.3f", n++ ? "," : "",
				(double)(leg->connected_at - leg->began) / 1000);
	}
	printf("],\"failed\":%zu}\n", json_array_size(to) - n);
}

/* {"cmd":"raw","port":P,"senders":[leg],"receivers":[leg]} */
static void raw(const json_t *command)
{
	uint16_t port = (uint16_t)number_of(command, "port", 0);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(command, "senders"), i, one)
		bench_leg_raw(leg_of(one), port, false, (uint16_t)i);
	json_array_foreach(json_object_get(command, "receivers"), i, one)
		bench_leg_raw(leg_of(one), port, true, (uint16_t)i);
	puts("{}");
}

/* {"cmd":"publish","leg":L,"source":S,"kind":"video"|"audio","ssrc":..,"pt":..,"mid":"..",
 *  "ext":{mid,twcc,level,time},"size":..,"packets":..,"seq":..} */
static void publish(const json_t *command)
{
	struct bench_leg *leg = leg_of(json_object_get(command, "leg"));
	struct bench_source *source = calloc(1, sizeof(*source));
	const json_t *ext = json_object_get(command, "ext");
	const char *mid = json_string_value(json_object_get(command, "mid"));

	if (!source || leg->source)
		bench_die("leg %u publishes already", leg->id);
	source->id = (uint32_t)number_of(command, "source", 0);
	source->is_video = strcmp(text_of(command, "kind"), "video") == 0;
	source->wants_key = true;
	source->payload_type = (uint8_t)number_of(command, "pt", 96);
	source->ssrc = (uint32_t)number_of(command, "ssrc", 1);
	source->mid_ext = (uint8_t)number_of(ext, "mid", 0);
	source->twcc_ext = (uint8_t)number_of(ext, "twcc", 0);
	source->level_ext = (uint8_t)number_of(ext, "level", 0);
	source->time_ext = (uint8_t)number_of(ext, "time", 0);
	source->size = (uint16_t)number_of(command, "size", 1200);
	source->n_packets = (uint16_t)number_of(command, "packets", 1);
	source->rtp_seq = (uint16_t)number_of(command, "seq", 0);
	snprintf(source->mid, sizeof(source->mid), "%s", mid ? mid : "");
	if (source->size < 100 || source->size > BENCH_PACKET_MAX || source->n_packets == 0 ||
		source->n_packets > BENCH_BATCH)
		bench_die("packets of 100 to %d bytes, 1 to %d in a frame", BENCH_PACKET_MAX,
			BENCH_BATCH);
	leg->source = source;
	puts("{}");
}

/* {"cmd":"expect","legs":[..],"sources":[..],"twcc":ID,"rtx":PT} */
static void expect(const json_t *command)
{
	const json_t *sources = json_object_get(command, "sources"), *one;
	size_t n = json_array_size(sources), i;

	if (n > BENCH_LEG_SOURCES)
		bench_die("more than %d sources at a leg", BENCH_LEG_SOURCES);
	json_array_foreach(json_object_get(command, "legs"), i, one)
	{
		struct bench_leg *leg = leg_of(one);

		leg->twcc_ext = (uint8_t)number_of(command, "twcc", 0);
		leg->rtx_pt = (uint8_t)number_of(command, "rtx", 0);
		leg->n_sources = n;
		for (size_t k = 0; k < n; k++)
			leg->sources[k] = (uint32_t)json_integer_value(json_array_get(sources, k));
	}
	puts("{}");
}

/* {"cmd":"send","legs":[..],"on":BOOL}: frames from now on, while other commands come, until told
 * otherwise */
static void set_sending(const json_t *command)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(command, "legs"), i, one)
	{
		struct bench_leg *leg = leg_of(one);

		if (!leg->source)
			bench_die("leg %u publishes nothing", leg->id);
		leg->is_sending = json_is_true(json_object_get(command, "on"));
	}
	puts("{}");
}

/* {"cmd":"close","legs":[..]} with goodbye; {"cmd":"drop",..} without */
static void end_legs(const json_t *command, bool says_goodbye)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(command, "legs"), i, one)
	{
		struct bench_leg *leg = leg_of(one);

		if (says_goodbye)
			bench_leg_close(leg);
		bench_load.legs[leg->id] = NULL;
		bench_leg_destroy(leg);
	}
	puts("{}");
}

/* Of all legs there are. */
static void set_gro(bool is_on)
{
	for (uint32_t i = 0; i < bench_load.n_legs; i++)
		if (bench_load.legs[i])
			bench_leg_set_gro(bench_load.legs[i], is_on);
}

/* {"cmd":"run","senders":[..],"ms":..,"warm_ms":..,"per_second":..,"pid":..,"gro":BOOL} */
static void run(const json_t *command)
{
	static struct bench_run run;
	const json_t *one;
	size_t i;

	run.n_senders = 0;
	json_array_foreach(json_object_get(command, "senders"), i, one)
	{
		run.senders[i] = leg_of(one);
		if (!run.senders[i]->source)
			bench_die("leg %u publishes nothing", run.senders[i]->id);
		run.n_senders++;
	}
	run.seconds = (double)number_of(command, "ms", 1000) / 1000;
	run.warm_seconds = (double)number_of(command, "warm_ms", 300) / 1000;
	run.per_second = (double)number_of(command, "per_second", 30);
	run.pid = (pid_t)number_of(command, "pid", 0);
	set_gro(json_is_true(json_object_get(command, "gro")));
	printf("{");
	bench_run(&run);
	puts("}");
}

/* {"cmd":"state","legs":[..]}: how many are connected, and what they got that they should not,
 * since the last run began */
static void state(const json_t *command)
{
	uint64_t n_twice = 0, n_unknown = 0, n_bad = 0;
	const json_t *one;
	size_t i, n = 0;

	json_array_foreach(json_object_get(command, "legs"), i, one)
	{
		const struct bench_leg *leg = leg_of(one);

		n += leg->state == BENCH_LEG_CONNECTED;
		n_unknown += leg->n_unknown;
		n_bad += leg->n_bad;
		n_twice += leg->n_twice;
	}
	printf("{\"connected\":%zu,\"twice\":%llu,\"unknown\":%llu,\"bad\":%llu}\n", n,
		(unsigned long long)n_twice, (unsigned long long)n_unknown,
		(unsigned long long)n_bad);
}

/* ---- the commands ------------------------------------------------------------------------ */

static void obey(const json_t *command)
{
	const char *name = text_of(command, "cmd");

	if (strcmp(name, "create") == 0)
		create(command);
	else if (strcmp(name, "connect") == 0)
		connect_all(command);
	else if (strcmp(name, "raw") == 0)
		raw(command);
	else if (strcmp(name, "publish") == 0)
		publish(command);
	else if (strcmp(name, "expect") == 0)
		expect(command);
	else if (strcmp(name, "run") == 0)
		run(command);
	else if (strcmp(name, "send") == 0)
		set_sending(command);
	else if (strcmp(name, "state") == 0)
		state(command);
	else if (strcmp(name, "close") == 0 || strcmp(name, "drop") == 0)
		end_legs(command, name[0] == 'c');
	else if (strcmp(name, "rogue") == 0)
		bench_rogue(command, leg_of(json_object_get(command, "leg")));
	else
		bench_die("there is no command \"%s\"", name);
	fflush(stdout);
}

/* What came on stdin so far; whole lines are obeyed. False at its end. */
static bool read_commands(void)
{
	static char *line;
	static size_t len;
	ssize_t n;
	char *end;

	if (!line && !(line = malloc(LINE_MAX_LEN)))
		bench_die("out of memory");
	n = read(STDIN_FILENO, line + len, LINE_MAX_LEN - len);
	if (n <= 0)
		return false;
	len += (size_t)n;
	while ((end = memchr(line, '\n', len))) {
		size_t used = (size_t)(end - line) + 1;
		json_t *command = json_loadb(line, used, 0, NULL);

		if (!command)
			bench_die("a command that is no JSON");
		obey(command);
		json_decref(command);
		memmove(line, line + used, len - used);
		len -= used;
	}
	return true;
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct rlimit files;

	(void)tsr_srtp_gcm_init();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	bench_load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bench_load.epoll < 0 ||
		tsr_dtls_identity_create(&bench_load.identity, (int64_t)time(NULL)) != 0 ||
		epoll_ctl(bench_load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
		bench_die("this does not start");
	while (bench_turn(1000000) || read_commands())
		;
	return 0;
}
