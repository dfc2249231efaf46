/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SRTP_H
#define TSR_MEDIA_SRTP_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * srtp: SRTP and SRTCP of one direction (RFC 3711, RFC 7714), without MKI, key derivation rate 0.
 * Keys are derived and expanded once; a packet then costs one pass and no allocation (the first
 * of an SSRC makes its state). An index is never used for two packets: a sender refuses a sequence
 * number that it has protected before, since GCM would lose its key by it. The very same packet may
 * go once more, where tsr_srtp_repeat() said so: it becomes the same bytes.
 *
 * Per SSRC: rollover counter and a window of 1,024 packets. A receiver learns an SSRC only from
 * an authentic packet; beyond TSR_SRTP_SSRCS_MAX the one unused for longest gives way. A sender
 * forgets one when it is told that it is never used again; beyond TSR_SRTP_SSRCS_MAX it refuses.
 * A sender counts the SRTCP packets of all SSRCs together, so it need not know them.
 */
#define TSR_SRTP_KEY_MAX 32
#define TSR_SRTP_SALT_MAX 14
#define TSR_SRTP_OVERHEAD 16  /* most bytes that protecting adds to RTP */
#define TSR_SRTCP_OVERHEAD 20 /* and to RTCP */
#define TSR_SRTP_SSRCS_MAX 1024
#define TSR_SRTP_REPEATS 64

/* The numbers of the IANA registry "DTLS-SRTP Protection Profiles". */
enum tsr_srtp_profile {
	TSR_SRTP_AES128_CM_SHA1_80 = 0x0001,
	TSR_SRTP_AEAD_AES_128_GCM = 0x0007,
	TSR_SRTP_AEAD_AES_256_GCM = 0x0008,
};

enum tsr_srtp_direction { TSR_SRTP_SENDER, TSR_SRTP_RECEIVER };

struct tsr_srtp;

/* Bytes of the master key and master salt of a profile; 0 for one that we do not have. */
size_t tsr_srtp_key_len(enum tsr_srtp_profile profile);
size_t tsr_srtp_salt_len(enum tsr_srtp_profile profile);

/* Bytes that protecting adds to RTP, at most TSR_SRTP_OVERHEAD. */
size_t tsr_srtp_overhead(const struct tsr_srtp *srtp);

/* Borrows key and salt, of the profile's lengths. Returns 0, TSR_ERR_RANGE (lengths or profile),
 * TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_srtp_create(struct tsr_srtp **out, enum tsr_srtp_profile profile,
	enum tsr_srtp_direction direction, struct tsr_slice key, struct tsr_slice salt);
void tsr_srtp_destroy(struct tsr_srtp *srtp); /* wipes; NULL is fine */

/*
 * Makes an SRTP packet in data. The RTP packet is head, which lies in data already (the header at
 * least; more where the start of the payload was rewritten), and tail, which is read only: many
 * receivers share one. tail.data may be data + head_len itself. data has room for
 * head_len + tail.len + TSR_SRTP_OVERHEAD bytes; *len is the packet's length.
 * Returns 0; TSR_ERR_SHORT or TSR_ERR_FORMAT (not RTP, or its header is not whole in head);
 * TSR_ERR_TOO_BIG; TSR_ERR_STALE (this sequence number was used, or is 1,024 behind);
 * TSR_ERR_EXPIRED (2^48 packets); TSR_ERR_FULL; TSR_ERR_NOMEM; TSR_ERR_CRYPTO. Nothing may be
 * sent then.
 */
TSR_CHECKED int tsr_srtp_protect(
	struct tsr_srtp *srtp, uint8_t *data, size_t *len, size_t head_len, struct tsr_slice tail);

/* Brings into the cache what protecting this head will need; when 3 others go before it, when 2 do
 * and when 1 does, since what is fetched first says where the rest is. */
void tsr_srtp_fetch(const struct tsr_srtp *srtp, struct tsr_slice head, unsigned ahead);

/* From now on the newest TSR_SRTP_REPEATS packets of a sender's SSRC may be protected once more, if
 * nothing of them is different; else it is TSR_ERR_STALE as ever. Returns 0, TSR_ERR_FULL or
 * TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_srtp_repeat(struct tsr_srtp *srtp, uint32_t ssrc);

/* A sender's SSRC that the caller will not use again under this key, since that would begin its
 * numbers anew. */
void tsr_srtp_forget(struct tsr_srtp *srtp, uint32_t ssrc);

/* In place: *len is that of the SRTP packet, then of the RTP packet. Returns 0; TSR_ERR_SHORT,
 * TSR_ERR_FORMAT, TSR_ERR_TOO_BIG; TSR_ERR_STALE (a replay, or too old); TSR_ERR_AUTH;
 * TSR_ERR_NOMEM; TSR_ERR_CRYPTO. The packet must be dropped then, its bytes mean nothing. */
TSR_CHECKED int tsr_srtp_unprotect(struct tsr_srtp *srtp, uint8_t *data, size_t *len);

/* The same for RTCP, always encrypted: what comes without the E bit is refused as TSR_ERR_AUTH.
 * data has room for *len + TSR_SRTCP_OVERHEAD bytes. */
TSR_CHECKED int tsr_srtcp_protect(struct tsr_srtp *srtp, uint8_t *data, size_t *len);
TSR_CHECKED int tsr_srtcp_unprotect(struct tsr_srtp *srtp, uint8_t *data, size_t *len);

/* Bytes held, for what can be counted of it. */
size_t tsr_srtp_memory(const struct tsr_srtp *srtp);

#endif
