/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/leg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/conn.h"
#include "bench/sfu/raw.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#define SOCKET_BUFFER (4 << 20)
#define RUN_MAX 65536 /* bytes of datagrams that come as one */
#define ROOM (BENCH_PACKET_MAX + TSR_SRTCP_OVERHEAD)

/* One thread, one outbox for all legs: it is empty between calls. */
static struct tsr_outbox outbox;

tsr_time bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (tsr_time)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

uint64_t bench_wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct bench_leg *bench_leg_create(uint32_t id, struct tsr_dtls_identity *identity)
{
	struct bench_leg *leg = calloc(1, sizeof(*leg));
	int on = 1, size = SOCKET_BUFFER;

	if (!leg)
		bench_die("out of memory");
	leg->id = id;
	leg->feedback.ssrc = 0x10000000u + id;
	leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (leg->fd < 0)
		bench_die("no more sockets: %s (ulimit -n)", strerror(errno));
	/* A full queue here would be counted as the server's loss. */
	if (setsockopt(leg->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(leg->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(leg->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	tsr_ice_draw(&leg->local, "");
	if (tsr_transport_create(
		    &leg->transport, TSR_TRANSPORT_CLIENT, identity, &leg->local, leg) != 0)
		bench_die("no transport");
	return leg;
}

void bench_leg_destroy(struct bench_leg *leg)
{
	if (!leg)
		return;
	tsr_transport_destroy(leg->transport);
	tsr_srtp_destroy(leg->out);
	tsr_srtp_destroy(leg->in);
	for (size_t i = 0; i < BENCH_LEG_SOURCES; i++)
		bench_tally_finish(&leg->tally[i]);
	free(leg->source);
	close(leg->fd);
	free(leg);
}

/* ---- connecting -------------------------------------------------------------------------- */

static void put_ip(uint8_t ip[16], const struct sockaddr_in *addr)
{
	memset(ip, 0, 10);
	ip[10] = ip[11] = 0xff;
	memcpy(ip + 12, &addr->sin_addr, 4);
}

void bench_leg_aim(struct bench_leg *leg, const char *host, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) }, here;
	socklen_t len = sizeof(here);

	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
		connect(leg->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
		getsockname(leg->fd, (struct sockaddr *)&here, &len) != 0)
		bench_die("no way to %s port %u: %s", host, port, strerror(errno));
	leg->tuple = (struct tsr_tuple){ .local_port = ntohs(here.sin_port), .remote_port = port };
	put_ip(leg->tuple.local_ip, &here);
	put_ip(leg->tuple.remote_ip, &to);
}

int bench_leg_other_socket(const struct bench_leg *leg)
{
	struct sockaddr_in to;
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || getpeername(leg->fd, (struct sockaddr *)&to, &len) != 0 ||
		connect(fd, (struct sockaddr *)&to, len) != 0)
		bench_die("no other socket: %s", strerror(errno));
	return fd;
}

void bench_leg_close_socket(struct bench_leg *leg)
{
	close(leg->fd);
	leg->fd = -1;
}

static void read_fingerprint(uint8_t out[static TSR_DTLS_FINGERPRINT_LEN], const char *text)
{
	for (size_t i = 0; i < TSR_DTLS_FINGERPRINT_LEN; i++) {
		unsigned byte;

		if (sscanf(text, "%2x", &byte) != 1)
			bench_die("this is no SHA-256 fingerprint");
		out[i] = (uint8_t)byte;
		text += text[2] == ':' ? 3 : 2;
	}
}

/* Sends what the transport wants sent, and learns what became of it. */
static void pass_on(struct bench_leg *leg)
{
	struct tsr_transport_event event;

	for (size_t i = 0; i < outbox.n; i++) {
		struct tsr_slice bytes = tsr_outbox_slice(&outbox, i);

		bench_leg_send(leg, bytes.data, bytes.len);
	}
	outbox.n = outbox.used = 0;
	while (tsr_transport_poll_event(leg->transport, &event)) {
		if (event.kind != TSR_TRANSPORT_EVENT_STATE)
			continue;
		if (event.state == TSR_TRANSPORT_CONNECTED) {
			leg->connected_at = bench_now();
			leg->state = BENCH_LEG_CONNECTED;
		} else if (event.state == TSR_TRANSPORT_CLOSED) {
			leg->state = BENCH_LEG_ENDED;
		}
	}
}

void bench_leg_connect(struct bench_leg *leg, const struct bench_leg_peer *peer, tsr_time now)
{
	uint8_t fingerprint[TSR_DTLS_FINGERPRINT_LEN];
	struct tsr_ice_credentials remote = { 0 };

	if (strlen(peer->ufrag) > TSR_ICE_UFRAG_MAX || strlen(peer->password) > TSR_ICE_PWD_MAX)
		bench_die("credentials longer than foreseen");
	memcpy(remote.ufrag, peer->ufrag, strlen(peer->ufrag));
	memcpy(remote.pwd, peer->password, strlen(peer->password));
	read_fingerprint(fingerprint, peer->fingerprint);
	bench_leg_aim(leg, peer->host, peer->port);
	leg->began = now;
	leg->state = BENCH_LEG_CONNECTING;
	if (tsr_transport_set_peer(leg->transport, fingerprint) != 0)
		bench_die("no DTLS");
	tsr_transport_check(leg->transport, &remote, &leg->tuple, now);
	bench_leg_timeout(leg, now);
}

void bench_leg_raw(struct bench_leg *leg, uint16_t port, bool is_receiver, uint16_t index)
{
	const enum tsr_srtp_profile profile = TSR_SRTP_AEAD_AES_128_GCM;
	uint8_t hello[BENCH_RAW_HELLO_LEN] = { is_receiver ? BENCH_RAW_RECEIVER : BENCH_RAW_SENDER,
		(uint8_t)(index >> 8), (uint8_t)index };

	tsr_transport_destroy(leg->transport);
	leg->transport = NULL;
	bench_leg_aim(leg, "127.0.0.1", port);
	if (is_receiver)
		leg->in = bench_raw_srtp(true, index, profile, TSR_SRTP_RECEIVER);
	else
		leg->out = bench_raw_srtp(false, index, profile, TSR_SRTP_SENDER);
	leg->state = BENCH_LEG_CONNECTED;
	bench_leg_send(leg, hello, sizeof(hello));
}

void bench_leg_close(struct bench_leg *leg)
{
	if (!leg->transport || leg->state == BENCH_LEG_NEW)
		return;
	tsr_transport_close(leg->transport, &outbox);
	pass_on(leg);
}

void bench_leg_timeout(struct bench_leg *leg, tsr_time now)
{
	if (!leg->transport || leg->state == BENCH_LEG_NEW)
		return;
	tsr_transport_handle_timeout(leg->transport, now, &outbox);
	pass_on(leg);
}

tsr_time bench_leg_next_timeout(const struct bench_leg *leg, tsr_time now)
{
	if (!leg->transport || leg->state == BENCH_LEG_NEW)
		return TSR_TIME_NEVER;
	return tsr_transport_next_timeout(leg->transport, now);
}

/* ---- receiving --------------------------------------------------------------------------- */

static void take_raw(struct bench_leg *leg, uint8_t *data, size_t len,
	const struct bench_leg_handler *handler, uint64_t rx_ns)
{
	if (!leg->in || tsr_srtp_unprotect(leg->in, data, &len) != 0)
		leg->n_bad++;
	else
		handler->rtp(leg, tsr_slice(data, len), rx_ns);
}

static void take(struct bench_leg *leg, uint8_t *data, size_t len,
	const struct bench_leg_handler *handler, uint64_t rx_ns)
{
	enum tsr_packet_kind kind = tsr_packet_kind(tsr_slice(data, len));
	struct tsr_transport_packet packet;
	int r;

	if (!leg->transport) {
		take_raw(leg, data, len, handler, rx_ns);
		return;
	}
	r = tsr_transport_handle_datagram(
		leg->transport, &packet, data, len, &leg->tuple, bench_now(), &outbox);
	if (r != 0) /* what else than media cannot be read, a keepalive say, harms nobody */
		leg->n_bad += kind == TSR_PACKET_RTP || kind == TSR_PACKET_RTCP;
	else if (packet.kind == TSR_PACKET_RTP)
		handler->rtp(leg, tsr_slice(packet.data, packet.len), rx_ns);
	else if (packet.kind == TSR_PACKET_RTCP)
		handler->rtcp(leg, tsr_slice(packet.data, packet.len));
	else
		pass_on(leg);
}

/* What came in one message: datagrams of segment bytes, the last may be shorter. */
struct run_in {
	uint64_t rx_ns; /* when the kernel took it in: what waits in our queue is not the server's
			   delay */
	size_t segment;
};

static struct run_in describe(struct msghdr *msg, size_t len)
{
	struct run_in in = { .rx_ns = 0, .segment = len };
	struct timespec t;
	int segment;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			in.rx_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
		} else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
			memcpy(&segment, CMSG_DATA(c), sizeof(segment));
			in.segment = segment > 0 ? (size_t)segment : len;
		}
	}
	if (in.rx_ns == 0)
		in.rx_ns = bench_wall_ns();
	return in;
}

