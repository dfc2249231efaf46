/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_CHILD_H
#define TSR_SERVER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "sys/ipc.h"
#include "sys/loop.h"

/*
 * child: what the supervisor hands to a process that it starts, and the child's end of the
 * conversation with it (ToChild, FromChild of ipc.proto).
 *
 * Every descriptor is open from the start and stays open; -1 means that this role has none.
 */
#define TSR_CHILD_LISTENERS 256
#define TSR_CHILD_PORTS 3
#define TSR_CHILD_DATABASE "tessera.db" /* in the state directory */
#define TSR_CHILD_PATH_LEN 256
#define TSR_CHILD_ADDRESSES 16
#define TSR_CHILD_ADDRESS_LEN 46 /* a numeric IPv6 address and its end */

struct tsr_child_listener {
	int fd;          /* listening, non-blocking */
	uint16_t port;   /* the real number, also when 0 was asked for */
	uint16_t thread; /* 0 .. n_threads-1: which thread of the role serves it */
};
struct tsr_child {
	const char *role;    /* "edge", "control" or "media" */
	int supervisor_fd;   /* SEQPACKET: ToChild down, FromChild up; see tsr_child_link_open() */
	int peer_fd;         /* SEQPACKET edge <-> control: ToControl up, ToEdge down */
	int media_fd;        /* SEQPACKET edge <-> media: ToMedia down, FromMedia up */
	int admin_fd;        /* control: listening SEQPACKET Unix socket of AdminRequest */
	int metrics_fd;      /* control: listening stream Unix socket, HTTP */
	int metrics_tcp_fd;  /* control: listening TCP for --metrics, or -1 */
	unsigned n_threads;  /* edge, media: how many */
	unsigned screen_mib; /* edge: memory for the frames of screens */
	size_t n_listeners;  /* edge */
	struct tsr_child_listener listeners[TSR_CHILD_LISTENERS];
	size_t n_udp; /* media */
	struct tsr_child_listener udp[TSR_CHILD_LISTENERS];
	size_t n_addresses; /* edge, media: where clients reach this machine */
	char addresses[TSR_CHILD_ADDRESSES][TSR_CHILD_ADDRESS_LEN];
	size_t n_ports;                     /* every role */
	uint16_t ports[TSR_CHILD_PORTS];    /* first is the one in links */
	char state_dir[TSR_CHILD_PATH_LEN]; /* control only; empty for the others */
	char base_url[TSR_CHILD_PATH_LEN];  /* "https://host:8443", no slash at the end */
	bool given_certificate;             /* by --cert: then HSTS is right */
};

/* The entries of the roles: apply the sandbox, run until Stop, return the exit status. */
int tsr_edge_main(const struct tsr_child *child);
int tsr_control_main(const struct tsr_child *child);
int tsr_media_main(const struct tsr_child *child);

/* ---- the link to the supervisor ---- */

/* Any of them may be NULL. */
struct tsr_child_events {
	void (*on_stop)(
		void *user, tsr_time grace); /* end within grace; also when the supervisor died */
	void (*on_certificate)(void *user, struct tsr_slice chain_pem, struct tsr_slice key_pem);
	/* edge: comes once before anything else and again at each reload; borrows */
	void (*on_peer)(void *user,
		int fd); /* takes fd: the peer was restarted, this is the new link;
			  * the old one closes by itself at about the same time, before or after */
	void (*on_media)(void *user, int fd); /* the same of the link between edge and media */
	void (*on_reload)(void *user);
	void (*on_stats)(void *user, const char *role, struct tsr_slice prometheus);
	/* control: another process's metrics text, a few seconds old at most; borrows */
};
struct tsr_child_link;

/* Opens child->supervisor_fd on the loop. Sends this process's metrics every 2 s by itself. */
TSR_CHECKED int tsr_child_link_open(struct tsr_child_link **out, struct tsr_loop *loop,
	const struct tsr_child *child, const struct tsr_child_events *events, void *user);
void tsr_child_link_close(struct tsr_child_link **link);

/* Tells the supervisor that this process serves (edge: accepts connections). Once. */
void tsr_child_link_ready(struct tsr_child_link *link);

#endif
