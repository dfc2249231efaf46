/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: viewers by the hundred, and the presenter that they watch.
 *
 *	load relay --viewers N [--organizer LINK] [--pid PID] LINK...     members of our sessions
 *	     [--more N --cells N]                                         for "join"
 *	load bare  --viewers N [--each N] [--presenter] [--pid PID] PORT  bare connections to the
 *peer
 *
 * The viewers are spread over the links in turn. When all are in, "ready" is printed; then each
 *line on stdin is answered by one JSON line. The end of stdin ends the program.
 *
 *	run MS      this program's presenter shares; what was received, and what the process PID has
 *	            computed meanwhile
 *	watch MS    the same while somebody else shares
 *	join N MS   N more come within MS at even intervals; how long each took, from the moment
 *when he was due, until he was in sync with the newest picture that anybody had
 *
 * The presenter is a closed loop: a picture goes out when the one DEPTH before has reached every
 * viewer, so nobody falls behind and every byte sent is a byte received.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/member.h"
#include "core/crypto/random.h"
#include "core/screen/cells.h"
#include "core/wire/frame.h"

#define MESSAGE_LEN 16380 /* with its WebSocket header of 4 bytes one full TLS record */
#define OBJECT_LEN (MESSAGE_LEN - 1 - TSR_FRAME_HEADER_LEN)
#define FRAME_BYTES (TSR_FRAME_HEADER_LEN + OBJECT_LEN)
#define DEPTH 4
#define RING 256
#define CREDIT (128u * 1024)
#define WIDTH 1280
#define HEIGHT 720
#define ALL_CELLS 0x3fu /* 3 x 2 cells of 512 pixels */
#define PER_NET 200 /* viewers of one source network: the edge takes 512 connections from each */
#define STALL_S 5.0
#define PATIENCE_S 120.0
#define JOINERS 48
#define CAP_MAX 4096
#define PING_S 15.0
#define CLOSED_TAG 0x5a /* ToClient.closed */
#define KIND_FRAME 1

enum role { CONTROL, BULK, PRESENTER_CONTROL, PRESENTER_BULK, BARE, BARE_PRESENTER };

struct viewer {
	struct bench_member member; /* of a bare one bulk is used */
	struct bench_conn more;     /* a bare one's second connection */
	uint32_t picture;
	uint64_t bytes;               /* of frames, on the stream */
	uint32_t have[TSR_CELLS_MAX]; /* the last picture that a cell came with */
	double due_at;                /* when he was to begin to join; 0: before the measurement */
	double took; /* from then until he was in sync with the newest picture; 0: not yet */
};

/* What somebody else shares, as all viewers together have seen it. */
struct shown {
	uint32_t stream;
	uint32_t changed[TSR_CELLS_MAX]; /* by which picture last */
};
#define SHOWN_MAX 16

static struct load {
	SSL_CTX *ctx;
	int epoll;
	size_t n_viewers, cap;
	struct viewer *viewers;
	pid_t pid;
	bool is_bare, has_presenter;
	char **links;
	int n_links;
	uint32_t n_cells; /* of the picture that somebody else shares */
	size_t n_whole;   /* viewers that took their time */
	struct shown shown[SHOWN_MAX];

	struct bench_member presenter;
	uint32_t stream, sent, completed;
	uint64_t keys; /* cells that are to be sent as KEY */
	uint64_t sent_bytes, credit_bytes;
	uint32_t n_have[RING];
	uint8_t object[OBJECT_LEN];

