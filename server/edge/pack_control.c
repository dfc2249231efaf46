/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/pack_control.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/hello.h"
#include "sys/ipc.h"

static struct tsr_msg *pack(const Tessera__Ipc__ToControl *message)
{
	size_t len = tessera__ipc__to_control__get_packed_size(message);
	struct tsr_msg *msg =
		len + TSR_PACKET_ID_MAX <= TSR_IPC_PACKET_LEN ? tsr_msg_create(len) : NULL;

	if (msg)
		tessera__ipc__to_control__pack(message, msg->data);
	return msg;
}

#define TO_CONTROL(field, CASE) \
	{ \
		.base = PROTOBUF_C_MESSAGE_INIT(&tessera__ipc__to_control__descriptor), \
		.body_case = TESSERA__IPC__TO_CONTROL__BODY_##CASE, .field = &body \
	}

static ProtobufCBinaryData bytes_of(const uint8_t *data, size_t len)
{
	return (ProtobufCBinaryData){ .len = len, .data = (uint8_t *)(uintptr_t)data };
}

static char *text_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

size_t tsr_pack_id(uint8_t out[static TSR_PACKET_ID_MAX], uint64_t id)
{
	size_t n = 0;

	out[n++] = 1 << 3; /* field 1, varint */
	for (; id >= 0x80; id >>= 7)
		out[n++] = (uint8_t)(id | 0x80);
	out[n++] = (uint8_t)id;
	return n;
}

/* A 0-ended copy. */
static char *text_copy(struct tsr_slice text)
{
	return strndup(text.len ? (const char *)text.data : "", text.len);
}

struct tsr_msg *tsr_pack_api(const struct tsr_api_request *request)
{
	Tessera__Ipc__ApiRequest body = TESSERA__IPC__API_REQUEST__INIT;
	Tessera__Ipc__ToControl message = TO_CONTROL(api, API);
	struct tsr_msg *msg = NULL;

	body.method = text_copy(request->method);
	body.path = text_copy(request->target);
	body.content_type = text_copy(request->content_type);
	body.body = bytes_of(request->body.data, request->body.len);
	body.source = text_of(request->source);
	if (body.method && body.path && body.content_type)
		msg = pack(&message);
	free(body.method);
	free(body.path);
	free(body.content_type);
	return msg;
}

struct tsr_msg *tsr_pack_open(const struct tsr_session_uid *uid)
{
	Tessera__Ipc__OpenSession body = TESSERA__IPC__OPEN_SESSION__INIT;
	Tessera__Ipc__ToControl message = TO_CONTROL(open, OPEN);

	body.session_uid = bytes_of(uid->v, TSR_UID_LEN);
	return pack(&message);
}

struct tsr_msg *tsr_pack_gone(const struct tsr_session_uid *uid)
{
	Tessera__Ipc__SessionGone body = TESSERA__IPC__SESSION_GONE__INIT;
	Tessera__Ipc__ToControl message = TO_CONTROL(gone, GONE);

	body.session_uid = bytes_of(uid->v, TSR_UID_LEN);
	return pack(&message);
}

struct tsr_msg *tsr_pack_heartbeat(uint32_t sessions, uint32_t members)
{
	Tessera__Ipc__Heartbeat body = TESSERA__IPC__HEARTBEAT__INIT;
	Tessera__Ipc__ToControl message = TO_CONTROL(heartbeat, HEARTBEAT);

	body.sessions = sessions;
	body.members = members;
	return pack(&message);
}

struct tsr_msg *tsr_pack_share_report(const Tessera__Ipc__ShareReport *report)
{
	Tessera__Ipc__ShareReport body = *report;
	Tessera__Ipc__ToControl message = TO_CONTROL(shares, SHARES);

	return pack(&message);
}

/* ---- commits -------------------------------------------------------------------------- */

static void fill_settings(
	Tessera__Ipc__SessionSettings *out, const struct tsr_session_settings *settings)
{
	tessera__ipc__session_settings__init(out);
	out->locked = settings->is_locked;
	out->lobby = settings->has_lobby;
	out->open = settings->is_open;
	out->chat_public = settings->chat_public;
	out->chat_private = settings->chat_private;
	out->audio = settings->audio;
	out->video = settings->video;
	out->presenter = settings->presenter.v;
	out->organizer = settings->organizer.v;
}

