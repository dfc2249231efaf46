/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_CONTROL_RIG_H
#define TSR_TEST_CONTROL_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/crypto/base64url.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/random.h"
#include "ipc.pb-c.h"
#include "proto/unpack.h"
#include "server/control/control.h"
#include "server/control/counters.h"
#include "session.pb-c.h"

/*
 * rig: a control engine with a store in memory and a clock that stands until it is
 * moved. What it sends is kept until it is asked for. Passwords are "hashed" at once and simply,
 * unless real_hashes is set. What goes wrong in the rig itself ends the test with abort().
 */
#define RIG_SENT 512
#define RIG_JOBS 8
#define RIG_PASSWORD "opensesame"

struct rig_packet {
	uint64_t at; /* tsr_time */
	size_t len;
	uint8_t *data;
};

struct rig {
	struct tsr_store *store;
	struct tsr_keys keys;
	struct tsr_control *control;
	struct tsr_now now;
	bool real_hashes;
	tsr_time hash_takes;
	size_t n_sent;
	struct rig_packet sent[RIG_SENT]; /* ToEdge */
	struct rig_packet admin;          /* the last AdminReply */
	size_t n_jobs;
	struct tsr_hash_job jobs[RIG_JOBS];
	uint64_t last_id;
};

#define RIG_MUST(claim) \
	do { \
		if (!(claim)) { \
			printf("# %s:%d: rig: not so: %s\n", __FILE__, __LINE__, #claim); \
			abort(); \
		} \
	} while (0)

static uint32_t (*rig_uniform)(uint32_t n) = tsr_random_uniform;

static inline uint32_t rig_draw(uint32_t n)
{
	return rig_uniform(n);
}

static inline uint8_t *rig_copy(struct tsr_slice bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);

	RIG_MUST(copy);
	memcpy(copy, bytes.data, bytes.len);
	return copy;
}

static inline void rig_on_send(void *user, struct tsr_slice packet)
{
	struct rig *rig = user;

	RIG_MUST(rig->n_sent < RIG_SENT);
	rig->sent[rig->n_sent++] = (struct rig_packet){
		.at = (uint64_t)rig->now.mono, .len = packet.len, .data = rig_copy(packet)
	};
}

static inline int rig_on_hash(void *user, const struct tsr_hash_job *job)
{
	struct rig *rig = user;

	if (rig->n_jobs == RIG_JOBS)
		return TSR_ERR_FULL;
	rig->jobs[rig->n_jobs++] = *job;
	return 0;
}

static inline void rig_on_admin(void *user, uint64_t client, struct tsr_slice packet)
{
	struct rig *rig = user;

	(void)client;
	free(rig->admin.data);
	rig->admin.len = packet.len;
	rig->admin.data = rig_copy(packet);
}

static const struct tsr_control_ops rig_ops = {
	.send = rig_on_send, .hash = rig_on_hash, .admin = rig_on_admin, .uniform = rig_draw
};

static inline void rig_forget_sent(struct rig *rig)
{
	for (size_t i = 0; i < rig->n_sent; i++)
		free(rig->sent[i].data);
	rig->n_sent = 0;
}

/* Makes a new engine on the rig's store, as after a restart. */
static inline void rig_start_control(struct rig *rig)
{
	struct tsr_control_config config = { .store = rig->store,
		.keys = &rig->keys,
		.ops = &rig_ops,
		.user = rig,
		.base_url = "https://meet.example",
		.started = rig->now };

	tsr_control_destroy(rig->control);
	RIG_MUST(tsr_control_create(&rig->control, &config) == 0);
	tsr_control_handle_link(rig->control, rig->now);
	rig_forget_sent(rig);
}

