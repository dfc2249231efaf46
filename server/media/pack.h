/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_PACK_H
#define TSR_MEDIA_PACK_H

#include "core/base/msg.h"
#include "core/media/ice.h"
#include "core/media/router.h"
#include "media.pb-c.h"
#include "server/child.h"

/* pack: what media tells the edge, as packets. NULL when out of memory. */
struct tsr_leg;

struct tsr_msg *tsr_pack_transport_opened(const struct tsr_child *child, uint64_t session,
	uint32_t transport, const struct tsr_ice_credentials *credentials,
	const uint8_t *fingerprint);
struct tsr_msg *tsr_pack_transport_state(
	uint64_t session, uint32_t transport, uint32_t state, bool is_tcp);
struct tsr_msg *tsr_pack_speakers(uint64_t session, const struct tsr_router *router);
struct tsr_msg *tsr_pack_failed(
	uint64_t session, uint32_t transport, uint32_t stream, const char *reason);

/* Statistics of a session's legs, one packet's worth. finish frees. */
struct tsr_pack_stats;
struct tsr_pack_stats *tsr_pack_stats_create(uint64_t session);
void tsr_pack_stats_add(struct tsr_pack_stats *stats, const struct tsr_leg *leg, tsr_time now);
bool tsr_pack_stats_has_room(const struct tsr_pack_stats *stats); /* for one leg more */
struct tsr_msg *tsr_pack_stats_finish(struct tsr_pack_stats *stats);

#endif