static void take_run(struct bench_leg *leg, uint8_t *data, size_t len, struct msghdr *msg,
	const struct bench_leg_handler *handler)
{
	struct run_in in = describe(msg, len);

	for (size_t at = 0; at < len; at += in.segment)
		take(leg, data + at, len - at < in.segment ? len - at : in.segment, handler,
			in.rx_ns);
}

void bench_leg_set_gro(struct bench_leg *leg, bool is_on)
{
	int on = is_on;

	if (leg->fd >= 0 && setsockopt(leg->fd, SOL_UDP, UDP_GRO, &on, sizeof(on)) != 0)
		bench_die("this kernel has no UDP_GRO: %s", strerror(errno));
}

void bench_leg_handle(struct bench_leg *leg, const struct bench_leg_handler *handler)
{
	static uint8_t bytes[BENCH_BATCH][RUN_MAX];
	static char control[BENCH_BATCH]
			   [CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int))];
	struct mmsghdr messages[BENCH_BATCH];
	struct iovec parts[BENCH_BATCH];
	int n;

	do {
		for (size_t i = 0; i < BENCH_BATCH; i++) {
			parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
			messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i]) };
		}
		n = recvmmsg(leg->fd, messages, BENCH_BATCH, 0, NULL);
		for (int i = 0; i < n; i++)
			take_run(leg, bytes[i], messages[i].msg_len, &messages[i].msg_hdr, handler);
	} while (n == BENCH_BATCH);
}