static void fill_member(Tessera__Ipc__MemberRecord *out, const struct tsr_member_record *record)
{
	tessera__ipc__member_record__init(out);
	out->id = record->id.v;
	out->name = text_of(record->name);
	out->device_key_hash = bytes_of(record->device_hash, TSR_DEVICE_HASH_LEN);
	out->role = (uint32_t)record->role;
	out->admitted = record->is_admitted;
	out->may_chat_public = record->may_chat_public;
	out->may_chat_private = record->may_chat_private;
	out->may_share = record->may_share;
	out->may_audio = record->may_audio;
	out->may_video = record->may_video;
	out->removed = record->is_removed;
	out->barred = record->is_barred;
	out->by_link = record->by_link;
	out->source = text_of(record->source);
	out->left = record->has_left;
}

struct tsr_msg *tsr_pack_commit(
	const struct tsr_session_uid *uid, const struct tsr_session_commit *commit)
{
	Tessera__Ipc__SessionSettings settings;
	Tessera__Ipc__Commit body = TESSERA__IPC__COMMIT__INIT;
	Tessera__Ipc__ToControl message = TO_CONTROL(commit, COMMIT);
	size_t n = commit->n_members;
	Tessera__Ipc__MemberRecord *members = calloc(n + 1, sizeof(*members));
	Tessera__Ipc__MemberRecord **list = calloc(n + 1, sizeof(*list));
	struct tsr_msg *msg = NULL;

	if (members && list) {
		fill_settings(&settings, &commit->settings);
		for (size_t i = 0; i < n; i++) {
			fill_member(&members[i], &commit->members[i]);
			list[i] = &members[i];
		}
		body.session_uid = bytes_of(uid->v, TSR_UID_LEN);
		body.state_seq = commit->seq;
		body.settings = &settings;
		body.members = list;
		body.n_members = n;
		body.ended = commit->ended;
		msg = pack(&message);
	}
	free(members);
	free(list);
	return msg;
}

/* ---- records -------------------------------------------------------------------------- */

static void copy_text(char *out, size_t cap, const char *text)
{
	size_t len = strnlen(text, cap - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

static int read_member(struct tsr_member_record *out, const Tessera__Ipc__MemberRecord *in)
{
	if (in->id == 0 || in->device_key_hash.len != TSR_DEVICE_HASH_LEN ||
		in->role > TSR_ROLE_ORGANIZER)
		return TSR_ERR_FORMAT;
	*out = (struct tsr_member_record){
		.id = { in->id },
		.role = (enum tsr_role)in->role,
		.is_admitted = in->admitted,
		.may_chat_public = in->may_chat_public,
		.may_chat_private = in->may_chat_private,
		.may_share = in->may_share,
		.may_audio = in->may_audio,
		.may_video = in->may_video,
		.is_removed = in->removed,
		.is_barred = in->barred,
		.by_link = in->by_link,
		.has_left = in->left,
	};
	memcpy(out->device_hash, in->device_key_hash.data, TSR_DEVICE_HASH_LEN);
	copy_text(out->source, sizeof(out->source), in->source);
	return tsr_hello_clean_text(out->name, sizeof(out->name), in->name, TSR_NAME_CHARS);
}

static int add_member(struct tsr_host_opening *opening, const Tessera__Ipc__MemberRecord *in)
{
	if (opening->n_members == opening->cap) {
		size_t cap = opening->cap ? opening->cap * 2 : 16;
		struct tsr_member_record *members;

		if (cap > TSR_SESSION_RECORDS_MAX)
			return TSR_ERR_FULL;
		members = realloc(opening->members, cap * sizeof(*members));
		if (!members)
			return TSR_ERR_NOMEM;
		opening->members = members;
		opening->cap = cap;
	}
	return read_member(&opening->members[opening->n_members++], in);
}

static void read_settings(struct tsr_session_settings *out, const Tessera__Ipc__SessionSettings *in)
{
	out->is_locked = in->locked;
	out->has_lobby = in->lobby;
	out->is_open = in->open;
	out->chat_public = in->chat_public;
	out->chat_private = in->chat_private;
	out->audio = in->audio;
	out->video = in->video;
	out->presenter.v = in->presenter;
	out->organizer.v = in->organizer;
}

int tsr_opening_add(struct tsr_host_opening *opening, const Tessera__Ipc__SessionRecord *record)
{
	int r;

	if (record->settings)
		read_settings(&opening->settings, record->settings);
	if (record->number[0]) {
		copy_text(opening->number, sizeof(opening->number), record->number);
		copy_text(opening->title, sizeof(opening->title), record->title);
		opening->started_ms = record->started_ms;
		opening->state_seq = record->state_seq;
	}
	for (size_t i = 0; i < record->n_members; i++)
		if ((r = add_member(opening, record->members[i])) != 0)
			return r;
	return 0;
}