	uint64_t received, missed;
	bool is_running;
	double until, moved_at, pinged_at;
	double started_at, cpu_at_start;
	uint64_t received_at_start;
} load;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* utime + stime of the server's process, in nanoseconds' grain. */
static double cpu_s(void)
{
	struct timespec t;
	clockid_t clock;

	if (load.pid == 0)
		return 0;
	if (clock_getcpuclockid(load.pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		bench_die("process %d is gone", (int)load.pid);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the presenter ----------------------------------------------------------------------- */

static void send_frame(const struct tsr_frame *frame)
{
	uint8_t body[FRAME_BYTES];

	tsr_frame_write(body, frame);
	memcpy(body + TSR_FRAME_HEADER_LEN, load.object, OBJECT_LEN);
	load.sent_bytes += FRAME_BYTES;
	if (load.is_bare) { /* what it is to pass on, as it is */
		uint8_t message[4 + MESSAGE_LEN] = { 0x82, 126, MESSAGE_LEN >> 8,
			MESSAGE_LEN & 0xff, KIND_FRAME };

		memcpy(message + 5, body, sizeof(body));
		bench_conn_write(&load.presenter.bulk, tsr_slice(message, sizeof(message)));
	} else {
		bench_conn_send(&load.presenter.bulk, KIND_FRAME, tsr_slice(body, sizeof(body)));
	}
}

static void send_next(void)
{
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = TSR_FRAME_LAST,
		.from = load.presenter.id,
		.epoch = (uint8_t)load.presenter.control.epoch,
		.stream = load.stream,
		.length = OBJECT_LEN };

	if (load.keys) {
		frame.cells = load.keys & -load.keys;
		load.keys &= load.keys - 1;
		frame.flags = TSR_FRAME_KEY | (load.keys ? 0 : TSR_FRAME_LAST);
		frame.picture = frame.base = load.sent;
	} else {
		frame.picture = ++load.sent;
		frame.base = frame.picture - 1;
		frame.cells = 1u << frame.picture % 6;
	}
	send_frame(&frame);
}

static void pump(void)
{
	while (load.is_running && load.presenter.bulk.out_len == 0 &&
		(load.keys || load.sent - load.completed < DEPTH) &&
		(load.is_bare || load.sent_bytes - load.credit_bytes + FRAME_BYTES <= CREDIT))
		send_next();
}

static void presenter_heard(struct tsr_slice message)
{
	ProtobufCMessage *m = protobuf_c_message_unpack(
		&tessera__v1__to_client__descriptor, NULL, message.len - 1, message.data + 1);
	const Tessera__V1__ToClient *to_client = (const Tessera__V1__ToClient *)m;

	if (!m)
		bench_die("a message of the server cannot be read");
	if (to_client->body_case == TESSERA__V1__TO_CLIENT__BODY_STREAM_CREDIT)
		load.credit_bytes = to_client->stream_credit->bytes;
	if (to_client->body_case == TESSERA__V1__TO_CLIENT__BODY_EPOCH)
		load.presenter.control.epoch = to_client->epoch->epoch;
	if (to_client->body_case == TESSERA__V1__TO_CLIENT__BODY_STREAM_NEED)
		load.keys |= to_client->stream_need->cells & ALL_CELLS;
	protobuf_c_message_free_unpacked(m, NULL);
}

/* ---- the viewers ------------------------------------------------------------------------- */

static void acknowledge(struct viewer *v, uint32_t stream)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamAck ack = TESSERA__V1__STREAM_ACK__INIT;

	ack.stream = stream;
	ack.picture = v->picture;
	ack.bytes = v->bytes;
	message.stream_ack = &ack;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_ACK;
	bench_send_message(&v->member.bulk, &message);
}

static struct shown *shown_of(uint32_t stream)
{
	for (int i = 0; i < SHOWN_MAX; i++) {
		if (load.shown[i].stream == 0)
			load.shown[i].stream = stream;
		if (load.shown[i].stream == stream)
			return &load.shown[i];
	}
	bench_die("more than %d screens are shared", SHOWN_MAX);
}

/* Notes the cells of a frame, for the viewer and, unless it only repeats them, for all. A KEY with
 * LAST mostly does; if it ends a picture of KEYs, the others of that picture say enough. */
static void note_cells(struct viewer *v, struct shown *shown, const struct tsr_frame *frame)
{
	bool is_change = !(frame->flags & TSR_FRAME_KEY) || !(frame->flags & TSR_FRAME_LAST);

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++) {
		if (!(frame->cells >> c & 1))
			continue;
		if (v->have[c] < frame->picture)
			v->have[c] = frame->picture;
		if (is_change && shown->changed[c] < frame->picture)
			shown->changed[c] = frame->picture;
	}
}

