/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/udp.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/tcp_socket.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define BUFFER_LEN (2 << 20) /* of each socket, as far as the kernel gives it */

struct control {
	alignas(struct cmsghdr) uint8_t
		bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

struct tsr_udp_batch {
	struct mmsghdr heads[TSR_UDP_BATCH];
	struct iovec parts[TSR_UDP_BATCH];
	struct sockaddr_in6 from[TSR_UDP_BATCH]; /* or a sockaddr_in */
	struct control controls[TSR_UDP_BATCH];
	uint8_t data[TSR_UDP_BATCH][TSR_UDP_LEN];
};

/* ---- sockets -------------------------------------------------------------------------- */

int tsr_udp_probe(const struct tsr_addr *addr)
{
	int fd, r = tsr_socket_bind(&fd, addr, SOCK_DGRAM, false);

	tsr_fd_close(&fd);
	return r;
}

int tsr_udp_bind(int *fd, const struct tsr_addr *addr)
{
	const int on = 1, len = BUFFER_LEN;
	bool is_v6 = addr->ss.ss_family == AF_INET6;
	int r = tsr_socket_bind(fd, addr, SOCK_DGRAM, true);

	if (r != 0)
		return r;
	setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &len, sizeof(len));
	setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &len, sizeof(len));
	if (setsockopt(*fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    is_v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof(on)) == 0)
		return 0;
	tsr_fd_close(fd);
	return TSR_ERR_IO;
}

int tsr_udp_family(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 ? ss.ss_family : AF_UNSPEC;
}

/* ---- in ------------------------------------------------------------------------------- */

struct tsr_udp_batch *tsr_udp_batch_create(void)
{
	struct tsr_udp_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	for (size_t i = 0; i < TSR_UDP_BATCH; i++) {
		batch->parts[i] = (struct iovec){ batch->data[i], TSR_UDP_LEN };
		batch->heads[i].msg_hdr = (struct msghdr){ .msg_name = &batch->from[i],
			.msg_iov = &batch->parts[i],
			.msg_iovlen = 1,
			.msg_control = &batch->controls[i] };
	}
	return batch;
}

void tsr_udp_batch_destroy(struct tsr_udp_batch *batch)
{
	free(batch);
}

static void read_from(struct tsr_udp_in *in, const struct sockaddr_in6 *name)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;

	in->from.is_v6 = name->sin6_family == AF_INET6;
	if (in->from.is_v6) {
		memcpy(in->from.bytes, &name->sin6_addr, 16);
		in->from_port = ntohs(name->sin6_port);
	} else {
		memset(in->from.bytes, 0, sizeof(in->from.bytes));
		memcpy(in->from.bytes, &v4->sin_addr, 4);
		in->from_port = ntohs(v4->sin_port);
	}
}

static void read_to(struct tsr_udp_in *in, struct msghdr *head)
{
	memset(&in->to, 0, sizeof(in->to));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		struct in6_pktinfo six;
		struct in_pktinfo four;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&four, CMSG_DATA(c), sizeof(four));
			memcpy(in->to.bytes, &four.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&six, CMSG_DATA(c), sizeof(six));
			in->to.is_v6 = true;
			memcpy(in->to.bytes, &six.ipi6_addr, 16);
		}
	}
}

size_t tsr_udp_receive(
	struct tsr_udp_batch *batch, int fd, struct tsr_udp_in v[static TSR_UDP_BATCH])
{
	int n;

	for (size_t i = 0; i < TSR_UDP_BATCH; i++) {
		batch->heads[i].msg_hdr.msg_namelen = sizeof(batch->from[i]);
		batch->heads[i].msg_hdr.msg_controllen = sizeof(batch->controls[i].bytes);
	}
	do
		n = recvmmsg(fd, batch->heads, TSR_UDP_BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < n; i++) {
		struct msghdr *head = &batch->heads[i].msg_hdr;

		v[i].data = batch->data[i];
		v[i].len = head->msg_flags & MSG_TRUNC ? 0 : batch->heads[i].msg_len;
		read_from(&v[i], &batch->from[i]);
		read_to(&v[i], head);
	}
	return n > 0 ? (size_t)n : 0;
}

/* ---- out ------------------------------------------------------------------------------ */

/* A message as the kernel wants it. */
struct outgoing {
	struct sockaddr_in6 to; /* or a sockaddr_in */
	struct iovec bytes;
	struct control control;
};

