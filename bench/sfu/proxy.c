/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy: a bad line in user space. A UDP proxy on loopback; every client address that comes is a
 *line of its own, with its own socket towards the server and the same seeded luck in every run.
 *
 *	bench-sfu-proxy SEED HOST PORT       prints the port that it listens on
 *
 * Commands on stdin, in force from then on; the end of stdin ends the program:
 *	loss PERMILLE    of the packets of each direction are lost
 *	delay MS         each way
 *	rate KBIT        downwards, with a queue of 200 ms; 0: no limit
 *	rate-up KBIT     the same upwards
 *	report           prints a JSON line: packets in each direction, lost by luck, dropped by the
 *queue
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINES 64
#define RING 4096 /* packets under way in one direction of a line */
#define PACKET_MAX 1600
#define QUEUE_NS 200000000ll
#define DOWN 0
#define UP 1

struct packet {
	int64_t due;
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

struct way {
	struct packet *ring;
	size_t first, n;
	int64_t free_at; /* when the line has sent what it was given */
	uint64_t luck;
};

struct line {
	struct sockaddr_in client;
	int fd; /* connected to the server */
	struct way way[2];
};

static struct {
	int fd;
	struct sockaddr_in to;
	uint64_t seed;
	long permille, rate_kbit[2];
	int64_t delay;
	struct line lines[LINES];
	size_t n_lines;
	uint64_t passed[2], lost[2], dropped[2];
} proxy;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* splitmix64: one number a packet, so that a line's losses do not depend on the time of day. */
static uint64_t next_luck(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int bound_socket(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), size = 4 << 20;

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static struct line *line_of(const struct sockaddr_in *client)
{
	struct line *line;

	for (size_t i = 0; i < proxy.n_lines; i++)
		if (proxy.lines[i].client.sin_port == client->sin_port &&
			proxy.lines[i].client.sin_addr.s_addr == client->sin_addr.s_addr)
			return &proxy.lines[i];
	if (proxy.n_lines == LINES)
		return NULL;
	line = &proxy.lines[proxy.n_lines];
	*line = (struct line){ .client = *client, .fd = bound_socket() };
	if (connect(line->fd, (struct sockaddr *)&proxy.to, sizeof(proxy.to)) != 0)
		die("connect");
	for (int w = 0; w < 2; w++) {
		line->way[w].ring = malloc(RING * sizeof(struct packet));
		line->way[w].luck = proxy.seed + 2 * proxy.n_lines + (unsigned)w;
		if (!line->way[w].ring)
			die("malloc");
	}
	proxy.n_lines++;
	return line;
}

/* When the last bit of a packet has left onto the line, or -1 when the queue is full. */
static int64_t sent_at(struct way *way, int w, size_t len, int64_t now)
{
	int64_t from = way->free_at > now ? way->free_at : now;

	if (proxy.rate_kbit[w] == 0)
		return now;
	if (from - now > QUEUE_NS)
		return -1;
	way->free_at = from + (int64_t)(len + 28) * 8 * 1000000 / proxy.rate_kbit[w];
	return way->free_at;
}

static void take(struct line *line, int w, const uint8_t *bytes, size_t len)
{
	struct way *way = &line->way[w];
	struct packet *packet = &way->ring[(way->first + way->n) % RING];
	int64_t sent;

	if (next_luck(&way->luck) % 1000 < (uint64_t)proxy.permille) {
		proxy.lost[w]++;
		return;
	}
	sent = sent_at(way, w, len, now_ns());
	if (sent < 0 || way->n == RING) {
		proxy.dropped[w]++;
		return;
	}
	packet->due = sent + proxy.delay;
	packet->len = len;
	memcpy(packet->bytes, bytes, len);
	way->n++;
	proxy.passed[w]++;
}

static void read_server(struct line *line)
{
	uint8_t bytes[PACKET_MAX];
	ssize_t n;

	while ((n = recv(line->fd, bytes, sizeof(bytes), 0)) >= 0)
		take(line, DOWN, bytes, (size_t)n);
}

static void read_clients(void)
{
	struct sockaddr_in client;
	uint8_t bytes[PACKET_MAX];
	socklen_t len = sizeof(client);
	ssize_t n;

	while ((n = recvfrom(proxy.fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client,
			&len)) >= 0) {
		struct line *line = line_of(&client);

		if (line)
			take(line, UP, bytes, (size_t)n);
		len = sizeof(client);
	}
}

static void deliver(const struct line *line, int w, const struct packet *packet)
{
	ssize_t n;

	/* What a full buffer does not take is lost, as on any line. */
	if (w == UP)
		n = send(line->fd, packet->bytes, packet->len, 0);
	else
		n = sendto(proxy.fd, packet->bytes, packet->len, 0,
			(const struct sockaddr *)&line->client, sizeof(line->client));
	if (n < 0)
		proxy.dropped[w]++;
}

/* Delivers what is due; returns when the next is, or -1. */
static int64_t deliver_due(int64_t now)
{
	int64_t next = -1;

	for (size_t i = 0; i < proxy.n_lines; i++)
		for (int w = 0; w < 2; w++) {
			struct way *way = &proxy.lines[i].way[w];

			while (way->n > 0 && way->ring[way->first].due <= now) {
				deliver(&proxy.lines[i], w, &way->ring[way->first]);
				way->first = (way->first + 1) % RING;
				way->n--;
			}
			if (way->n > 0 && (next < 0 || way->ring[way->first].due < next))
				next = way->ring[way->first].due;
		}
	return next;
}

/* False at the end of stdin. */
static bool obey(void)
{
	char line[64];
	long value = 0;
	char *space;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	space = strchr(line, ' ');
	if (space)
		value = strtol(space, NULL, 10);
	if (strncmp(line, "loss ", 5) == 0)
		proxy.permille = value;
	else if (strncmp(line, "delay ", 6) == 0)
		proxy.delay = value * 1000000;
	else if (strncmp(line, "rate ", 5) == 0)
		proxy.rate_kbit[DOWN] = value;
	else if (strncmp(line, "rate-up ", 8) == 0)
		proxy.rate_kbit[UP] = value;
	else
		printf("{\"up\":%llu,\"down\":%llu,\"lost_up\":%llu,\"lost_down\":%llu,"
		       "\"dropped_down\":%llu}\n",
			(unsigned long long)proxy.passed[UP],
			(unsigned long long)proxy.passed[DOWN], (unsigned long long)proxy.lost[UP],
			(unsigned long long)proxy.lost[DOWN],
			(unsigned long long)proxy.dropped[DOWN]);
	fflush(stdout);
	return true;
}

static bool turn(void)
{
	struct pollfd fds[LINES + 2] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = proxy.fd, .events = POLLIN } };
	int64_t now = now_ns(), next = deliver_due(now);
	struct timespec wait = { .tv_sec = 1 };
	size_t n = proxy.n_lines;