/* In sync with the newest picture that any viewer has seen: DELTAs come to who is in sync only, and
 * a KEY shows its cell as of the picture that it is cut from. */
static bool is_whole(const struct viewer *v, const struct shown *shown)
{
	for (uint32_t c = 0; c < load.n_cells; c++)
		if (v->have[c] == 0 || v->have[c] < shown->changed[c])
			return false;
	return true;
}

/* Somebody else shares: nothing is waited for. */
static void viewer_watched(struct viewer *v, const struct tsr_frame *frame)
{
	struct shown *shown = shown_of(frame->stream);

	if (!(frame->flags & TSR_FRAME_PREVIEW))
		note_cells(v, shown, frame);
	if (frame->picture > v->picture)
		v->picture = frame->picture;
	acknowledge(v, frame->stream);
	if (v->due_at == 0 || v->took != 0 || !is_whole(v, shown))
		return;
	v->took = now_s() - v->due_at;
	load.n_whole++;
}

static void viewer_saw(struct viewer *v, uint32_t picture)
{
	load.missed += picture - v->picture - 1;
	while (v->picture < picture)
		load.n_have[++v->picture % RING]++;
	while (load.n_have[(load.completed + 1) % RING] == load.n_viewers) {
		load.completed++;
		load.n_have[load.completed % RING] = 0;
		load.moved_at = now_s();
	}
}

static void viewer_heard(struct viewer *v, struct tsr_slice message)
{
	struct tsr_frame frame;

	if (message.data[0] != KIND_FRAME)
		return;
	if (tsr_frame_parse(&frame, tsr_slice(message.data + 1, message.len - 1)) != 0)
		bench_die("a frame that is none");
	v->bytes += message.len - 1;
	load.received += message.len - 1;
	if (!load.is_bare && !load.has_presenter) {
		viewer_watched(v, &frame);
		return;
	}
	if (!(frame.flags & TSR_FRAME_LAST) || frame.picture <= v->picture)
		return;
	viewer_saw(v, frame.picture);
	if (!load.is_bare)
		acknowledge(v, frame.stream);
}

/* ---- the loop ---------------------------------------------------------------------------- */

static void watch(struct bench_conn *conn, void *owner, enum role role)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };

	conn->owner = owner;
	conn->role = (int)role;
	bench_conn_set_blocking(conn, false);
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0)
		bench_die("epoll: %s", strerror(errno));
}

static void heard(struct bench_conn *conn, struct tsr_slice message)
{
	if (conn->role == BULK || conn->role == BARE)
		viewer_heard(conn->owner, message);
	else if (conn->role == PRESENTER_CONTROL)
		presenter_heard(message);
	if (conn->role != BARE && message.len > 1 && message.data[0] == 0 &&
		message.data[1] == CLOSED_TAG)
		bench_die("the server closed a member's connection");
}

/* What came before the word that the connection belongs to its member. */
static void take_early(struct bench_conn *conn)
{
	for (size_t at = 0; at < conn->early_len;) {
		uint32_t len;

		memcpy(&len, conn->early + at, sizeof(len));
		heard(conn, tsr_slice(conn->early + at + sizeof(len), len));
		at += sizeof(len) + len;
	}
	free(conn->early);
	conn->early = NULL;
	conn->early_len = 0;
}

static void handle(struct bench_conn *conn, uint32_t events)
{
	struct tsr_slice message;

	if (conn->out_len)
		bench_conn_flush(conn);
	if (!(events & ~(uint32_t)EPOLLOUT))
		return;
	do {
		while (bench_conn_next(conn, &message))
			heard(conn, message);
	} while (bench_conn_read(conn));
}

static void ping(struct bench_conn *conn)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Ping body = TESSERA__V1__PING__INIT;

	message.ping = &body;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_PING;
	bench_send_message(conn, &message);
}

