/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_HOST_H
#define TSR_EDGE_HOST_H

#include "core/crypto/secret.h"
#include "core/session/session.h"
#include "ipc.pb-c.h"
#include "media.pb-c.h"
#include "server/edge/chatlog.h"
#include "server/edge/fanout.h"
#include "server/edge/mail.h"
#include "server/edge/member_media.h"
#include "server/edge/sendq.h"
#include "server/edge/worker.h"

/*
 * host: one session at its owner, the one thread that may change it. It feeds the engine
 * (core/session) with what connections send from all threads, and carries its events out.
 *
 *	host.c           life: open, idle, end; time
 *	host_enter.c     connections come and go
 *	host_actions.c   what members ask for
 *	host_events.c    what the engine says
 *	host_screens.c   shared screens: frames, credit, needs
 *	host_stats.c     how they get on, and the connections of members
 *	host_media.c     audio and video: transports, tracks, consumers
 *	host_quality.c   how these get on
 *	host_post.c      mail from other threads, and to them
 *
 * The seed of the epoch lies in a tsr_secret and goes out in messages of their own, wiped when
 *sent.
 */
#define TSR_HOST_IDLE_TIME (60 * TSR_SECOND)
#define TSR_HOST_BUCKETS 64
#define TSR_NUMBER_SIZE 16
#define TSR_TITLE_SIZE 513

struct tsr_client;

/* A member's connections. */
struct tsr_member_link {
	struct tsr_member_link *next; /* in its bucket */
	struct tsr_member_id member;
	uint64_t conn; /* control; 0: none */
	uint64_t bulk; /* 0: none */
	bool is_admitted;
	bool needs_full; /* a State of his own at the end of this round */
	bool wants_replay;
	bool knows_title;               /* came by link or password */
	uint32_t first_epoch;           /* the oldest that this connection has the seed of */
	uint32_t rtt_ms;                /* of the control connection; 0: not measured */
	struct tsr_member_media *media; /* NULL: no transports */
	struct tsr_bucket media_joins, media_wants;
	uint8_t ticket[TSR_BULK_TICKET_LEN];
};

/* An open screen stream, as the owner keeps it. */
struct tsr_host_screen {
	struct tsr_list link; /* in host->screens */
	uint32_t stream;
	struct tsr_member_id from;
	enum tsr_pause paused;
	uint32_t width, height;
	uint64_t needed;   /* cells that replicas asked for and that were not asked of the sender */
	tsr_time asked_at; /* last StreamNeed */
	uint64_t bytes;
	uint32_t picture;
	struct tsr_report *reports[TSR_THREADS_MAX - 1]; /* newest of each worker */
	struct tsr_share_counts counts;
	uint64_t opened_ms;
	uint64_t bytes_before; /* at the last tick, */
	uint32_t picture_before;
	tsr_time ticked_at;
	uint32_t kbit_s; /* and what came since the one before */
	uint32_t fps_x10;
};

struct tsr_host {
	struct tsr_list link; /* in worker->host_list */
	struct tsr_worker *worker;
	uint64_t id; /* in worker->hosts */
	struct tsr_session_uid uid;
	char number[TSR_NUMBER_SIZE];
	char title[TSR_TITLE_SIZE];
	uint64_t started_ms;
	struct tsr_session *session;
	struct tsr_secret *seed;
	struct tsr_member_link *members[TSR_HOST_BUCKETS];
	struct tsr_list screens; /* tsr_host_screen.link */
	struct tsr_list tracks;  /* tsr_track.link */
	uint32_t last_transport; /* number given to one; 0: there was none */
	struct tsr_chatlog chat;
	struct tsr_timer *timer;
	uint64_t entries; /* that the hub sent here: it releases the session only if none is under
			     way */
	tsr_time idle_since;             /* TSR_TIME_NEVER: somebody is connected */
	struct tsr_host_result *results; /* of the round, newest first */
	uint64_t entering;               /* the connection that came last, */
	bool entering_knows_title;       /* and whether it came by link or password */
	bool owes_full;                  /* some link needs_full */
	bool is_over;                    /* the engine said END */
	struct tsr_msg *paths;           /* the last Paths, for all who ask; NULL: none */
	tsr_time paths_at;
	struct tsr_msg *speakers; /* the last Speakers, for who comes; NULL: none */
};

/* An answer that waits for the State of its round to go first. */
struct tsr_host_result {
	struct tsr_host_result *next;
	uint64_t conn;
	struct tsr_member_id member;
	uint32_t request;
	int err;
	struct tsr_stream_id stream;
};

