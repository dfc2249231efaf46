/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/list.h"
#include "sys/files.h"

#define READ_BURST 32 /* packets in one turn, then others on the loop get theirs */

struct packet {
	struct tsr_list link; /* in tsr_ipc.queue */
	size_t len;
	size_t n_fds;
	int fds[TSR_IPC_FDS];
	uint8_t data[];
};

struct tsr_ipc {
	int fd;
	struct tsr_poll *poll;
	struct tsr_timer
		*failing; /* reports a failed send from the loop, not from inside the send */
	const struct tsr_ipc_events *events;
	void *user;
	struct tsr_loop *loop;
	struct tsr_list queue; /* packet.link */
	size_t n_queued;       /* bytes */
	int err;               /* what ended it, once anything did */
	bool is_reading, is_busy, is_closed, is_reported;
	uint8_t buf[TSR_IPC_PACKET_LEN];
};

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int) * TSR_IPC_FDS)];
};

static void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tsr_fd_close(&fds[i]);
}

static void free_packet(struct tsr_ipc *ipc, struct packet *packet)
{
	tsr_list_remove(&packet->link);
	ipc->n_queued -= packet->len;
	close_fds(packet->fds, packet->n_fds);
	explicit_bzero(packet->data, packet->len); /* seeds and passwords go this way too */
	free(packet);
}

static void free_ipc(struct tsr_ipc *ipc)
{
	tsr_list_each (at, next, &ipc->queue)
		free_packet(ipc, tsr_list_entry(at, struct packet, link));
	free(ipc);
}

static void update_poll(struct tsr_ipc *ipc)
{
	unsigned events = 0;

	if (ipc->is_closed || ipc->err)
		return;
	if (ipc->is_reading)
		events |= TSR_POLL_READ;
	if (!tsr_list_is_empty(&ipc->queue))
		events |= TSR_POLL_WRITE;
	tsr_poll_set(ipc->poll, events);
}

static int send_now(int fd, struct tsr_slice bytes, const int *fds, size_t n_fds)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes.data, .iov_len = bytes.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (n_fds > 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
		return TSR_ERR_AGAIN;
	return errno == EPIPE || errno == ECONNRESET ? TSR_ERR_CLOSED : TSR_ERR_IO;
}

static int enqueue(struct tsr_ipc *ipc, struct tsr_slice bytes, const int *fds, size_t n_fds)
{
	struct packet *packet;

	if (bytes.len > TSR_IPC_QUEUE_LEN - ipc->n_queued)
		return TSR_ERR_FULL;
	packet = malloc(sizeof(*packet) + bytes.len);
	if (!packet)
		return TSR_ERR_NOMEM;
	packet->len = bytes.len;
	packet->n_fds = 0;
	memcpy(packet->data, bytes.data, bytes.len);
	for (size_t i = 0; i < n_fds; i++) {
		int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);

		if (copy < 0) {
			close_fds(packet->fds, packet->n_fds);
			free(packet);
			return TSR_ERR_IO;
		}
		packet->fds[packet->n_fds++] = copy;
	}
	tsr_list_append(&ipc->queue, &packet->link);
	ipc->n_queued += packet->len;
	return 0;
}

/* Takes the descriptors out of a received message; closes those beyond what fits. */
static size_t take_fds(struct msghdr *msg, int *fds)
{
	size_t n_fds = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
			if (n_fds < TSR_IPC_FDS)
				fds[n_fds++] = fd;
			else
				close(fd);
		}
	}
	return n_fds;
}

/* Reads one packet and hands it out. */
static int receive_one(struct tsr_ipc *ipc)
{
	union control control;
	struct iovec iov = { .iov_base = ipc->buf, .iov_len = sizeof(ipc->buf) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf) };
	int fds[TSR_IPC_FDS];
	size_t n_fds;
	ssize_t n;

	do
		n = recvmsg(ipc->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return TSR_ERR_AGAIN;
	if (n < 0)
		return errno == ECONNRESET ? TSR_ERR_CLOSED : TSR_ERR_IO;
	n_fds = take_fds(&msg, fds);
	/* MSG_CTRUNC: this process has no room for more descriptors. The words are whole. */
	if (n == 0 || (msg.msg_flags & MSG_TRUNC)) {
		close_fds(fds, n_fds);
		return n == 0 ? TSR_ERR_CLOSED : TSR_ERR_TOO_BIG;
	}
	ipc->events->on_packet(ipc->user, tsr_slice(ipc->buf, (size_t)n), fds, n_fds);
	close_fds(fds, n_fds);
	return 0;
}