static void ping_when_due(void)
{
	if (load.is_bare || now_s() < load.pinged_at + PING_S)
		return;
	load.pinged_at = now_s();
	for (size_t i = 0; i < load.cap; i++) {
		if (!load.viewers[i].member.bulk.owner)
			continue; /* has not joined yet */
		ping(&load.viewers[i].member.control);
		ping(&load.viewers[i].member.bulk);
	}
	if (load.has_presenter) {
		ping(&load.presenter.control);
		ping(&load.presenter.bulk);
	}
}

/* One turn; false when stdin has something. */
static bool turn(int timeout_ms)
{
	struct epoll_event events[128];
	int n = epoll_wait(load.epoll, events, 128, timeout_ms);
	bool is_told = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			handle(events[i].data.ptr, events[i].events);
		else
			is_told = true;
	}
	if (load.presenter.bulk.out_len)
		bench_conn_flush(&load.presenter.bulk);
	pump();
	ping_when_due();
	return !is_told;
}

/* ---- runs -------------------------------------------------------------------------------- */

static void check_moving(void)
{
	if (load.completed < load.sent && now_s() > load.moved_at + STALL_S)
		bench_die("picture %u did not reach every viewer in %.0f s (%u of %zu have it)",
			load.completed + 1, STALL_S, load.n_have[(load.completed + 1) % RING],
			load.n_viewers);
}

static void run(double seconds)
{
	double elapsed, cpu;
	uint64_t bytes;
	uint32_t from;

	load.moved_at = now_s();
	load.is_running = true;
	for (double warm = now_s() + 0.3; now_s() < warm;)
		turn(5);
	load.missed = 0;
	from = load.completed;
	bytes = load.received;
	cpu = cpu_s();
	load.started_at = now_s();
	while (now_s() < load.started_at + seconds) {
		turn(5);
		check_moving();
	}
	elapsed = now_s() - load.started_at;
	cpu = cpu_s() - cpu;
	bytes = load.received - bytes;
	from = load.completed - from;
	load.is_running = false;
	for (load.moved_at = now_s(); load.completed < load.sent;) {
		turn(5);
		check_moving();
	}
	printf("{\"bytes\":%llu,\"seconds\":%.6f,\"cpu\":%.6f,\"pictures\":%u,\"missed\":%llu}\n",
		(unsigned long long)bytes, elapsed, cpu, from, (unsigned long long)load.missed);
	fflush(stdout);
}

static void watch_for(double seconds)
{
	double from = now_s(), cpu = cpu_s();
	uint64_t bytes = load.received;

	while (now_s() < from + seconds)
		turn(20);
	printf("{\"bytes\":%llu,\"seconds\":%.6f,\"cpu\":%.6f}\n",
		(unsigned long long)(load.received - bytes), now_s() - from, cpu_s() - cpu);
	fflush(stdout);
}

/* ---- a storm of joins: several people at a time, each at his own pace -------------------- */

static struct storm {
	size_t first, n; /* viewers */
	double from, seconds;
	atomic_size_t next;                     /* who joins next */
	_Atomic(struct viewer *) done[CAP_MAX]; /* who has joined, by index - first */
} storm;

static double due_of(size_t i)
{
	return storm.from + (double)i * storm.seconds / (double)storm.n;
}

/* One more viewer, as real ones come: a connection for the request, then his two. */
static void join_one(size_t i)
{
	struct viewer *v = &load.viewers[storm.first + i];
	struct bench_conn http = { .fd = -1 };
	struct bench_door door;

	bench_door_read(&door, load.links[i % (size_t)load.n_links]);
	v->due_at = due_of(i);
	bench_member_join(
		&v->member, load.ctx, &http, &door, 1 + (unsigned)((storm.first + i) / PER_NET));
	bench_conn_close(&http);
	atomic_store(&storm.done[i], v);
}

