/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_PACK_MEDIA_H
#define TSR_EDGE_PACK_MEDIA_H

#include "core/base/msg.h"
#include "media.pb-c.h"
#include "server/edge/media_read.h"
#include "session.pb-c.h"

/* pack_media: audio and video, in words to clients (kind first) and to media (packets). NULL when
 * out of memory. */

/* ---- to clients ----------------------------------------------------------------------- */

struct tsr_msg *tsr_pack_media_ready(const Tessera__Media__TransportOpened *send,
	const Tessera__Media__TransportOpened *receive);
struct tsr_msg *tsr_pack_ice_restarted(
	Tessera__V1__Direction direction, const Tessera__Media__TransportOpened *opened);

struct tsr_consuming {
	uint32_t stream;
	uint32_t ssrc, rtx_ssrc;
	const char *mid, *cname;
	const struct tsr_rtp_sent *sent;
};
struct tsr_msg *tsr_pack_consumer(const struct tsr_consuming *consuming);
struct tsr_msg *tsr_pack_media_gone(uint32_t retry_ms);
struct tsr_msg *tsr_pack_media_speakers(
	uint32_t active, const uint32_t *members, const uint32_t *levels, size_t n);

struct tsr_msg *tsr_pack_qualities(Tessera__V1__Quality **members, size_t n_members,
	Tessera__V1__ConsumerLayer **layers, size_t n_layers);

/* ---- to media ------------------------------------------------------------------------- */

struct tsr_msg *tsr_pack_to_media(const Tessera__Media__ToMedia *message);
struct tsr_msg *tsr_pack_session_close(uint64_t session);
struct tsr_msg *tsr_pack_transport_open(
	uint64_t session, uint32_t transport, uint32_t member, bool is_from_member);
struct tsr_msg *tsr_pack_transport_connect(
	uint64_t session, uint32_t transport, const uint8_t *fingerprint);
struct tsr_msg *tsr_pack_ice_restart(uint64_t session, uint32_t transport);
struct tsr_msg *tsr_pack_transport_close(uint64_t session, uint32_t transport);
struct tsr_msg *tsr_pack_producer_open(uint64_t session, uint32_t transport, uint32_t stream,
	const struct tsr_rtp_sent *sent, bool is_paused);
struct tsr_msg *tsr_pack_producer_pause(uint64_t session, uint32_t stream, bool on);
struct tsr_msg *tsr_pack_producer_close(uint64_t session, uint32_t stream);
struct tsr_msg *tsr_pack_consumer_open(
	uint64_t session, uint32_t transport, const struct tsr_consuming *consuming);
struct tsr_msg *tsr_pack_consumer_want(
	uint64_t session, uint32_t transport, uint32_t stream, const struct tsr_want *want);
struct tsr_msg *tsr_pack_consumer_close(uint64_t session, uint32_t transport, uint32_t stream);

#endif