static int flush(struct tsr_ipc *ipc)
{
	tsr_list_each (at, next, &ipc->queue) {
		struct packet *packet = tsr_list_entry(at, struct packet, link);
		int r = send_now(
			ipc->fd, tsr_slice(packet->data, packet->len), packet->fds, packet->n_fds);

		if (r == TSR_ERR_AGAIN)
			return 0;
		if (r != 0)
			return r;
		free_packet(ipc, packet);
	}
	return 0;
}

static void report(struct tsr_ipc *ipc)
{
	if (ipc->is_reported || ipc->is_closed)
		return;
	ipc->is_reported = true;
	tsr_poll_close(&ipc->poll);
	ipc->events->on_close(ipc->user, ipc->err);
}

static void on_ready(void *user, unsigned events)
{
	struct tsr_ipc *ipc = user;
	int r = 0;

	ipc->is_busy = true;
	if (events & TSR_POLL_WRITE)
		r = flush(ipc);
	/* After a failed send too: what the other side said before it went is still there. */
	for (int i = 0; i < READ_BURST && (events & TSR_POLL_READ); i++) {
		int r_read;

		if (ipc->is_closed || !ipc->is_reading)
			break;
		r_read = receive_one(ipc);
		if (r_read == TSR_ERR_AGAIN)
			break;
		if (r_read != 0) {
			r = r_read;
			break;
		}
	}
	if (r != 0 && !ipc->err)
		ipc->err = r;
	if (ipc->err)
		report(ipc);
	ipc->is_busy = false;
	if (ipc->is_closed)
		free_ipc(ipc);
	else
		update_poll(ipc);
}

static void on_failing(void *user)
{
	struct tsr_ipc *ipc = user;

	ipc->is_busy = true;
	report(ipc);
	ipc->is_busy = false;
	if (ipc->is_closed)
		free_ipc(ipc);
}

int tsr_ipc_open(struct tsr_ipc **out, struct tsr_loop *loop, int fd,
	const struct tsr_ipc_events *events, void *user)
{
	struct tsr_ipc *ipc = malloc(sizeof(*ipc));
	int flags = fcntl(fd, F_GETFL);
	int r;

	*out = NULL;
	if (!ipc || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		r = ipc ? TSR_ERR_IO : TSR_ERR_NOMEM;
		free(ipc);
		tsr_fd_close(&fd);
		return r;
	}
	memset(ipc, 0, offsetof(struct tsr_ipc, buf));
	ipc->fd = fd;
	ipc->loop = loop;
	ipc->events = events;
	ipc->user = user;
	ipc->is_reading = true;
	tsr_list_init(&ipc->queue);
	if ((r = tsr_poll_open(&ipc->poll, loop, fd, on_ready, ipc)) != 0 ||
		(r = tsr_timer_open(&ipc->failing, loop, on_failing, ipc)) != 0) {
		tsr_ipc_close(&ipc);
		return r;
	}
	update_poll(ipc);
	*out = ipc;
	return 0;
}

void tsr_ipc_close(struct tsr_ipc **ipc_)
{
	struct tsr_ipc *ipc = *ipc_;

	*ipc_ = NULL;
	if (!ipc)
		return;
	tsr_poll_close(&ipc->poll);
	tsr_timer_close(&ipc->failing);
	tsr_fd_close(&ipc->fd);
	ipc->is_closed = true;
	if (!ipc->is_busy)
		free_ipc(ipc);
}

int tsr_ipc_send(struct tsr_ipc *ipc, struct tsr_slice packet, const int *fds, size_t n_fds)
{
	int r;

	if (packet.len == 0 || packet.len > TSR_IPC_PACKET_LEN || n_fds > TSR_IPC_FDS)
		return TSR_ERR_TOO_BIG; /* an empty one would read as the end */
	if (ipc->err)
		return TSR_ERR_CLOSED;
	r = tsr_list_is_empty(&ipc->queue) ? send_now(ipc->fd, packet, fds, n_fds) : TSR_ERR_AGAIN;
	if (r == TSR_ERR_AGAIN) {
		r = enqueue(ipc, packet, fds, n_fds);
		update_poll(ipc);
	} else if (r == TSR_ERR_IO) {
		ipc->err = r;
		tsr_timer_set(ipc->failing, tsr_loop_now(ipc->loop));
	}
	return r; /* CLOSED is found by reading, after what is still to be read */
}

void tsr_ipc_set_reading(struct tsr_ipc *ipc, bool on)
{
	ipc->is_reading = on;
	update_poll(ipc);
}

size_t tsr_ipc_queued(const struct tsr_ipc *ipc)
{
	return ipc->n_queued;
}