static inline struct rig *rig_create_at(const char *path)
{
	static const uint8_t seed[TSR_SIGN_SEED_LEN] = { 7, 7, 7 };
	struct rig *rig = calloc(1, sizeof(*rig));

	RIG_MUST(rig);
	rig->now = (struct tsr_now){ .mono = 1000 * TSR_SECOND, .wall_ms = 1800000000000ull };
	rig->hash_takes = 30 * TSR_MS;
	RIG_MUST(tsr_crypto_init() == 0);
	RIG_MUST(tsr_store_open(&rig->store, path, NULL) == 0);
	RIG_MUST(tsr_store_migrate(rig->store) == 0);
	RIG_MUST(tsr_keys_init(&rig->keys, seed) == 0);
	rig_start_control(rig);
	return rig;
}

static inline struct rig *rig_create(void)
{
	return rig_create_at(":memory:");
}

static inline void rig_destroy(struct rig *rig)
{
	rig_forget_sent(rig);
	free(rig->admin.data);
	tsr_control_destroy(rig->control);
	tsr_keys_finish(&rig->keys);
	tsr_store_close(rig->store);
	free(rig);
}

static inline void rig_advance(struct rig *rig, tsr_time by)
{
	rig->now.mono += by;
	rig->now.wall_ms += (uint64_t)(by / TSR_MS);
	tsr_control_handle_timeout(rig->control, rig->now);
}

/* Does the oldest password job; false when there is none. */
static inline bool rig_hash_one(struct rig *rig)
{
	struct tsr_hash_job job;
	char given[TSR_PASSWORD_MAX + 1] = { 0 };

	if (rig->n_jobs == 0)
		return false;
	job = rig->jobs[0];
	rig->n_jobs--;
	memmove(rig->jobs, rig->jobs + 1, rig->n_jobs * sizeof(job));
	rig->now.mono += rig->hash_takes;
	rig->now.wall_ms += (uint64_t)(rig->hash_takes / TSR_MS);
	if (rig->real_hashes) {
		tsr_hash_job_run(&job);
	} else {
		memcpy(given, job.password, job.password_len);
		if (job.make)
			snprintf(job.hash, sizeof(job.hash), "plain:%.100s", given);
		job.result = job.make || (strncmp(job.hash, "plain:", 6) == 0 &&
						 strcmp(job.hash + 6, given) == 0)
				     ? 0
				     : TSR_ERR_AUTH;
	}
	tsr_control_handle_hash(rig->control, &job, rig->now);
	return true;
}

/* Packets ------------------------------------------------------------------------------------ */

static inline int rig_to_control(struct rig *rig, const Tessera__Ipc__ToControl *message)
{
	size_t len = tessera__ipc__to_control__get_packed_size(message);
	uint8_t *packet = malloc(len + 1);
	int r;

	RIG_MUST(packet);
	tessera__ipc__to_control__pack(message, packet);
	r = tsr_control_handle_packet(rig->control, tsr_slice(packet, len), rig->now);
	free(packet);
	return r;
}

/* The first packet sent with that id and not taken yet; its arena is the caller's. */
static inline const Tessera__Ipc__ToEdge *rig_take(
	struct rig *rig, uint64_t id, struct tsr_arena *arena, uint64_t *at)
{
	for (size_t i = 0; i < rig->n_sent; i++) {
		struct rig_packet packet = rig->sent[i];
		const Tessera__Ipc__ToEdge *message;

		RIG_MUST(packet.len <= 65536);
		RIG_MUST(tsr_proto_unpack_within(&tessera__ipc__to_edge__descriptor,
				 tsr_slice(packet.data, packet.len), 65536, 1 << 20, arena) == 0);
		message = (const Tessera__Ipc__ToEdge *)(const void *)arena->message;
		if (message->id == id) {
			if (at)
				*at = packet.at;
			free(packet.data);
			rig->n_sent--;
			memmove(&rig->sent[i], &rig->sent[i + 1],
				(rig->n_sent - i) * sizeof(rig->sent[0]));
			return message;
		}
		tsr_arena_finish(arena);
	}
	return NULL;
}

/* REST --------------------------------------------------------------------------------------- */

struct rig_reply {
	uint32_t status;
	uint32_t retry_after_s;
	tsr_time took;
	char body[4096];
};

