/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/unpack.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/base/err.h"

#define BUDGET_FACTOR 4
#define ALIGNMENT 16

/* ---- arena ---------------------------------------------------------------------------- */

static void *arena_alloc(void *data, size_t len)
{
	struct tsr_arena *arena = data;
	size_t rounded = (len + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

	if (rounded < len || rounded > arena->cap - arena->len) {
		arena->is_over = true;
		return NULL;
	}
	arena->last = arena->len;
	arena->len += rounded;
	if (arena->len > arena->high)
		arena->high = arena->len;
	return arena->block + arena->last;
}

/* protobuf-c frees its scratch space in reverse order, so the newest piece is worth having
 * back; all else goes with the arena. */
static void arena_free(void *data, void *at)
{
	struct tsr_arena *arena = data;

	if (at && (uint8_t *)at == arena->block + arena->last)
		arena->len = arena->last;
}

void tsr_arena_finish(struct tsr_arena *arena)
{
	if (arena->block)
		explicit_bzero(arena->block, arena->high);
	free(arena->block);
	memset(arena, 0, sizeof(*arena));
}

/* ---- text ----------------------------------------------------------------------------- */

/* Length of the UTF-8 sequence at s (RFC 3629: no surrogates, shortest form), 0 for none. */
static size_t utf8_len(const uint8_t *s)
{
	static const struct {
		uint8_t mask, lead, len;
		uint32_t min;
	} forms[] = { { 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 }, { 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint32_t c = s[0] & (uint8_t)~forms[i].mask;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t n = 1; n < forms[i].len; n++) {
			if ((s[n] & 0xc0) != 0x80) /* the NUL at the end stops it too */
				return 0;
			c = c << 6 | (s[n] & 0x3f);
		}
		return c < forms[i].min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)
			       ? 0
			       : forms[i].len;
	}
	return 0;
}

static bool is_utf8(const char *text)
{
	const uint8_t *s = (const uint8_t *)text;

	while (s && *s) {
		size_t len = utf8_len(s);

		if (len == 0)
			return false;
		s += len;
	}
	return true;
}

static bool is_text_valid(const ProtobufCMessage *message);

/* One value of a field of either pointer type; NULL where it is absent. */
static bool is_value_valid(const ProtobufCFieldDescriptor *field, const void *value)
{
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return is_utf8(value);
	return !value || is_text_valid(value);
}

static bool is_field_valid(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *base = (const char *)message;
	void *const *values = (void *const *)(const void *)(base + field->offset);
	size_t n = 1;

	if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
		return true;
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		const uint32_t *chosen =
			(const uint32_t *)(const void *)(base + field->quantifier_offset);

		if (*chosen != field->id)
			return true;
	} else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		n = *(const size_t *)(const void *)(base + field->quantifier_offset);
		values = *(void *const *const *)(const void *)values;
	}
	for (size_t i = 0; i < n; i++)
		if (!is_value_valid(field, values[i]))
			return false;
	return true;
}

/* proto3 strings are UTF-8, which protobuf-c does not look at but browsers insist on: what is
 * passed on unseen would take down whoever receives it. Depth is bounded by the schema, which has
 * no recursive types. */
static bool is_text_valid(const ProtobufCMessage *message)
{
	for (unsigned int i = 0; i < message->descriptor->n_fields; i++)
		if (!is_field_valid(message, &message->descriptor->fields[i]))
			return false;
	return true;
}

/* ---- messages ------------------------------------------------------------------------- */

int tsr_proto_unpack_within(const ProtobufCMessageDescriptor *type, struct tsr_slice bytes,
	size_t max_len, size_t budget, struct tsr_arena *arena)
{
	ProtobufCAllocator allocator = { arena_alloc, arena_free, arena };
	int r = 0;

	memset(arena, 0, sizeof(*arena));
	if (bytes.len > max_len)
		return TSR_ERR_TOO_BIG;
	arena->block = malloc(budget);
	if (!arena->block)
		return TSR_ERR_NOMEM;
	arena->cap = budget;
	arena->message = protobuf_c_message_unpack(type, &allocator, bytes.len, bytes.data);
	if (!arena->message)
		r = arena->is_over ? TSR_ERR_TOO_BIG : TSR_ERR_FORMAT;
	else if (!is_text_valid(arena->message))
		r = TSR_ERR_FORMAT;
	if (r != 0)
		tsr_arena_finish(arena);
	return r;
}

int tsr_proto_unpack(const ProtobufCMessageDescriptor *type, struct tsr_slice bytes, size_t max_len,
	struct tsr_arena *arena)
{
	size_t budget = TSR_PROTO_BUDGET_MIN;

	if (bytes.len <= max_len && bytes.len > budget / BUDGET_FACTOR)
		budget = bytes.len * BUDGET_FACTOR;
	return tsr_proto_unpack_within(type, bytes, max_len, budget, arena);
}

struct tsr_msg *tsr_proto_pack_msg(const ProtobufCMessage *message, uint8_t kind)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	struct tsr_msg *msg = tsr_msg_create(1 + len);

	if (!msg)
		return NULL;
	msg->data[0] = kind;
	protobuf_c_message_pack(message, msg->data + 1);
	return msg;
}
