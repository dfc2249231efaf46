/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare: the loop that any SFU contains, and nothing else: recvmmsg, unprotect, protect for every
 *receiver, send. No ICE, no DTLS, no RTCP, no policy, one thread. What it costs is the limit that
 *an SFU is held against.
 *
 *	bench-sfu-bare gso|single      prints its port; ends with stdin
 *
 * gso sends what came together to one receiver as one UDP_SEGMENT message, single one datagram a
 *packet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/conn.h"
#include "bench/sfu/raw.h"
#include "bench/sfu/source.h"
#include "core/media/srtp_gcm.h"

#define PROFILE TSR_SRTP_AEAD_AES_128_GCM
#define BATCH 64
#define ROOM 1536
#define SENDERS_MAX 16
#define RECEIVERS_MAX 1024
#define SEGMENTS_BYTES 65000 /* of one UDP_SEGMENT message */
#define RTP 0x80             /* first byte, RFC 7983 */

struct peer {
	struct sockaddr_in addr;
	struct tsr_srtp *srtp;
};

static struct {
	int fd;
	bool has_gso;
	struct peer senders[SENDERS_MAX], receivers[RECEIVERS_MAX];
	size_t n_senders, n_receivers;
	uint8_t in[BATCH][ROOM];
	struct tsr_slice plain[BATCH];
	size_t payload_at[BATCH];
	size_t n_plain;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	uint8_t control[BATCH][CMSG_SPACE(sizeof(uint16_t))];
	uint8_t out[BATCH][ROOM]; /* one receiver's */
} bare;

static void greet(const uint8_t *hello, const struct sockaddr_in *from)
{
	bool is_receiver = hello[0] == BENCH_RAW_RECEIVER;
	uint16_t index = (uint16_t)(hello[1] << 8 | hello[2]);
	struct peer *peer;

	if (is_receiver ? bare.n_receivers == RECEIVERS_MAX : bare.n_senders == SENDERS_MAX)
		bench_die("too many");
	peer = is_receiver ? &bare.receivers[bare.n_receivers++] : &bare.senders[bare.n_senders++];
	peer->addr = *from;
	peer->srtp = bench_raw_srtp(
		is_receiver, index, PROFILE, is_receiver ? TSR_SRTP_SENDER : TSR_SRTP_RECEIVER);
}

static void take(uint8_t *bytes, size_t len, const struct sockaddr_in *from)
{
	struct bench_rtp rtp;

	if (len == BENCH_RAW_HELLO_LEN && bytes[0] < RTP) {
		greet(bytes, from);
		return;
	}
	for (size_t i = 0; i < bare.n_senders; i++) {
		const struct sockaddr_in *addr = &bare.senders[i].addr;

		if (addr->sin_port != from->sin_port ||
			addr->sin_addr.s_addr != from->sin_addr.s_addr)
			continue;
		if (tsr_srtp_unprotect(bare.senders[i].srtp, bytes, &len) == 0 &&
			bench_rtp_read(&rtp, bytes, len, 0)) {
			bare.payload_at[bare.n_plain] = rtp.payload_at;
			bare.plain[bare.n_plain++] = tsr_slice(bytes, len);
		}
		return;
	}
}

static void receive(void)
{
	struct sockaddr_in from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ bare.in[i], ROOM };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1 };
	}
	bare.n_plain = 0;
	n = recvmmsg(bare.fd, messages, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < n; i++)
		take(bare.in[i], messages[i].msg_len, &from[i]);
}

/* The header is copied; the payload, which is everybody's, is read where it is. */
static size_t protect(struct peer *receiver, uint8_t *out, size_t i)
{
	const struct tsr_slice packet = bare.plain[i];
	size_t head = bare.payload_at[i], len;

	memcpy(out, packet.data, head);
	if (tsr_srtp_protect(receiver->srtp, out, &len, head,
		    tsr_slice(packet.data + head, packet.len - head)) != 0)
		bench_die("a packet cannot be protected");
	return len;
}

static void send_all(size_t n)
{
	for (size_t done = 0; done < n;) {
		int sent = sendmmsg(bare.fd, bare.messages + done, (unsigned)(n - done), 0);

		if (sent < 0 && errno != ECONNREFUSED)
			bench_die("sendmmsg: %s", strerror(errno));
		done += sent > 0 ? (size_t)sent : 1;
	}
}

/* Message i: bytes to a receiver, in segments when there are several. */
static void prepare(
	size_t i, const struct peer *receiver, uint8_t *bytes, size_t len, size_t segment)
{
	struct msghdr *msg = &bare.messages[i].msg_hdr;
	uint16_t size = (uint16_t)segment;
	struct cmsghdr *c;

	bare.parts[i] = (struct iovec){ bytes, len };
	*msg = (struct msghdr){ .msg_name = (void *)&receiver->addr,
		.msg_namelen = sizeof(receiver->addr),
		.msg_iov = &bare.parts[i],
		.msg_iovlen = 1 };
	if (len <= segment)
		return;
	msg->msg_control = bare.control[i];
	msg->msg_controllen = sizeof(bare.control[i]);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
}

/* All packets to one receiver, those of one length together. */
static void send_segments(struct peer *receiver)
{
	uint8_t *out = bare.out[0];
	size_t len = 0, segment = 0, n = 0, from = 0;

	for (size_t i = 0; i < bare.n_plain; i++) {
		size_t sealed = protect(receiver, out + len, i);

		if (len > from && (sealed != segment || len - from + sealed > SEGMENTS_BYTES)) {
			prepare(n++, receiver, out + from, len - from, segment);
			from = len;
		}
		segment = sealed;
		len += sealed;
	}
	prepare(n++, receiver, out + from, len - from, segment);
	send_all(n);
}

/* One packet to everybody. */
static void send_single(size_t packet)
{
	size_t n = 0;

	for (size_t i = 0; i < bare.n_receivers; i++) {
		size_t len = protect(&bare.receivers[i], bare.out[n], packet);

		prepare(n, &bare.receivers[i], bare.out[n], len, len);
		if (++n == BATCH || i + 1 == bare.n_receivers) {
			send_all(n);
			n = 0;
		}
	}
}

static void forward(void)
{
	if (bare.has_gso)
		for (size_t i = 0; bare.n_plain > 0 && i < bare.n_receivers; i++)
			send_segments(&bare.receivers[i]);
	else
		for (size_t i = 0; i < bare.n_plain; i++)
			send_single(i);
}

static void *end_with_stdin(void *unused)
{
	char byte;

	(void)unused;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t len = sizeof(here);
	int size = 4 << 20;
	pthread_t thread;

	if (argc != 2)
		bench_die("usage: bench-sfu-bare gso|single");
	(void)tsr_srtp_gcm_init();
	bare.has_gso = strcmp(argv[1], "gso") == 0;
	bare.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bare.fd < 0 || bind(bare.fd, (struct sockaddr *)&here, sizeof(here)) != 0 ||
		getsockname(bare.fd, (struct sockaddr *)&here, &len) != 0 ||
		pthread_create(&thread, NULL, end_with_stdin, NULL) != 0)
		bench_die("this does not start: %s", strerror(errno));
	if (setsockopt(bare.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(bare.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	printf("%u\n", ntohs(here.sin_port));
	fflush(stdout);
	for (;;) {
		receive();
		forward();
	}
}
