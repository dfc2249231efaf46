/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_MEDIA_READ_H
#define TSR_EDGE_MEDIA_READ_H

#include "core/session/action.h"
#include "session.pb-c.h"

/* media_read: what clients say about audio and video, checked. Pure. */
#define TSR_RTP_ENCODINGS 4
#define TSR_MID_MAX 16
#define TSR_CNAME_MAX 64
#define TSR_FINGERPRINT_LEN 32
#define TSR_WANTS_MAX 32

struct tsr_rtp_encoding {
	uint32_t ssrc, rtx_ssrc;
	char rid[TSR_MID_MAX + 1];
	uint32_t spatial_layers, temporal_layers, max_bitrate;
};

/* What a member sends in one stream. */
struct tsr_rtp_sent {
	Tessera__V1__Codec codec;
	uint32_t pt, rtx_pt; /* rtx_pt 0: none */
	char mid[TSR_MID_MAX + 1];
	char cname[TSR_CNAME_MAX + 1];
	uint32_t ids[7]; /* by tessera.v1.RtpExtension; 0: not used */
	uint32_t n_encodings;
	struct tsr_rtp_encoding encodings[TSR_RTP_ENCODINGS];
};

/* Returns 0 or TSR_ERR_FORMAT. in may be NULL. */
TSR_CHECKED int tsr_media_read_rtp(struct tsr_rtp_sent *out, enum tsr_stream_class class,
	const Tessera__V1__RtpParameters *in);

/* The SHA-256 fingerprint. Returns 0, or TSR_ERR_FORMAT when there is none, or the client wants
 * us to begin the handshake. */
TSR_CHECKED int tsr_media_read_dtls(
	uint8_t fingerprint[static TSR_FINGERPRINT_LEN], const Tessera__V1__DtlsParameters *in);

/* How many layers a receiver can choose from. */
void tsr_media_layers(const struct tsr_rtp_sent *sent, uint32_t *spatial, uint32_t *temporal);

/* What a member wants of a stream. */
struct tsr_want {
	uint32_t max_spatial, max_temporal, priority;
	bool is_on;
};

#endif
