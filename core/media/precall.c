/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/precall.h"

#include "core/base/err.h"

#define IPV6_PREFIX_LEN 7 /* a household's */

void tsr_precall_init(struct tsr_precall *precall, uint64_t secret)
{
	*precall = (struct tsr_precall){ .secret = secret };
}

bool tsr_precall_is_meant(const struct tsr_stun *stun)
{
	return stun->class == TSR_STUN_REQUEST &&
	       tsr_slice_equal(tsr_stun_ufrag(stun), tsr_slice_str(TSR_PRECALL_UFRAG));
}

static tsr_time *source_of(struct tsr_precall *precall, const uint8_t ip[static 16])
{
	static const uint8_t ipv4_prefix[12] = { [10] = 0xff, [11] = 0xff };
	size_t len = memcmp(ip, ipv4_prefix, sizeof(ipv4_prefix)) == 0 ? 16 : IPV6_PREFIX_LEN;
	uint64_t h = precall->secret;

	for (size_t i = 0; i < len; i++) {
		h = (h ^ ip[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return &precall->sources_free_at[h % TSR_PRECALL_SOURCES];
}

/* A leaky bucket by its one number: when it would be empty. */
static bool has_room(tsr_time free_at, tsr_time now, uint32_t rate, uint32_t burst)
{
	return free_at <= now + (tsr_time)(burst - 1) * (TSR_SECOND / rate);
}

static void fill(tsr_time *free_at, tsr_time now, uint32_t rate)
{
	*free_at = (*free_at > now ? *free_at : now) + TSR_SECOND / rate;
}

int tsr_precall_handle_request(struct tsr_precall *precall, const struct tsr_stun *request,
	const struct tsr_tuple *tuple, tsr_time now, struct tsr_outbox *outbox)
{
	struct tsr_slice password = tsr_slice_str(TSR_PRECALL_PWD);
	tsr_time *source = source_of(precall, tuple->remote_ip);
	uint8_t *out;
	size_t len;
	int r;

	if (!has_room(precall->free_at, now, TSR_PRECALL_RATE, TSR_PRECALL_RATE) ||
		!has_room(*source, now, TSR_PRECALL_SOURCE_RATE, TSR_PRECALL_SOURCE_BURST))
		return TSR_ERR_RATE;
	fill(&precall->free_at, now, TSR_PRECALL_RATE); /* before the work: it is what costs */
	fill(source, now, TSR_PRECALL_SOURCE_RATE);
	if ((r = tsr_stun_check(request, password)) != 0)
		return r;
	out = tsr_outbox_space(outbox, TSR_STUN_MESSAGE_MAX);
	if (!out)
		return TSR_ERR_FULL;
	if ((r = tsr_stun_write_success(out, &len, request, tuple, password)) != 0)
		return r;
	if (len > request->bytes.len)
		return TSR_ERR_SHORT;
	tsr_outbox_commit(outbox, tuple, len);
	return 0;
}