/* ---- sending ----------------------------------------------------------------------------- */

void bench_leg_send(struct bench_leg *leg, const void *bytes, size_t len)
{
	/* A refused datagram (ICMP: the server is gone) is as good as a lost one. */
	if (send(leg->fd, bytes, len, 0) < 0 && errno != ECONNREFUSED && errno != EAGAIN)
		bench_die("send: %s", strerror(errno));
}

size_t bench_leg_protect(struct bench_leg *leg, uint8_t *packet, size_t len)
{
	struct tsr_transport_job job = {
		.transport = leg->transport, .data = packet, .head_len = len
	};
	size_t sealed;

	if (leg->out && tsr_srtp_protect(leg->out, packet, &sealed, len, tsr_slice(NULL, 0)) == 0)
		return sealed;
	return leg->transport && tsr_transport_protect(&job, 1) == 1 ? job.len : 0;
}

void bench_leg_send_frame(struct bench_leg *leg, uint32_t interval_us)
{
	static uint8_t bytes[BENCH_BATCH][ROOM];
	struct mmsghdr messages[BENCH_BATCH] = { 0 };
	struct iovec parts[BENCH_BATCH];
	struct bench_source *source = leg->source;
	unsigned n = source->n_packets;

	bench_source_next_frame(source, interval_us);
	for (uint16_t i = 0; i < n; i++) {
		size_t len =
			bench_source_write(source, bytes[i], i, leg->twcc_seq++, bench_wall_ns());

		len = bench_leg_protect(leg, bytes[i], len);
		if (len == 0)
			bench_die("leg %u cannot send: it is not connected", leg->id);
		parts[i] = (struct iovec){ bytes[i], len };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
	}
	for (unsigned done = 0; done < n;) {
		int sent = sendmmsg(leg->fd, messages + done, n - done, 0);

		if (sent < 0 && errno != ECONNREFUSED && errno != EAGAIN)
			bench_die("sendmmsg: %s", strerror(errno));
		done += sent > 0 ? (unsigned)sent : 1;
	}
}

void bench_leg_send_rtcp(struct bench_leg *leg, const uint8_t *packet, size_t len)
{
	uint8_t sealed[ROOM];

	if (!leg->transport || len > BENCH_RTCP_MAX)
		return;
	memcpy(sealed, packet, len);
	if (tsr_transport_protect_rtcp(leg->transport, sealed, &len) == 0)
		bench_leg_send(leg, sealed, len);
}