static inline uint64_t rig_api_send(struct rig *rig, const char *method, const char *path,
	const char *content_type, struct tsr_slice body, const char *source)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__ApiRequest api = TESSERA__IPC__API_REQUEST__INIT;

	message.id = ++rig->last_id;
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_API;
	message.api = &api;
	api.method = (char *)(uintptr_t)method;
	api.path = (char *)(uintptr_t)path;
	api.content_type = (char *)(uintptr_t)content_type;
	api.source = (char *)(uintptr_t)source;
	api.body.data = (uint8_t *)(uintptr_t)body.data;
	api.body.len = body.len;
	RIG_MUST(rig_to_control(rig, &message) == 0);
	return message.id;
}

/* Whether the answer to id is there. */
static inline bool rig_api_poll(struct rig *rig, uint64_t id, struct rig_reply *reply)
{
	struct tsr_arena arena = { 0 };
	uint64_t at;
	const Tessera__Ipc__ToEdge *message = rig_take(rig, id, &arena, &at);

	if (!message)
		return false;
	RIG_MUST(message->body_case == TESSERA__IPC__TO_EDGE__BODY_API);
	RIG_MUST(message->api->body.len < sizeof(reply->body));
	memset(reply, 0, sizeof(*reply));
	reply->status = message->api->status;
	reply->retry_after_s = message->api->retry_after_s;
	memcpy(reply->body, message->api->body.data, message->api->body.len);
	reply->took = (tsr_time)at;
	tsr_arena_finish(&arena);
	return true;
}

/* Asks and lets time pass until the answer is there. */
static inline struct rig_reply rig_api(struct rig *rig, const char *method, const char *path,
	const char *content_type, struct tsr_slice body, const char *source)
{
	tsr_time began = rig->now.mono;
	uint64_t id = rig_api_send(rig, method, path, content_type, body, source);
	struct rig_reply reply;

	for (int i = 0; !rig_api_poll(rig, id, &reply); i++) {
		RIG_MUST(i < 5000);
		if (!rig_hash_one(rig))
			rig_advance(rig, TSR_MS);
	}
	reply.took -= began;
	return reply;
}

static inline struct rig_reply rig_join_from(struct rig *rig, const char *source, const char *json)
{
	return rig_api(
		rig, "POST", "/api/v1/join", "application/json", tsr_slice_str(json), source);
}

static inline struct rig_reply rig_join(struct rig *rig, const char *json)
{
	return rig_join_from(rig, "192.0.2.0/24", json);
}

/* Administration ------------------------------------------------------------------------------ */

static inline void rig_admin_send(struct rig *rig, const Tessera__Ipc__AdminRequest *request)
{
	size_t len = tessera__ipc__admin_request__get_packed_size(request);
	uint8_t *packet = malloc(len + 1);

	RIG_MUST(packet);
	tessera__ipc__admin_request__pack(request, packet);
	free(rig->admin.data);
	rig->admin.data = NULL;
	RIG_MUST(tsr_control_handle_admin(rig->control, 1, tsr_slice(packet, len), rig->now) == 0);
	free(packet);
}

static inline const Tessera__Ipc__AdminReply *rig_admin_reply(
	struct rig *rig, struct tsr_arena *arena)
{
	RIG_MUST(rig->admin.data);
	RIG_MUST(tsr_proto_unpack_within(&tessera__ipc__admin_reply__descriptor,
			 tsr_slice(rig->admin.data, rig->admin.len), 65536, 1 << 20, arena) == 0);
	return (const Tessera__Ipc__AdminReply *)(const void *)arena->message;
}

static inline const Tessera__Ipc__AdminReply *rig_admin(
	struct rig *rig, const Tessera__Ipc__AdminRequest *request, struct tsr_arena *arena)
{
	rig_admin_send(rig, request);
	while (!rig->admin.data && rig_hash_one(rig)) {}
	return rig_admin_reply(rig, arena);
}

/* A session as `tessera session create` makes it; its tokens are 16 x 0x11 and 16 x 0x22. */
struct rig_session {
	char number[16];
	struct tsr_session_uid uid;
	uint32_t failed; /* code, or 0 */
};

