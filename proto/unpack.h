/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_PROTO_UNPACK_H
#define TSR_PROTO_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "core/base/slice.h"

/*
 * unpack: protobuf from outside, in bounded memory. protobuf-c turns tiny fields into large
 * structs (a megabyte into 64), so a message gets one arena of four times its size and is
 * refused when that does not do. Strings are checked to be UTF-8. The arena is freed whole: never
 * call *__free_unpacked().
 */
#define TSR_PROTO_BUDGET_MIN 4096

struct tsr_arena {
	ProtobufCMessage *message; /* the result; cast it to the type that was asked for */
	uint8_t *block;
	size_t cap;
	size_t len;
	size_t high;  /* the most that len has been */
	size_t last;  /* where the newest allocation starts: it alone can be given back */
	bool is_over; /* the budget did not do */
};

/*
 * Unpacks bytes; arena->message is valid until tsr_arena_finish(). Does not keep bytes.
 * Returns 0, TSR_ERR_TOO_BIG (longer than max_len, or over the budget of 4 * bytes.len, at least
 * TSR_PROTO_BUDGET_MIN), TSR_ERR_FORMAT or TSR_ERR_NOMEM; then the arena is empty.
 */
TSR_CHECKED int tsr_proto_unpack(const ProtobufCMessageDescriptor *type, struct tsr_slice bytes,
	size_t max_len, struct tsr_arena *arena);

/* The same with a budget of the caller's choice, for messages from whom one trusts more and
 * that hold many small parts (ToClient in the native endpoint: 1 MiB). */
TSR_CHECKED int tsr_proto_unpack_within(const ProtobufCMessageDescriptor *type,
	struct tsr_slice bytes, size_t max_len, size_t budget, struct tsr_arena *arena);

/* Wipes and frees the message and all in it (seeds, tokens, passwords travel so); an empty arena is
 * fine. */
void tsr_arena_finish(struct tsr_arena *arena);

/* Returns kind and the packed message in one shared buffer, or NULL when out of memory.
 * The session WebSocket's kind of protobuf messages is 0. */
struct tsr_msg *tsr_proto_pack_msg(const ProtobufCMessage *message, uint8_t kind);

#endif
