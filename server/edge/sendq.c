/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/sendq.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"

static struct tsr_sendq_entry *entry_at(const struct tsr_sendq *queue, uint32_t i)
{
	return &queue->entries[(queue->first + i) % queue->cap];
}

static size_t *count_of(struct tsr_sendq *queue, const struct tsr_sendq_entry *entry)
{
	return entry->flags & TSR_SENDQ_FREE ? &queue->free_bytes : &queue->waiting_bytes;
}

static void drop(struct tsr_msg **msg, unsigned flags)
{
	if (*msg && flags & TSR_SENDQ_SECRET)
		tsr_wipe((*msg)->data, (*msg)->len);
	tsr_msg_unref(msg);
}

static void drop_first(struct tsr_sendq *queue)
{
	struct tsr_sendq_entry *entry = entry_at(queue, 0);

	*count_of(queue, entry) -= entry->header_len + entry->bytes.len;
	drop(&entry->msg, entry->flags);
	queue->first = (queue->first + 1) % queue->cap;
	queue->n--;
	queue->first_sent = 0;
}

void tsr_sendq_finish(struct tsr_sendq *queue)
{
	while (queue->n > 0)
		drop_first(queue);
	free(queue->entries);
	*queue = (struct tsr_sendq){ 0 };
}

static int grow(struct tsr_sendq *queue)
{
	uint32_t cap = queue->cap ? queue->cap * 2 : 4;
	struct tsr_sendq_entry *entries;

	if (cap > TSR_SENDQ_ENTRIES_MAX)
		return TSR_ERR_FULL;
	entries = calloc(cap, sizeof(*entries));
	if (!entries)
		return TSR_ERR_NOMEM;
	for (uint32_t i = 0; i < queue->n; i++)
		entries[i] = *entry_at(queue, i);
	free(queue->entries);
	queue->entries = entries;
	queue->first = 0;
	queue->cap = cap;
	return 0;
}

static int add(struct tsr_sendq *queue, const struct tsr_sendq_entry *entry)
{
	int r;

	if (queue->n == queue->cap && (r = grow(queue)) != 0)
		return r;
	*entry_at(queue, queue->n) = *entry;
	queue->n++;
	*count_of(queue, entry) += entry->header_len + entry->bytes.len;
	return 0;
}

int tsr_sendq_add(struct tsr_sendq *queue, struct tsr_msg *msg, unsigned flags)
{
	struct tsr_sendq_entry entry = {
		.msg = msg,
		.bytes = tsr_msg_slice(msg),
		.flags = (uint8_t)flags,
	};
	int r;

	if (flags & TSR_SENDQ_FRAMED)
		entry.header_len = (uint8_t)tsr_websocket_header_write(
			entry.header, TSR_WEBSOCKET_BINARY, msg->len);
	r = add(queue, &entry);
	if (r != 0)
		drop(&msg, flags);
	return r;
}

int tsr_sendq_add_static(struct tsr_sendq *queue, struct tsr_slice bytes)
{
	return add(queue, &(struct tsr_sendq_entry){ .bytes = bytes, .flags = TSR_SENDQ_FREE });
}

/* Adds the part of bytes behind the first *skip. */
static void add_slice(struct tsr_slice **at, struct tsr_slice bytes, size_t *skip)
{
	size_t n = *skip < bytes.len ? *skip : bytes.len;

	*skip -= n;
	if (bytes.len > n)
		*(*at)++ = tsr_slice(bytes.data + n, bytes.len - n);
}

size_t tsr_sendq_peek(
	const struct tsr_sendq *queue, struct tsr_slice *out, size_t cap, size_t max_bytes)
{
	struct tsr_slice *at = out;
	size_t skip = queue->first_sent;
	size_t bytes = 0;

	for (uint32_t i = 0; i < queue->n && (size_t)(at - out) + 2 <= cap; i++) {
		const struct tsr_sendq_entry *entry = entry_at(queue, i);

		/* A secret goes as a write of its own: TLS wipes what it copied of short ones. */
		if (bytes >= max_bytes || (i > 0 && entry->flags & TSR_SENDQ_SECRET))
			break;
		add_slice(&at, tsr_slice(entry->header, entry->header_len), &skip);
		add_slice(&at, entry->bytes, &skip);
		bytes += entry->header_len + entry->bytes.len;
		if (entry->flags & TSR_SENDQ_SECRET)
			break;
	}
	return (size_t)(at - out);
}

void tsr_sendq_advance(struct tsr_sendq *queue, size_t len)
{
	while (queue->n > 0) {
		const struct tsr_sendq_entry *entry = entry_at(queue, 0);
		size_t left = entry->header_len + entry->bytes.len - queue->first_sent;

		if (len < left)
			break;
		len -= left;
		drop_first(queue);
	}
	queue->first_sent += len;
}
