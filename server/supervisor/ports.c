/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/ports.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/tcp.h"
#include "sys/udp.h"

#define TRIES 16 /* of finding a number that is free in both families */

static const uint16_t privileged_ports[] = { 443, 8200, 80 };
static const uint16_t other_ports[] = { 8443, 8200, 8080 };

/* The addresses to listen on. */
struct addresses {
	struct tsr_addr v[2];
	size_t n;
};

static int find_addresses(struct addresses *out, const char *listen)
{
	struct tsr_addr v6;

	out->n = 1;
	if (listen) {
		if (tsr_addr_parse(&out->v[0], listen, 0) == 0)
			return 0;
		tsr_say("--listen %s: give an IPv4 or IPv6 address of this machine", listen);
		return TSR_ERR_CONFIG;
	}
	if (tsr_addr_parse(&out->v[0], "0.0.0.0", 0) != 0 || tsr_addr_parse(&v6, "::", 0) != 0)
		return TSR_ERR_CONFIG;
	if (tsr_tcp_probe(&v6) == 0)
		out->v[out->n++] = v6;
	return 0;
}

static void say_bind_error(int err, uint16_t port, const struct tsr_options *options)
{
	switch (err) {
	case TSR_ERR_BUSY:
		tsr_say("port %u is in use by another program; stop that one, or choose others "
			"with "
			"--ports A,B,C (0 takes any free one)",
			port);
		break;
	case TSR_ERR_DENIED:
		tsr_say("port %u needs privileges; run as root, or use --ports 8443,8200,8080",
			port);
		break;
	case TSR_ERR_UNKNOWN:
		tsr_say("--listen %s: this machine has no such address",
			options->listen ? options->listen : "");
		break;
	default:
		tsr_say("cannot listen on port %u: %s", port, strerror(errno));
	}
}

static void close_listeners(struct tsr_child *child, size_t n_tcp, size_t n_udp)
{
	while (child->n_listeners > n_tcp)
		tsr_fd_close(&child->listeners[--child->n_listeners].fd);
	while (child->n_udp > n_udp)
		tsr_fd_close(&child->udp[--child->n_udp].fd);
}

/* One listener per thread on one address. *port 0: takes what the first one got. */
static int open_set(struct tsr_child *child, struct tsr_addr addr, uint16_t *port)
{
	int r;

	tsr_addr_set_port(&addr, *port);
	if (*port != 0 && (r = tsr_tcp_probe(&addr)) != 0)
		return r;
	for (unsigned thread = 0; thread < child->n_threads; thread++) {
		struct tsr_child_listener *l = &child->listeners[child->n_listeners];

		if (child->n_listeners == TSR_CHILD_LISTENERS)
			return TSR_ERR_FULL;
		tsr_addr_set_port(&addr, *port);
		if ((r = tsr_tcp_listen(&l->fd, &addr)) != 0)
			return r;
		if (*port == 0)
			*port = tsr_tcp_local_port(l->fd);
		l->port = *port;
		l->thread = (uint16_t)thread;
		child->n_listeners++;
	}
	return 0;
}

/* The same number for datagrams: media takes them. */
static int open_udp_set(struct tsr_child *child, struct tsr_addr addr, uint16_t port)
{
	int r;

	tsr_addr_set_port(&addr, port);
	if ((r = tsr_udp_probe(&addr)) != 0)
		return r;
	for (unsigned thread = 0; thread < child->n_threads; thread++) {
		struct tsr_child_listener *l = &child->udp[child->n_udp];

		if (child->n_udp == TSR_CHILD_LISTENERS)
			return TSR_ERR_FULL;
		if ((r = tsr_udp_bind(&l->fd, &addr)) != 0)
			return r;
		l->port = port;
		l->thread = (uint16_t)thread;
		child->n_udp++;
	}
	return 0;
}

static int open_port(struct tsr_child *child, const struct addresses *addresses, uint16_t *port)
{
	size_t n_tcp = child->n_listeners, n_udp = child->n_udp;
	uint16_t wanted = *port;
	int r = 0;

	for (int i = 0; i < TRIES; i++) {
		*port = wanted;
		for (size_t a = 0; a < addresses->n && (a == 0 || r == 0); a++)
			r = open_set(child, addresses->v[a], port);
		for (size_t a = 0; a < addresses->n && r == 0; a++)
			r = open_udp_set(child, addresses->v[a], *port);
		if (r == 0)
			return 0;
		close_listeners(child, n_tcp, n_udp);
		if (wanted != 0 || r != TSR_ERR_BUSY)
			break; /* else the number was not free everywhere: another one */
	}
	return r;
}

static void choose_default_ports(
	uint16_t ports[static TSR_CHILD_PORTS], const struct addresses *addresses)
{
	struct tsr_addr addr = addresses->v[0];

	tsr_addr_set_port(&addr, privileged_ports[0]);
	memcpy(ports, tsr_tcp_probe(&addr) == TSR_ERR_DENIED ? other_ports : privileged_ports,
		sizeof(privileged_ports));
}

