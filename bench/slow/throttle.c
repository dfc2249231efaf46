/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/slow/throttle.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS 16
#define PIECE 1448 /* one segment of an Ethernet */
#define BUFFER (16 * 1024)

static struct {
	_Atomic uint64_t rate;
	int listener;
	struct sockaddr_in to;
	int up[PAIRS], down[PAIRS]; /* to the server, to the client */
	size_t n;
	double tokens, at;
} line;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void refill(void)
{
	double now = now_s(), rate = (double)atomic_load(&line.rate);

	line.tokens += (now - line.at) * rate;
	line.at = now;
	if (line.tokens > rate * 0.02 + PIECE) /* 20 ms: no bursts worth the name */
		line.tokens = rate * 0.02 + PIECE;
}

static void accept_one(void)
{
	int small = BUFFER, on = 1, down = accept(line.listener, NULL, NULL), up;

	if (down < 0 || line.n == PAIRS) {
		if (down >= 0)
			close(down);
		return;
	}
	up = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(up, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(up, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(down, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(up, (struct sockaddr *)&line.to, sizeof(line.to)) != 0) {
		perror("throttle: connect");
		exit(1);
	}
	line.up[line.n] = up;
	line.down[line.n++] = down;
}

static bool send_all(int fd, const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, (size_t)len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

/* Moves what is there, at most max bytes. Returns them, or -1 at the end. */
static ssize_t move(int from, int to, size_t max)
{
	char buf[16384];
	ssize_t n = recv(from, buf, max < sizeof(buf) ? max : sizeof(buf), 0);

	return n > 0 && send_all(to, buf, n) ? n : -1;
}

static void drop(size_t i)
{
	close(line.up[i]);
	close(line.down[i]);
	line.n--;
	line.up[i] = line.up[line.n];
	line.down[i] = line.down[line.n];
}

static void turn(void)
{
	struct pollfd fds[1 + 2 * PAIRS];
	size_t n = line.n;
	bool may = line.tokens >= 1;

	fds[0] = (struct pollfd){ .fd = line.listener, .events = POLLIN };
	for (size_t i = 0; i < n; i++) {
		fds[1 + 2 * i] = (struct pollfd){ .fd = line.down[i], .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = may ? line.up[i] : -1, .events = POLLIN };
	}
	if (poll(fds, 1 + 2 * n, may ? 20 : 2) <= 0)
		return;
	for (size_t i = n; i-- > 0;) {
		ssize_t moved = 0;

		if (fds[1 + 2 * i].revents && move(line.down[i], line.up[i], SIZE_MAX) < 0) {
			drop(i);
			continue;
		}
		if (fds[2 + 2 * i].revents && line.tokens >= 1)
			moved = move(line.up[i], line.down[i], PIECE);
		if (moved < 0)
			drop(i);
		else
			line.tokens -= (double)moved;
	}
	if (fds[0].revents)
		accept_one();
}

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		refill();
		turn();
	}
	return NULL;
}

uint16_t throttle_start(uint16_t to_port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	pthread_t thread;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	line.to = addr;
	line.to.sin_port = htons(to_port);
	line.at = now_s();
	line.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line.listener < 0 || bind(line.listener, (struct sockaddr *)&addr, len) != 0 ||
		listen(line.listener, 16) != 0 ||
		getsockname(line.listener, (struct sockaddr *)&addr, &len) != 0 ||
		pthread_create(&thread, NULL, work, NULL) != 0) {
		perror("throttle");
		exit(1);
	}
	return ntohs(addr.sin_port);
}

void throttle_set(uint64_t bytes_per_s)
{
	atomic_store(&line.rate, bytes_per_s);
}