/* What the hub knows when it opens a session here. */
struct tsr_host_opening {
	struct tsr_session_uid uid;
	uint64_t host; /* filled in by the worker: 0 when it failed */
	unsigned owner;
	char number[TSR_NUMBER_SIZE];
	char title[TSR_TITLE_SIZE];
	uint64_t started_ms;
	uint64_t state_seq;
	uint32_t first_epoch;
	struct tsr_session_settings settings;
	struct tsr_member_record *members;
	size_t n_members;
	size_t cap;
};
void tsr_host_opening_destroy(struct tsr_host_opening *opening); /* NULL is fine */

/* ---- mail to the owner; `to` is its worker, the item is taken ---- */
void tsr_host_on_open(void *worker, void *opening, uint64_t unused);  /* from the hub */
void tsr_host_on_entry(void *worker, void *entry, uint64_t host);     /* from the hub */
void tsr_host_on_commit(void *worker, void *answer, uint64_t unused); /* struct tsr_commit_mail */
void tsr_host_on_release(void *worker, void *unused, uint64_t host);  /* the hub lets go of it */
void tsr_host_on_ended(void *worker, void *unused, uint64_t host);    /* an administrator did */
void tsr_host_on_ask(void *worker, void *ask, uint64_t host);         /* struct tsr_share_ask */

/* An administrator wants to see the shares: goes to the owner, which fills in the packet. */
struct tsr_share_ask {
	uint64_t query;
	struct tsr_msg *packet; /* NULL: out of memory */
};

/* From the hub: a FromMedia in an arena on the heap; media has died. */
void tsr_host_on_media(void *worker, void *arena, uint64_t host);
void tsr_host_on_media_lost(void *worker, void *unused, uint64_t unused2);

struct tsr_commit_mail {
	uint64_t host;
	uint64_t seq;
	enum tsr_commit_answer answer;
};

/* ---- what other parts of a worker send to an owner ---- */
void tsr_host_post_upward(
	struct tsr_worker *from, const struct tsr_client *client, struct tsr_upward *up);
void tsr_host_post_attach(struct tsr_worker *from, struct tsr_attach *attach);
void tsr_host_post_gone(struct tsr_worker *from, unsigned owner, uint64_t host,
	struct tsr_member_id member, uint64_t conn);
void tsr_host_post_need(struct tsr_worker *from, uint64_t session, uint32_t stream, uint64_t cells);
void tsr_host_post_report(struct tsr_worker *from, struct tsr_report *report);
/* The round-trip time of a control connection has changed. */
void tsr_host_post_rtt(struct tsr_worker *from, const struct tsr_client *client, uint32_t rtt_ms);

/* Sends a message (takes the reference) to one connection, on whatever worker it lives. */
void tsr_host_post_send(
	struct tsr_worker *from, uint64_t conn, struct tsr_msg *msg, unsigned flags);

/* ---- the worker's ---- */
void tsr_host_tick(struct tsr_worker *worker); /* once a second */
void tsr_host_finish(struct tsr_worker *worker);

/* ---- between the host's own files ---- */
tsr_time tsr_host_now(const struct tsr_host *host);
struct tsr_host *tsr_host_find(struct tsr_worker *worker, uint64_t id);
uint64_t tsr_host_ref(const struct tsr_host *host);
struct tsr_member_link *tsr_host_find_link(
	const struct tsr_host *host, struct tsr_member_id member);
struct tsr_member_link *tsr_host_get_link(struct tsr_host *host, struct tsr_member_id member);
/* Calls fn for each member that has a control connection and is admitted. */
void tsr_host_each_present(struct tsr_host *host,
	void (*fn)(struct tsr_host *host, struct tsr_member_link *link, void *user), void *user);
/* Frees the entry of a member who has no connection any more. */
void tsr_host_drop_link(struct tsr_host *host, struct tsr_member_link *link);

/* Drains the engine and arms the timer: after every handle_*(). May destroy the host, when the
 * session ended: the caller returns at once. */
void tsr_host_settle(struct tsr_host *host);

void tsr_host_send(struct tsr_host *host, uint64_t conn, struct tsr_msg *msg);
/* To all present members but one (0: none); organizers only when may_admit. Takes msg. */
enum tsr_host_audience { TSR_TO_ALL, TSR_TO_ORGANIZERS, TSR_TO_OTHERS };
void tsr_host_send_all(struct tsr_host *host, struct tsr_msg *msg, enum tsr_host_audience audience,
	struct tsr_member_id but);
void tsr_host_close_conn(struct tsr_host *host, uint64_t conn, enum tsr_close reason,
	const char *text, uint32_t retry_ms);
void tsr_host_close_bulk(
	struct tsr_host *host, struct tsr_member_link *link, enum tsr_close reason);