static void set_to(struct msghdr *head, struct outgoing *o, const struct tsr_udp_out *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&o->to;

	head->msg_name = &o->to;
	if (out->to.is_v6) {
		o->to = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons(out->to_port) };
		memcpy(&o->to.sin6_addr, out->to.bytes, 16);
		head->msg_namelen = sizeof(o->to);
	} else {
		*v4 = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons(out->to_port) };
		memcpy(&v4->sin_addr, out->to.bytes, 4);
		head->msg_namelen = sizeof(*v4);
	}
}

static struct cmsghdr *add_control(
	struct msghdr *head, struct cmsghdr *c, int level, int type, const void *data, size_t len)
{
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	head->msg_controllen += CMSG_SPACE(len);
	return (struct cmsghdr *)(void *)((uint8_t *)c + CMSG_SPACE(len));
}

static void set_control(struct msghdr *head, struct outgoing *o, const struct tsr_udp_out *out)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)o->control.bytes;
	struct in6_pktinfo six = { .ipi6_ifindex = 0 };
	struct in_pktinfo four = { .ipi_ifindex = 0 };

	memset(&o->control, 0, sizeof(o->control));
	head->msg_control = &o->control;
	head->msg_controllen = 0;
	if (out->from.is_v6) {
		memcpy(&six.ipi6_addr, out->from.bytes, 16);
		c = add_control(head, c, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof(six));
	} else {
		memcpy(&four.ipi_spec_dst, out->from.bytes, 4);
		c = add_control(head, c, IPPROTO_IP, IP_PKTINFO, &four, sizeof(four));
	}
	if (out->len > out->segment)
		add_control(head, c, IPPROTO_UDP, UDP_SEGMENT, &out->segment, sizeof(uint16_t));
}

static void fill(struct msghdr *head, struct outgoing *o, const struct tsr_udp_out *out)
{
	o->bytes = (struct iovec){ (void *)(uintptr_t)out->data, out->len };
	*head = (struct msghdr){ .msg_iov = &o->bytes, .msg_iovlen = 1 };
	set_to(head, o, out);
	set_control(head, o, out);
}

static size_t count_datagrams(const struct tsr_udp_out *out)
{
	return (out->len + out->segment - 1) / out->segment;
}

/* The kernel would not split this one (too long for the path, or no offload there). */
static void send_one_by_one(int fd, const struct tsr_udp_out *out, struct tsr_udp_sent *sent)
{
	struct tsr_udp_out one = *out;

	for (size_t at = 0; at < out->len; at += out->segment) {
		struct outgoing o;
		struct msghdr head;

		one.data = out->data + at;
		one.len = out->len - at < out->segment ? out->len - at : out->segment;
		fill(&head, &o, &one);
		if (sendmsg(fd, &head, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			sent->lost++;
		else
			sent->messages++;
	}
}

struct tsr_udp_sent tsr_udp_send(int fd, const struct tsr_udp_out *v, size_t n)
{
	struct outgoing outgoing[TSR_UDP_BATCH];
	struct mmsghdr heads[TSR_UDP_BATCH];
	struct tsr_udp_sent sent = { 0 };
	size_t done = 0;

	if (n > TSR_UDP_BATCH)
		n = TSR_UDP_BATCH;
	for (size_t i = 0; i < n; i++)
		fill(&heads[i].msg_hdr, &outgoing[i], &v[i]);
	while (done < n) {
		int taken = sendmmsg(
			fd, heads + done, (unsigned)(n - done), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (taken > 0) {
			done += (size_t)taken;
			sent.messages += (size_t)taken;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (v[done].len > v[done].segment && errno != EAGAIN)
			send_one_by_one(fd, &v[done], &sent);
		else
			sent.lost += count_datagrams(&v[done]);
		done++; /* whatever it was, the next one may be another's */
	}
	return sent;
}

/* ---- interfaces ----------------------------------------------------------------------- */

static bool is_wanted(const struct ifaddrs *one, bool with_loopback)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)one->ifa_addr;

	if (!one->ifa_addr || !(one->ifa_flags & IFF_UP))
		return false;
	if (one->ifa_flags & IFF_LOOPBACK && !with_loopback)
		return false;
	if (one->ifa_addr->sa_family == AF_INET6)
		return !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
	return one->ifa_addr->sa_family == AF_INET;
}

size_t tsr_interfaces_list(struct tsr_addr *v, size_t cap, bool with_loopback)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *one = all; one && n < cap; one = one->ifa_next) {
		if (!is_wanted(one, with_loopback))
			continue;
		memset(&v[n], 0, sizeof(v[n]));
		v[n].len = one->ifa_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								: sizeof(struct sockaddr_in);
		memcpy(&v[n].ss, one->ifa_addr, v[n].len);
		n++;
	}
	freeifaddrs(all);
	return n;
}