static void *join_some(void *unused)
{
	int idle = epoll_create1(EPOLL_CLOEXEC); /* nothing happens on it: a timer */
	struct epoll_event none;
	size_t i;

	(void)unused;
	while ((i = atomic_fetch_add(&storm.next, 1)) < storm.n) {
		double wait = due_of(i) - now_s();

		if (wait > 0)
			epoll_wait(idle, &none, 1, (int)(wait * 1e3) + 1);
		join_one(i);
	}
	close(idle);
	return NULL;
}

/* Takes over who has joined. */
static void welcome(void)
{
	for (size_t i = 0; i < storm.n; i++) {
		struct viewer *v = atomic_exchange(&storm.done[i], NULL);

		if (!v)
			continue;
		watch(&v->member.control, v, CONTROL);
		watch(&v->member.bulk, v, BULK);
		load.n_viewers++;
		handle(&v->member.control, EPOLLIN); /* what came behind the answers */
		take_early(&v->member.bulk);
		handle(&v->member.bulk, EPOLLIN);
	}
}

static int by_took(const void *a, const void *b)
{
	double x = ((const struct viewer *)a)->took, y = ((const struct viewer *)b)->took;

	return (x > y) - (x < y);
}

/* The viewers that came, by how long it took; their connections do not move any more. */
static void report_joins(size_t first, size_t n, double cpu, double seconds)
{
	struct viewer *sorted = malloc(n * sizeof(*sorted));

	if (!sorted)
		bench_die("out of memory");
	memcpy(sorted, load.viewers + first, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_took);
	printf("{\"joins\":%zu,\"p50\":%.4f,\"p95\":%.4f,\"max\":%.4f,\"cpu\":%.4f,"
	       "\"load_cpu\":%.4f,\"seconds\":%.3f}\n",
		n, sorted[n / 2].took, sorted[n * 95 / 100].took, sorted[n - 1].took, cpu,
		(double)clock() / CLOCKS_PER_SEC, seconds);
	fflush(stdout);
	free(sorted);
}

static void have_storm(size_t n, double seconds)
{
	pthread_t threads[JOINERS];
	double cpu = cpu_s();

	if (n == 0 || n > CAP_MAX || load.n_viewers + n > load.cap)
		bench_die("there is room for %zu more viewers (--more)", load.cap - load.n_viewers);
	storm.first = load.n_viewers;
	storm.n = n;
	storm.seconds = seconds;
	storm.from = now_s();
	atomic_store(&storm.next, 0);
	load.n_whole = 0;
	for (size_t i = 0; i < JOINERS; i++)
		if (pthread_create(&threads[i], NULL, join_some, NULL) != 0)
			bench_die("no threads");
	while (load.n_whole < n) {
		turn(1);
		welcome();
		if (now_s() > storm.from + seconds + PATIENCE_S)
			bench_die("%zu of %zu have no whole picture, %zu have not even joined",
				n - load.n_whole, n, storm.first + n - load.n_viewers);
	}
	for (size_t i = 0; i < JOINERS; i++)
		pthread_join(threads[i], NULL);
	report_joins(storm.first, n, cpu_s() - cpu, now_s() - storm.from);
}

/* Carries out one command. */
static void command(char *line)
{
	char *at = line;

	if (strncmp(line, "run ", 4) == 0) {
		run(strtod(line + 4, NULL) / 1000);
	} else if (strncmp(line, "watch ", 6) == 0) {
		watch_for(strtod(line + 6, NULL) / 1000);
	} else if (strncmp(line, "join ", 5) == 0) {
		size_t n = strtoul(line + 5, &at, 10);

		have_storm(n, strtod(at, NULL) / 1000);
	}
}