void tsr_host_send_epoch(struct tsr_host *host, struct tsr_member_link *link);
void tsr_host_new_ticket(struct tsr_host *host, struct tsr_member_link *link);

void tsr_host_handle_entry(struct tsr_host *host, const struct tsr_entry *entry);
void tsr_host_handle_attach(struct tsr_host *host, const struct tsr_attach *attach);
void tsr_host_handle_gone(struct tsr_host *host, struct tsr_member_id member, uint64_t conn);
void tsr_host_handle_upward(struct tsr_host *host, struct tsr_upward *up);

void tsr_host_handle_event(struct tsr_host *host, const struct tsr_session_event *event);
void tsr_host_end_round(struct tsr_host *host);

int tsr_host_screen_open(struct tsr_host *host, const struct tsr_stream *stream);
void tsr_host_screen_close(struct tsr_host *host, uint32_t stream, struct tsr_member_id from);
void tsr_host_screen_sync(struct tsr_host *host, const struct tsr_stream *stream);
void tsr_host_screens_epoch(struct tsr_host *host);
void tsr_host_screens_end(struct tsr_host *host);
void tsr_host_handle_screen_frame(struct tsr_host *host, const struct tsr_upward *up);
void tsr_host_handle_need(struct tsr_host *host, uint32_t stream, uint64_t cells);
struct tsr_host_screen *tsr_host_find_screen(const struct tsr_host *host, uint32_t stream);
tsr_time tsr_host_screens_next_timeout(const struct tsr_host *host);
void tsr_host_screens_timeout(struct tsr_host *host);

/* MediaJoin, TransportConnect, IceRestart, CameraHeld, ConsumerWants. Returns 0 or why not;
 * MediaJoin is answered later when 0. */
TSR_CHECKED int tsr_host_handle_media(
	struct tsr_host *host, struct tsr_member_link *link, const Tessera__V1__ToServer *message);
/* What a StreamOpen of AUDIO or VIDEO says; opened by the engine, it comes by track_sync(). */
TSR_CHECKED int tsr_host_read_track(struct tsr_rtp_sent *out, const struct tsr_member_link *link,
	const Tessera__V1__StreamOpen *open);
void tsr_host_track_sync(struct tsr_host *host, const struct tsr_stream *stream);
void tsr_host_track_close(struct tsr_host *host, uint32_t stream);
bool tsr_host_is_track(const struct tsr_host *host, uint32_t stream);
TSR_CHECKED int tsr_host_subscribe(
	struct tsr_host *host, struct tsr_member_link *link, uint32_t stream, bool on);
/* The member's control connection is gone, or the session. */
void tsr_host_media_leave(struct tsr_host *host, struct tsr_member_link *link);
void tsr_host_media_end(struct tsr_host *host);
void tsr_host_note_media(struct tsr_host *host, const Tessera__Media__Stats *stats);
void tsr_host_media_tick(struct tsr_host *host);
/* Tells media what a member wants newly, as far as it is his turn. */
void tsr_host_tell_wants(struct tsr_host *host, struct tsr_member_link *link, void *unused);
/* How it gets on with at most cap members; their names are the session's. Returns with how many
 * there are transports. */
#define TSR_HOST_MEDIA_SHOWN 128
struct tsr_media_shown {
	size_t n;
	uint32_t with_media;
	Tessera__Ipc__MediaInfo all[TSR_HOST_MEDIA_SHOWN], *list[TSR_HOST_MEDIA_SHOWN];
	uint32_t layers[TSR_HOST_MEDIA_SHOWN][TSR_RTP_ENCODINGS];
};
void tsr_host_show_media(struct tsr_host *host, struct tsr_media_shown *out);
/* Whose it is and which of his two, or NULL. */
struct tsr_member_link *tsr_host_find_transport(
	const struct tsr_host *host, uint32_t transport, int *way);

void tsr_host_note_frame(struct tsr_host_screen *screen, const struct tsr_frame *frame, size_t len);
void tsr_host_note_refresh(struct tsr_host *host, uint32_t stream, bool is_unreadable);
void tsr_host_handle_report(struct tsr_host *host, struct tsr_report *report); /* takes */
void tsr_host_screens_tick(struct tsr_host *host);
/* AskPaths: the same answer for all who ask within five seconds. */
void tsr_host_send_paths(struct tsr_host *host, uint64_t conn);
/* How the answer to a StreamOpen goes out: by way of the bulk connection, which must know first. */
void tsr_host_answer_screen(struct tsr_host *host, struct tsr_member_link *link, uint32_t stream,
	struct tsr_msg *answer);

#endif