	for (size_t i = 0; i < n; i++)
		fds[i + 2] = (struct pollfd){ .fd = proxy.lines[i].fd, .events = POLLIN };
	if (next >= 0)
		wait = (struct timespec){ (next - now) / 1000000000, (next - now) % 1000000000 };
	if (ppoll(fds, n + 2, &wait, NULL) < 0)
		die("ppoll");
	if (fds[1].revents)
		read_clients();
	for (size_t i = 0; i < n; i++)
		if (fds[i + 2].revents)
			read_server(&proxy.lines[i]);
	return !fds[0].revents || obey();
}

int main(int argc, char **argv)
{
	struct sockaddr_in here;
	socklen_t len = sizeof(here);

	if (argc != 4) {
		fputs("usage: bench-sfu-proxy SEED HOST PORT\n", stderr);
		return 64;
	}
	proxy.seed = strtoull(argv[1], NULL, 10);
	proxy.to.sin_family = AF_INET;
	proxy.to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	if (inet_pton(AF_INET, argv[2], &proxy.to.sin_addr) != 1)
		die(argv[2]);
	proxy.fd = bound_socket();
	if (getsockname(proxy.fd, (struct sockaddr *)&here, &len) != 0)
		die("getsockname");
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("%u\n", ntohs(here.sin_port));
	fflush(stdout);
	while (turn())
		;
	return 0;
}