/* Reads commands until there are no more. */
static void obey(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	char line[64];

	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
		bench_die("stdin is no pipe");
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (turn(1000))
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return;
		epoll_ctl(load.epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		command(line);
		epoll_ctl(load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	}
}

/* ---- filling the room -------------------------------------------------------------------- */

static void fill_relay(size_t n, const char *organizer)
{
	struct bench_conn http = { .fd = -1 };
	struct bench_door door;

	for (size_t i = 0; i < n; i++) {
		struct viewer *v = &load.viewers[i];

		bench_door_read(&door, load.links[i % (size_t)load.n_links]);
		bench_member_join(&v->member, load.ctx, &http, &door, 1 + (unsigned)(i / PER_NET));
		watch(&v->member.control, v, CONTROL);
		watch(&v->member.bulk, v, BULK);
		load.n_viewers++;
		turn(0); /* the others hear of it */
	}
	if (organizer) {
		bench_door_read(&door, organizer);
		bench_member_join(&load.presenter, load.ctx, &http, &door, 0);
		load.stream = bench_member_open_stream(
			&load.presenter, TESSERA__V1__STREAM_CLASS__STREAM_SCREEN, WIDTH, HEIGHT);
		watch(&load.presenter.control, NULL, PRESENTER_CONTROL);
		watch(&load.presenter.bulk, NULL, PRESENTER_BULK);
		load.sent = 1; /* the first picture comes as KEYs of every cell */
		load.keys = ALL_CELLS;
		load.has_presenter = true;
	}
	bench_conn_close(&http);
}

static void fill_bare(uint16_t port, unsigned each)
{
	for (size_t i = 0; i < load.cap; i++) {
		struct viewer *v = &load.viewers[i];
		unsigned net = 1 + (unsigned)(i / PER_NET);

		bench_conn_open(&v->member.bulk, load.ctx, port, net);
		bench_conn_write(&v->member.bulk, tsr_slice_str("V"));
		watch(&v->member.bulk, v, BARE);
		if (each > 1) {
			bench_conn_open(&v->more, load.ctx, port, net);
			watch(&v->more, v, BARE);
		}
		load.n_viewers++;
	}
	if (load.has_presenter) {
		bench_conn_open(&load.presenter.bulk, load.ctx, port, 0);
		bench_conn_write(&load.presenter.bulk, tsr_slice_str("P"));
		watch(&load.presenter.bulk, NULL, BARE_PRESENTER);
		load.stream = 1;
		load.presenter.id = 1;
	}
}

static void allow_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int main(int argc, char **argv)
{
	const char *organizer = NULL;
	unsigned each = 1;
	size_t more = 0;
	int at = 2;

	load.is_bare = argc > 1 && strcmp(argv[1], "bare") == 0;
	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		if (strcmp(argv[at], "--presenter") == 0)
			load.has_presenter = true;
		else if (at + 1 == argc)
			bench_die("%s needs a value", argv[at]);
		else if (strcmp(argv[at], "--viewers") == 0)
			load.cap = strtoul(argv[++at], NULL, 10);
		else if (strcmp(argv[at], "--more") == 0)
			more = strtoul(argv[++at], NULL, 10);
		else if (strcmp(argv[at], "--cells") == 0)
			load.n_cells =
				(uint32_t)(strtoul(argv[++at], NULL, 10) % (TSR_CELLS_MAX + 1));
		else if (strcmp(argv[at], "--each") == 0)
			each = (unsigned)strtoul(argv[++at], NULL, 10);
		else if (strcmp(argv[at], "--pid") == 0)
			load.pid = (pid_t)strtol(argv[++at], NULL, 10);
		else if (strcmp(argv[at], "--organizer") == 0)
			organizer = argv[++at];
		else
			bench_die("what is %s?", argv[at]);
	}
	load.links = argv + at;
	load.n_links = argc - at;
	load.cap += more;
	if (at >= argc || load.cap == 0)
		bench_die("usage: load relay|bare --viewers N ... LINK...|PORT");
	allow_descriptors();
	load.ctx = bench_client_ctx();
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.viewers = calloc(load.cap, sizeof(*load.viewers));
	if (load.epoll < 0 || !load.viewers || tsr_crypto_init() != 0)
		bench_die("out of memory");
	load.pinged_at = now_s();
	tsr_random(load.object, sizeof(load.object));
	if (load.is_bare)
		fill_bare((uint16_t)strtoul(argv[at], NULL, 10), each);
	else
		fill_relay(load.cap - more, organizer);
	obey();
	return 0;
}