int tsr_ports_open(struct tsr_child *child, const struct tsr_options *options)
{
	struct addresses addresses;
	size_t n = options->n_ports;
	uint16_t ports[TSR_CHILD_PORTS];
	int r;

	if ((r = find_addresses(&addresses, options->listen)) != 0)
		return r;
	memcpy(ports, options->ports, sizeof(ports));
	if (n == 0) {
		n = TSR_CHILD_PORTS;
		choose_default_ports(ports, &addresses);
	}
	for (size_t i = 0; i < n; i++) {
		uint16_t asked = ports[i];

		if ((r = open_port(child, &addresses, &ports[i])) != 0) {
			say_bind_error(r, asked, options);
			return r;
		}
		child->ports[child->n_ports++] = ports[i];
	}
	return 0;
}

/* ---- where clients reach this machine -------------------------------------------------- */

static int add_address(struct tsr_child *child, const struct tsr_addr *addr)
{
	if (child->n_addresses == TSR_CHILD_ADDRESSES)
		return TSR_ERR_FULL;
	if (getnameinfo((const struct sockaddr *)&addr->ss, addr->len,
		    child->addresses[child->n_addresses], TSR_CHILD_ADDRESS_LEN, NULL, 0,
		    NI_NUMERICHOST) != 0)
		return TSR_ERR_FORMAT;
	child->n_addresses++;
	return 0;
}

static int take_given(struct tsr_child *child, const char *list)
{
	for (const char *at = list; *at; at += strspn(at, ",")) {
		char text[TSR_CHILD_ADDRESS_LEN + 2] = "";
		size_t len = strcspn(at, ",");
		struct tsr_addr addr;

		if (len < sizeof(text))
			memcpy(text, at, len);
		if (tsr_addr_parse(&addr, text, 0) != 0 || add_address(child, &addr) != 0) {
			tsr_say("--public-address %s: give up to %d IPv4 or IPv6 addresses, with "
				"commas between them",
				list, TSR_CHILD_ADDRESSES);
			return TSR_ERR_CONFIG;
		}
		at += len;
	}
	return 0;
}

static bool is_any(const struct tsr_addr *addr)
{
	struct tsr_addr any;

	return tsr_addr_parse(&any, addr->ss.ss_family == AF_INET6 ? "::" : "0.0.0.0",
		       tsr_addr_port(addr)) == 0 &&
	       memcmp(&any.ss, &addr->ss, addr->len) == 0;
}

int tsr_ports_find_addresses(
	struct tsr_child *child, const struct tsr_options *options, bool with_loopback)
{
	struct tsr_addr found[TSR_CHILD_ADDRESSES];
	struct addresses listening;
	size_t n;
	int r;

	if (options->public_address)
		return take_given(child, options->public_address);
	if ((r = find_addresses(&listening, options->listen)) != 0)
		return r;
	if (!is_any(&listening.v[0]))
		return add_address(child, &listening.v[0]);
	n = tsr_interfaces_list(found, TSR_CHILD_ADDRESSES, with_loopback);
	if (n == 0)
		n = tsr_interfaces_list(found, TSR_CHILD_ADDRESSES, true);
	for (size_t i = 0; i < n && r == 0; i++)
		if (found[i].ss.ss_family == AF_INET || listening.n > 1 ||
			listening.v[0].ss.ss_family == AF_INET6)
			r = add_address(child, &found[i]);
	return r;
}

int tsr_ports_open_metrics(int *fd, const char *where)
{
	const char *colon = strrchr(where, ':');
	char host[64] = "", *end = NULL;
	struct tsr_addr addr;
	unsigned long port;
	int r;

	*fd = -1;
	port = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (colon && (size_t)(colon - where) < sizeof(host))
		memcpy(host, where, (size_t)(colon - where));
	if (!colon || *end != 0 || end == colon + 1 || port > 65535 ||
		tsr_addr_parse(&addr, host, (uint16_t)port) != 0) {
		tsr_say("--metrics %s: give ADDRESS:PORT, as in 127.0.0.1:9100", where);
		return TSR_ERR_CONFIG;
	}
	if (!tsr_addr_is_loopback(&addr)) {
		tsr_say("--metrics %s: metrics go out without encryption or password, so only to "
			"this machine; give 127.0.0.1:PORT or [::1]:PORT",
			where);
		return TSR_ERR_CONFIG;
	}
	if ((port != 0 && (r = tsr_tcp_probe(&addr)) != 0) ||
		(r = tsr_tcp_listen(fd, &addr)) != 0) {
		tsr_say("--metrics %s: %s", where,
			r == TSR_ERR_BUSY ? "this port is in use by another program; choose another"
					  : "cannot listen there; choose another address or port");
		return r;
	}
	return 0;
}