static inline void rig_device_key(uint8_t out[static TSR_SIGN_PUBLIC_LEN], uint8_t n)
{
	uint8_t seed[TSR_SIGN_SEED_LEN] = { 9, n };
	struct tsr_sign_key *key;

	RIG_MUST(tsr_sign_key_create(&key, seed) == 0);
	memcpy(out, tsr_sign_key_public(key), TSR_SIGN_PUBLIC_LEN);
	tsr_sign_key_destroy(key);
}

static inline void rig_device_hash(uint8_t out[static 32], uint8_t n)
{
	uint8_t key[TSR_SIGN_PUBLIC_LEN];

	rig_device_key(key, n);
	tsr_sha256(out, tsr_slice(key, sizeof(key)));
}

static inline struct rig_session rig_create_session(
	struct rig *rig, const char *title, const char *password, bool lobby)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__CreateSession create = TESSERA__IPC__CREATE_SESSION__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct rig_session out = { 0 };
	struct tsr_arena arena = { 0 };
	uint8_t join[16], organizer[16], join_hash[32], organizer_hash[32],
		key[TSR_SIGN_PUBLIC_LEN];

	memset(join, 0x11, sizeof(join));
	memset(organizer, 0x22, sizeof(organizer));
	tsr_sha256(join_hash, tsr_slice(join, sizeof(join)));
	tsr_sha256(organizer_hash, tsr_slice(organizer, sizeof(organizer)));
	rig_device_key(key, 250);
	request.id = 5;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_CREATE;
	request.create = &create;
	create.title = (char *)(uintptr_t)title;
	create.password = (char *)(uintptr_t)password;
	create.lobby = lobby;
	create.join_token_hash.data = join_hash;
	create.organizer_token_hash.data = organizer_hash;
	create.join_token_hash.len = create.organizer_token_hash.len = 32;
	create.meeting_key.data = key;
	create.meeting_key.len = sizeof(key);
	reply = rig_admin(rig, &request, &arena);
	RIG_MUST(reply->id == 5);
	if (reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_CREATED) {
		snprintf(out.number, sizeof(out.number), "%s", reply->created->number);
		memcpy(out.uid.v, reply->created->session_uid.data, TSR_UID_LEN);
	} else {
		out.failed = reply->failed->code;
	}
	tsr_arena_finish(&arena);
	return out;
}

/* The JSON of a join by device n; more is appended (",\"knock\":true"). */
static inline const char *rig_body(const char *number, uint8_t n, const char *more)
{
	static char json[2048];
	uint8_t key[TSR_SIGN_PUBLIC_LEN];
	char text[64];

	rig_device_key(key, n);
	RIG_MUST(tsr_base64url_write(text, sizeof(text), tsr_slice(key, sizeof(key))) == 0);
	snprintf(json, sizeof(json), "{\"number\":\"%s\",\"name\":\"Ada\",\"device_key\":\"%s\"%s}",
		number, text, more);
	return json;
}

#define RIG_AS_LINK ",\"join_token\":\"EREREREREREREREREREREQ\""
#define RIG_AS_ORGANIZER ",\"organizer_token\":\"IiIiIiIiIiIiIiIiIiIiIg\""
#define RIG_WRONG_LINK ",\"join_token\":\"IiIiIiIiIiIiIiIiIiIiIg\""
#define RIG_WRONG_ORGANIZER ",\"organizer_token\":\"EREREREREREREREREREREQ\""
#define RIG_BY_PASSWORD ",\"password\":\"" RIG_PASSWORD "\""
#define RIG_WRONG_PASSWORD ",\"password\":\"opensesamf\""
#define RIG_KNOCK ",\"knock\":true"

