/* SPDX-License-Identifier: Apache-2.0 */
/* A STUN message from anywhere: what parses has its slices inside, and only what the password made
 * passes; what is answered can be read back. Who asks before a
 * call gets no more than he sent. */
#include <stdlib.h>

#include "core/media/precall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct tsr_slice inner, const uint8_t *data, size_t size)
{
	if (inner.len && (inner.data < data || inner.data + inner.len > data + size))
		abort();
}

/* Whoever asks how a call would come through: never more bytes than he sent. */
static void check_precall(const struct tsr_stun *stun, const struct tsr_tuple *tuple, size_t size)
{
	static struct tsr_precall precall;
	static struct tsr_outbox outbox;

	tsr_precall_init(&precall, 1);
	outbox.n = outbox.used = 0;
	if (tsr_precall_handle_request(&precall, stun, tuple, 0, &outbox) == 0
			? outbox.n != 1 || outbox.datagrams[0].len > size
			: outbox.n != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_slice password = tsr_slice_str("VOkJxbRl1RmTxUk/WvJxBt");
	struct tsr_tuple tuple = { .remote_port = 1 };
	uint8_t out[TSR_STUN_MESSAGE_MAX];
	struct tsr_stun stun, answer;
	size_t len;

	if (tsr_stun_parse(&stun, tsr_slice(data, size)) != 0)
		return 0;
	check_inside(stun.username, data, size);
	check_inside(tsr_stun_ufrag(&stun), data, size);
	(void)!tsr_stun_check(&stun, password);
	if (tsr_precall_is_meant(&stun))
		check_precall(&stun, &tuple, size);
	if (tsr_stun_write_success(out, &len, &stun, &tuple, password) != 0 ||
		tsr_stun_parse(&answer, tsr_slice(out, len)) != 0 ||
		tsr_stun_check(&answer, password) != 0 || !answer.has_mapped)
		abort();
	if (tsr_stun_write_error(out, &len, &stun, TSR_STUN_UNKNOWN_ATTRIBUTE, password) != 0 ||
		tsr_stun_parse(&answer, tsr_slice(out, len)) != 0 ||
		answer.error != TSR_STUN_UNKNOWN_ATTRIBUTE)
		abort();
	return 0;
}
