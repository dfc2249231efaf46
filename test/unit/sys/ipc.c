/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/ipc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "sys/files.h"
#include "test.h"

struct end {
	struct tsr_ipc *ipc;
	size_t n_packets, n_bytes, n_fds;
	uint32_t last; /* first four bytes of the newest */
	int kept_fd;
	bool keeps, is_closed;
	int err;
};

static struct tsr_loop *loop;
static struct end a, b;
static uint8_t big[TSR_IPC_PACKET_LEN + 1];

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct end *end = user;

	end->n_packets++;
	end->n_bytes += packet.len;
	end->n_fds += n_fds;
	if (packet.len >= 4)
		memcpy(&end->last, packet.data, 4);
	if (end->keeps && n_fds > 0) {
		end->kept_fd = fds[0];
		fds[0] = -1;
	}
}

static void on_close(void *user, int err)
{
	struct end *end = user;

	end->is_closed = true;
	end->err = err;
	tsr_ipc_close(&end->ipc);
}

static const struct tsr_ipc_events events = { on_packet, on_close };

static bool set_up(void)
{
	int fds[2];

	a = b = (struct end){ .kept_fd = -1 };
	loop = tsr_loop_create();
	return loop && tsr_ipc_pair(fds) == 0 &&
	       tsr_ipc_open(&a.ipc, loop, fds[0], &events, &a) == 0 &&
	       tsr_ipc_open(&b.ipc, loop, fds[1], &events, &b) == 0;
}

static void tear_down(void)
{
	tsr_ipc_close(&a.ipc);
	tsr_ipc_close(&b.ipc);
	tsr_fd_close(&b.kept_fd);
	tsr_loop_destroy(loop);
}

static void turn(int n)
{
	while (n-- > 0)
		tsr_loop_turn(loop, false);
}

static void passes_packets_whole(void)
{
	CHECK(set_up());
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("x", 1), NULL, 0), 0);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice(big, TSR_IPC_PACKET_LEN), NULL, 0), 0);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice(big, sizeof(big)), NULL, 0), TSR_ERR_TOO_BIG);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice(big, 0), NULL, 0), TSR_ERR_TOO_BIG);
	turn(3);
	CHECK_INT(b.n_packets, 2);
	CHECK_INT(b.n_bytes, 1 + TSR_IPC_PACKET_LEN);
	tear_down();
}

static void passes_descriptors(void)
{
	const char text[] = "certificate key";
	struct tsr_msg *msg;
	int fd;

	CHECK(set_up());
	b.keeps = true;
	CHECK_INT(tsr_memfd_create(&fd, tsr_slice_str(text)), 0);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("k", 1), &fd, 1), 0);
	close(fd);
	turn(3);
	CHECK(b.kept_fd >= 0);
	CHECK(fcntl(b.kept_fd, F_GETFD) & FD_CLOEXEC);
	CHECK_INT(tsr_memfd_read(&msg, b.kept_fd, 100), 0);
	CHECK_INT(msg->len, strlen(text));
	CHECK_MEM(msg->data, text, msg->len);
	CHECK(write(b.kept_fd, "x", 1) < 0); /* sealed */
	tsr_msg_unref(&msg);
	tear_down();
}

/* Descriptors that nobody takes must not pile up. */
static void closes_what_nobody_takes(void)
{
	int fd, first, last;

	CHECK(set_up());
	CHECK_INT(tsr_memfd_create(&fd, tsr_slice_str("x")), 0);
	first = dup(fd);
	close(first);
	for (int i = 0; i < 50; i++) {
		int fds[TSR_IPC_FDS];

		for (size_t j = 0; j < TSR_IPC_FDS; j++)
			fds[j] = fd;
		CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("x", 1), fds, TSR_IPC_FDS), 0);
		turn(2);
	}
	CHECK_INT(b.n_fds, 50 * TSR_IPC_FDS);
	last = dup(fd);
	close(last);
	close(fd);
	CHECK_INT(last, first);
	tear_down();
}