/* The string member of a flat JSON object, in a static buffer. */
static inline const char *rig_json(const char *json, const char *key)
{
	static char value[4][1200];
	static unsigned next;
	char quoted[64];
	const char *at, *end;
	char *out = value[next++ % 4];

	snprintf(quoted, sizeof(quoted), "\"%s\":\"", key);
	at = strstr(json, quoted);
	if (!at)
		return "";
	at += strlen(quoted);
	end = strchr(at, '"');
	snprintf(out, sizeof(value[0]), "%.*s", (int)(end - at), at);
	return out;
}

/* The claims of the token (or resume ticket) in a reply, verified. */
static inline struct tsr_token_claims rig_claims(
	struct rig *rig, const struct rig_reply *reply, const char *which)
{
	const char *token = rig_json(reply->body, which);
	struct tsr_token_claims claims;

	RIG_MUST(tsr_token_open(&claims, tsr_slice_str(token), tsr_sign_key_public(rig->keys.sign),
			 rig->keys.node, (int64_t)(rig->now.wall_ms / 1000)) == 0);
	return claims;
}

/* The edge ------------------------------------------------------------------------------------ */

/* Commits; returns ok. */
static inline bool rig_commit(struct rig *rig, const Tessera__Ipc__Commit *commit)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__ToEdge *reply;
	bool ok;

	message.id = ++rig->last_id;
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_COMMIT;
	message.commit = (Tessera__Ipc__Commit *)(uintptr_t)commit;
	RIG_MUST(rig_to_control(rig, &message) == 0);
	reply = rig_take(rig, message.id, &arena, NULL);
	RIG_MUST(reply && reply->body_case == TESSERA__IPC__TO_EDGE__BODY_COMMIT);
	RIG_MUST(reply->commit->state_seq == commit->state_seq);
	ok = reply->commit->ok;
	tsr_arena_finish(&arena);
	return ok;
}

/* What OpenSession gives: the last record, its arena the caller's; *n_members over all packets. */
static inline const Tessera__Ipc__SessionRecord *rig_open(struct rig *rig,
	const struct tsr_session_uid *uid, struct tsr_arena *arena, size_t *n_members)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__OpenSession open = TESSERA__IPC__OPEN_SESSION__INIT;
	const Tessera__Ipc__ToEdge *reply;

	message.id = ++rig->last_id;
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_OPEN;
	message.open = &open;
	open.session_uid.data = (uint8_t *)(uintptr_t)uid->v;
	open.session_uid.len = TSR_UID_LEN;
	RIG_MUST(rig_to_control(rig, &message) == 0);
	*n_members = 0;
	for (;;) {
		reply = rig_take(rig, message.id, arena, NULL);
		RIG_MUST(reply && reply->body_case == TESSERA__IPC__TO_EDGE__BODY_SESSION);
		*n_members += reply->session->n_members;
		if (!reply->session->more)
			return reply->session;
		tsr_arena_finish(arena);
	}
}

/* A member record as the edge would commit it; the pointers are into static memory. */
static inline Tessera__Ipc__MemberRecord *rig_member(uint32_t id, uint8_t device)
{
	static Tessera__Ipc__MemberRecord records[8];
	static uint8_t hashes[8][32];
	static unsigned next;
	unsigned i = next++ % 8;

	rig_device_hash(hashes[i], device);
	records[i] = (Tessera__Ipc__MemberRecord)TESSERA__IPC__MEMBER_RECORD__INIT;
	records[i].id = id;
	records[i].name = (char *)(uintptr_t) "Ada";
	records[i].device_key_hash.data = hashes[i];
	records[i].device_key_hash.len = 32;
	records[i].role = TESSERA__V1__ROLE__ROLE_ATTENDEE;
	records[i].admitted = true;
	return &records[i];
}

static inline int64_t rig_count_rows(struct rig *rig, const char *table)
{
	struct tsr_stmt *stmt = NULL;
	char sql[128];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	RIG_MUST(tsr_stmt_create(&stmt, rig->store, sql) == 0);
	RIG_MUST(tsr_stmt_step(stmt) == 1);
	n = tsr_stmt_int(stmt, 0);
	tsr_stmt_destroy(stmt);
	return n;
}

#endif