/* Who has no room for a descriptor hears the words all the same, and goes on. */
static void goes_on_without_room_for_a_descriptor(void)
{
	struct rlimit before, now;
	int fd;

	CHECK(set_up());
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("none", 4), &fd, 1), 0);
	now = before;
	now.rlim_cur = (rlim_t)fd + 1; /* all below are taken */
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &now), 0);
	turn(2);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_INT(b.n_packets, 1);
	CHECK_INT(b.n_fds, 0);
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("some", 4), &fd, 1), 0);
	turn(2);
	CHECK_INT(b.n_packets, 2);
	CHECK_INT(b.n_fds, 1);
	CHECK(!b.is_closed);
	close(fd);
	tear_down();
}

static void queues_up_to_its_bound(void)
{
	uint32_t n_sent = 0;
	int r = 0;

	CHECK(set_up());
	tsr_ipc_set_reading(b.ipc, false);
	for (; n_sent < 100000; n_sent++) {
		memcpy(big, &n_sent, 4);
		r = tsr_ipc_send(a.ipc, tsr_slice(big, TSR_IPC_PACKET_LEN), NULL, 0);
		if (r != 0)
			break;
	}
	CHECK_INT(r, TSR_ERR_FULL);
	CHECK(tsr_ipc_queued(a.ipc) <= TSR_IPC_QUEUE_LEN);
	CHECK(n_sent >= TSR_IPC_QUEUE_LEN / TSR_IPC_PACKET_LEN);
	tsr_ipc_set_reading(b.ipc, true);
	turn(1000);
	CHECK_INT(b.n_packets, n_sent);
	CHECK_INT(b.last, n_sent - 1);
	CHECK_INT(tsr_ipc_queued(a.ipc), 0);
	tear_down();
}

static void reads_the_last_words_of_a_dead_peer(void)
{
	CHECK(set_up());
	CHECK_INT(tsr_ipc_send(a.ipc, tsr_slice("end", 3), NULL, 0), 0);
	tsr_ipc_close(&a.ipc);
	turn(3);
	CHECK_INT(b.n_packets, 1);
	CHECK(b.is_closed);
	CHECK_INT(b.err, TSR_ERR_CLOSED);
	tear_down();
}

static void refuses_a_packet_that_is_too_long(void)
{
	int fds[2];

	a = b = (struct end){ .kept_fd = -1 };
	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_ipc_pair(fds), 0);
	CHECK_INT(tsr_ipc_open(&b.ipc, loop, fds[1], &events, &b), 0);
	CHECK_INT(send(fds[0], big, sizeof(big), 0), (long)sizeof(big));
	turn(3);
	CHECK(b.is_closed);
	CHECK_INT(b.err, TSR_ERR_TOO_BIG);
	CHECK_INT(b.n_packets, 0);
	close(fds[0]);
	tear_down();
}

static void makes_private_sockets(void)
{
	char dir[] = "/tmp/tsr-ipc-XXXXXX", path[64];
	int listener, client, server;
	unsigned uid;
	struct stat st;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/s", dir);
	CHECK_INT(tsr_unix_connect(&client, path, true), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_unix_listen(&listener, path, true), 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(tsr_unix_accept(&server, &uid, listener), TSR_ERR_AGAIN);
	CHECK_INT(tsr_unix_connect(&client, path, true), 0);
	CHECK_INT(tsr_unix_accept(&server, &uid, listener), 0);
	CHECK_INT(uid, getuid());
	close(client);
	close(server);
	close(listener);
	CHECK_INT(tsr_unix_connect(&client, path, true), TSR_ERR_UNKNOWN);
	unlink(path);
	rmdir(dir);
}

TEST_MAIN(TEST(passes_packets_whole), TEST(passes_descriptors), TEST(closes_what_nobody_takes),
	TEST(goes_on_without_room_for_a_descriptor), TEST(queues_up_to_its_bound),
	TEST(reads_the_last_words_of_a_dead_peer), TEST(refuses_a_packet_that_is_too_long),
	TEST(makes_private_sockets))
