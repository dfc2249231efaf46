/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets, with what is encrypted in brackets:
 *
 *	SRTP, AEAD             header [payload] tag:16                     authentic: all
 *	SRTP, counter mode     header [payload] tag:10                     and the ROC
 *	SRTCP, AEAD            8 bytes [the rest] tag:16 E|index:32        authentic: all
 *	SRTCP, counter mode    8 bytes [the rest] E|index:32 tag:10
 *
 * The header of SRTP is all of it: CSRCs and extensions are in clear.
 */
#include "core/media/srtp.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/crypto/secret.h"
#include "core/media/srtp_key.h"
#include "core/media/ssrcs.h"

#define RTP_HEADER_LEN 12
#define RTCP_HEADER_LEN 8
#define WORD_LEN 4 /* E|index */
#define E_BIT UINT32_C(0x80000000)
#define PACKET_MAX 65535
#define INDEX_END (UINT64_C(1) << 48)

struct tsr_srtp {
	enum tsr_srtp_direction direction;
	bool is_aead;
	size_t tag_len;
	struct tsr_ssrcs rtp, rtcp; /* rtcp: of a receiver */
	struct tsr_srtp_key rtp_key, rtcp_key;
	uint32_t rtcp_index; /* SENDER: the next, of all SSRCs together */
};

int tsr_srtp_create(struct tsr_srtp **out, enum tsr_srtp_profile profile,
	enum tsr_srtp_direction direction, struct tsr_slice key, struct tsr_slice salt)
{
	struct tsr_srtp *srtp;
	int r;

	*out = NULL;
	if (key.len == 0 || key.len != tsr_srtp_key_len(profile) ||
		salt.len != tsr_srtp_salt_len(profile))
		return TSR_ERR_RANGE;
	srtp = calloc(1, sizeof(*srtp));
	if (!srtp)
		return TSR_ERR_NOMEM;
	srtp->direction = direction;
	srtp->is_aead = profile != TSR_SRTP_AES128_CM_SHA1_80;
	srtp->tag_len = srtp->is_aead ? TSR_GCM_TAG_LEN : TSR_SRTP_SHA1_80_LEN;
	tsr_ssrcs_init(&srtp->rtp);
	tsr_ssrcs_init(&srtp->rtcp);
	if ((r = tsr_srtp_key_init(
		     &srtp->rtp_key, profile, direction, TSR_SRTP_LABEL_RTP, key, salt)) != 0 ||
		(r = tsr_srtp_key_init(
			 &srtp->rtcp_key, profile, direction, TSR_SRTP_LABEL_RTCP, key, salt)) != 0)
		goto out;
	*out = srtp;
	srtp = NULL; /* now the caller's */
out:
	tsr_srtp_destroy(srtp);
	return r;
}

void tsr_srtp_destroy(struct tsr_srtp *srtp)
{
	if (!srtp)
		return;
	tsr_srtp_key_finish(&srtp->rtp_key);
	tsr_srtp_key_finish(&srtp->rtcp_key);
	tsr_ssrcs_finish(&srtp->rtp);
	tsr_ssrcs_finish(&srtp->rtcp);
	free(srtp);
}

size_t tsr_srtp_overhead(const struct tsr_srtp *srtp)
{
	return srtp->tag_len;
}

size_t tsr_srtp_memory(const struct tsr_srtp *srtp)
{
	return sizeof(*srtp) + tsr_ssrcs_memory(&srtp->rtp) + tsr_ssrcs_memory(&srtp->rtcp);
}

/* ---- fields ---- */

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_u32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/* With CSRCs and extensions; TSR_ERR_SHORT when it is not within len. */
static int rtp_header_len(size_t *out, const uint8_t *data, size_t len)
{
	size_t header = RTP_HEADER_LEN;

	*out = 0;
	if (len < header)
		return TSR_ERR_SHORT;
	if (data[0] >> 6 != 2)
		return TSR_ERR_FORMAT;
	header += 4 * (size_t)(data[0] & 15);
	if (data[0] & 0x10) {
		if (len < header + 4)
			return TSR_ERR_SHORT;
		header += 4 + 4 * ((size_t)data[header + 2] << 8 | data[header + 3]);
	}
	if (len < header)
		return TSR_ERR_SHORT;
	*out = header;
	return 0;
}

static int check_rtcp(const uint8_t *data, size_t len, size_t overhead)
{
	if (len < RTCP_HEADER_LEN + overhead)
		return TSR_ERR_SHORT;
	if (len > PACKET_MAX)
		return TSR_ERR_TOO_BIG;
	return data[0] >> 6 == 2 ? 0 : TSR_ERR_FORMAT;
}

/* RFC 3711 3.3.1: the index nearest to the newest whose low 16 bits are seq. */
static int packet_index(uint64_t *out, const struct tsr_ssrc *known, uint16_t seq)
{
	int64_t newest, index = seq;

	*out = 0;
	if (known && known->replay.any) {
		newest = (int64_t)known->replay.newest;
		index = newest + (int16_t)(uint16_t)(seq - (uint16_t)newest);
		if (index < 0)
			return TSR_ERR_STALE;
		if (index >= (int64_t)INDEX_END)
			return TSR_ERR_EXPIRED;
	}
	*out = (uint64_t)index;
	return known ? tsr_replay_check(&known->replay, *out) : 0;
}

/* After a packet was found authentic: notes it, and learns its SSRC. */
static int note(struct tsr_ssrcs *ssrcs, struct tsr_ssrc *known, uint32_t ssrc, uint64_t index)
{
	int r = known ? 0 : tsr_ssrcs_add(ssrcs, &known, ssrc, TSR_SRTP_SSRCS_MAX, true);

	if (r == 0)
		tsr_ssrcs_note(ssrcs, known, index);
	return r;
}

/* ---- SRTP ---- */

static int seal_rtp(struct tsr_srtp *srtp, uint8_t *data, size_t header_len, struct tsr_slice text,
	uint32_t ssrc, uint64_t index)
{
	uint8_t *out = data + header_len, roc[4];
	int r;

	if (srtp->is_aead)
		return tsr_srtp_key_seal(
			&srtp->rtp_key, out, ssrc, index, tsr_slice(data, header_len), text);
	r = tsr_srtp_key_crypt(&srtp->rtp_key, out, ssrc, index, text);
	put_u32(roc, (uint32_t)(index >> 16));
	tsr_srtp_key_tag(&srtp->rtp_key, out + text.len, tsr_slice(data, header_len + text.len),
		tsr_slice(roc, sizeof(roc)));
	return r;
}

/* ---- the same packet once more ---- */

int tsr_srtp_repeat(struct tsr_srtp *srtp, uint32_t ssrc)
{
	struct tsr_ssrc *known = tsr_ssrcs_find(&srtp->rtp, ssrc);
	int r;

	if (!known && (r = tsr_ssrcs_add(&srtp->rtp, &known, ssrc, TSR_SRTP_SSRCS_MAX, false)) != 0)
		return r;
	if (!known->tags)
		known->tags = calloc(TSR_SSRC_TAGS, sizeof(*known->tags));
	return known->tags ? 0 : TSR_ERR_NOMEM;
}

/* Eight bytes of the tag stand for the packet: made of other bytes, it would have another. */
static uint64_t *tag_of(const struct tsr_ssrc *known, uint64_t index)
{
	return known->tags && known->replay.newest - index < TSR_SSRC_TAGS
		       ? &known->tags[index % TSR_SSRC_TAGS]
		       : NULL;
}

static uint64_t read_tag(const struct tsr_srtp *srtp, const uint8_t *packet_end)
{
	uint64_t tag;

	memcpy(&tag, packet_end - srtp->tag_len, sizeof(tag));
	return tag;
}

/* After it was sealed: notes its tag, or finds that a repeated one is not what went before. */
static int settle_tag(uint64_t *kept, uint64_t tag, bool is_repeated)
{
	if (kept && !is_repeated)
		*kept = tag;
	return !is_repeated || *kept == tag ? 0 : TSR_ERR_STALE;
}

int tsr_srtp_protect(
	struct tsr_srtp *srtp, uint8_t *data, size_t *len, size_t head_len, struct tsr_slice tail)
{
	size_t header_len, total = head_len + tail.len;
	struct tsr_ssrc *known;
	bool is_repeated;
	uint64_t index;
	uint32_t ssrc;
	int r;

	*len = 0;
	if (srtp->direction != TSR_SRTP_SENDER)
		return TSR_ERR_STATE;
	if (total > PACKET_MAX - TSR_SRTP_OVERHEAD)
		return TSR_ERR_TOO_BIG;
	if ((r = rtp_header_len(&header_len, data, head_len)) != 0)
		return r;
	ssrc = get_u32(data + 8);
	known = tsr_ssrcs_find(&srtp->rtp, ssrc);
	if (!known && (r = tsr_ssrcs_add(&srtp->rtp, &known, ssrc, TSR_SRTP_SSRCS_MAX, false)) != 0)
		return r;
	r = packet_index(&index, known, (uint16_t)(data[2] << 8 | data[3]));
	is_repeated = r == TSR_ERR_STALE && tag_of(known, index);
	if (r != 0 && !is_repeated)
		return r;
	/* Used from here on, whatever becomes of the packet. */
	if (!is_repeated)
		tsr_ssrcs_note(&srtp->rtp, known, index);
	if (head_len > header_len) { /* one piece, since a second costs as much as copying */
		if (tail.len > 0 && tail.data != data + head_len)
			memmove(data + head_len, tail.data, tail.len);
		tail = tsr_slice(data + header_len, total - header_len);
	}
	if ((r = seal_rtp(srtp, data, header_len, tail, ssrc, index)) != 0)
		return r;
	total += srtp->tag_len;
	r = settle_tag(tag_of(known, index), read_tag(srtp, data + total), is_repeated);
	*len = r == 0 ? total : 0;
	return r;
}

void tsr_srtp_fetch(const struct tsr_srtp *srtp, struct tsr_slice head, unsigned ahead)
{
	uint32_t ssrc = head.len < RTP_HEADER_LEN ? 0 : get_u32(head.data + 8);
	const struct tsr_ssrc *known;

	switch (ahead) {
	case 3:
		tsr_fetch(srtp, offsetof(struct tsr_srtp, rtp_key.ctr));
		break;
	case 2:
		tsr_ssrcs_fetch(&srtp->rtp, ssrc);
		if (srtp->is_aead)
			tsr_srtp_gcm_fetch(srtp->rtp_key.gcm);
		break;
	default:
		if ((known = tsr_ssrcs_find(&srtp->rtp, ssrc)) != NULL)
			tsr_fetch(known, sizeof(*known));
	}
}

void tsr_srtp_forget(struct tsr_srtp *srtp, uint32_t ssrc)
{
	tsr_ssrcs_remove(&srtp->rtp, ssrc);
}

static int open_rtp(struct tsr_srtp *srtp, uint8_t *data, size_t len, size_t header_len,
	uint32_t ssrc, uint64_t index)
{
	uint8_t *text = data + header_len, tag[TSR_SRTP_SHA1_80_LEN], roc[4];
	size_t text_len = len - header_len - srtp->tag_len;

	if (srtp->is_aead)
		return tsr_srtp_key_open(&srtp->rtp_key, text, ssrc, index,
			tsr_slice(data, header_len), tsr_slice(text, len - header_len));
	put_u32(roc, (uint32_t)(index >> 16));
	tsr_srtp_key_tag(&srtp->rtp_key, tag, tsr_slice(data, len - srtp->tag_len),
		tsr_slice(roc, sizeof(roc)));
	if (!tsr_bytes_equal(tsr_slice(tag, sizeof(tag)),
		    tsr_slice(data + len - srtp->tag_len, sizeof(tag))))
		return TSR_ERR_AUTH;
	return tsr_srtp_key_crypt(&srtp->rtp_key, text, ssrc, index, tsr_slice(text, text_len));
}

int tsr_srtp_unprotect(struct tsr_srtp *srtp, uint8_t *data, size_t *len)
{
	struct tsr_ssrc *known;
	size_t header_len;
	uint64_t index;
	uint32_t ssrc;
	int r;

	if (srtp->direction != TSR_SRTP_RECEIVER)
		return TSR_ERR_STATE;
	if (*len > PACKET_MAX)
		return TSR_ERR_TOO_BIG;
	if (*len < RTP_HEADER_LEN + srtp->tag_len)
		return TSR_ERR_SHORT;
	if ((r = rtp_header_len(&header_len, data, *len - srtp->tag_len)) != 0)
		return r;
	ssrc = get_u32(data + 8);
	known = tsr_ssrcs_find(&srtp->rtp, ssrc);
	if ((r = packet_index(&index, known, (uint16_t)(data[2] << 8 | data[3]))) != 0 ||
		(r = open_rtp(srtp, data, *len, header_len, ssrc, index)) != 0 ||
		(r = note(&srtp->rtp, known, ssrc, index)) != 0)
		return r;
	*len -= srtp->tag_len;
	return 0;
}

/* ---- SRTCP ---- */

/* RFC 7714 9.2: the first 8 bytes and E|index are authenticated, not encrypted. */
static struct tsr_slice rtcp_aad(
	uint8_t aad[static RTCP_HEADER_LEN + WORD_LEN], const uint8_t *data, uint32_t word)
{
	memcpy(aad, data, RTCP_HEADER_LEN);
	put_u32(aad + RTCP_HEADER_LEN, word);
	return tsr_slice(aad, RTCP_HEADER_LEN + WORD_LEN);
}

static int seal_rtcp(
	struct tsr_srtp *srtp, uint8_t *data, size_t len, uint32_t ssrc, uint32_t index)
{
	uint8_t *out = data + RTCP_HEADER_LEN, aad[RTCP_HEADER_LEN + WORD_LEN];
	struct tsr_slice text = tsr_slice(out, len - RTCP_HEADER_LEN);
	int r;

	if (srtp->is_aead) {
		r = tsr_srtp_key_seal(&srtp->rtcp_key, out, ssrc, index,
			rtcp_aad(aad, data, E_BIT | index), text);
		put_u32(data + len + srtp->tag_len, E_BIT | index);
		return r;
	}
	r = tsr_srtp_key_crypt(&srtp->rtcp_key, out, ssrc, index, text);
	put_u32(data + len, E_BIT | index);
	tsr_srtp_key_tag(&srtp->rtcp_key, data + len + WORD_LEN, tsr_slice(data, len + WORD_LEN),
		tsr_slice(NULL, 0));
	return r;
}

int tsr_srtcp_protect(struct tsr_srtp *srtp, uint8_t *data, size_t *len)
{
	int r;

	if (srtp->direction != TSR_SRTP_SENDER)
		return TSR_ERR_STATE;
	if ((r = check_rtcp(data, *len, 0)) != 0)
		return r;
	if (srtp->rtcp_index >= E_BIT)
		return TSR_ERR_EXPIRED;
	r = seal_rtcp(srtp, data, *len, get_u32(data + 4), srtp->rtcp_index++);
	if (r == 0)
		*len += srtp->tag_len + WORD_LEN;
	return r;
}

/* word_at: where E|index is. */
static int open_rtcp(struct tsr_srtp *srtp, uint8_t *data, size_t len, size_t word_at,
	uint32_t ssrc, uint32_t index)
{
	uint8_t *text = data + RTCP_HEADER_LEN, aad[RTCP_HEADER_LEN + WORD_LEN];
	uint8_t tag[TSR_SRTP_SHA1_80_LEN];

	if (srtp->is_aead)
		return tsr_srtp_key_open(&srtp->rtcp_key, text, ssrc, index,
			rtcp_aad(aad, data, E_BIT | index),
			tsr_slice(text, word_at - RTCP_HEADER_LEN));
	tsr_srtp_key_tag(
		&srtp->rtcp_key, tag, tsr_slice(data, len - srtp->tag_len), tsr_slice(NULL, 0));
	if (!tsr_bytes_equal(tsr_slice(tag, sizeof(tag)),
		    tsr_slice(data + len - srtp->tag_len, sizeof(tag))))
		return TSR_ERR_AUTH;
	return tsr_srtp_key_crypt(
		&srtp->rtcp_key, text, ssrc, index, tsr_slice(text, word_at - RTCP_HEADER_LEN));
}

int tsr_srtcp_unprotect(struct tsr_srtp *srtp, uint8_t *data, size_t *len)
{
	struct tsr_ssrc *known;
	uint32_t ssrc, word;
	size_t word_at;
	int r;

	if (srtp->direction != TSR_SRTP_RECEIVER)
		return TSR_ERR_STATE;
	if ((r = check_rtcp(data, *len, srtp->tag_len + WORD_LEN)) != 0)
		return r;
	word_at = *len - WORD_LEN - (srtp->is_aead ? 0 : srtp->tag_len);
	word = get_u32(data + word_at);
	if (!(word & E_BIT)) /* in clear is never agreed on */
		return TSR_ERR_AUTH;
	ssrc = get_u32(data + 4);
	known = tsr_ssrcs_find(&srtp->rtcp, ssrc);
	if ((known && (r = tsr_replay_check(&known->replay, word & ~E_BIT)) != 0) ||
		(r = open_rtcp(srtp, data, *len, word_at, ssrc, word & ~E_BIT)) != 0 ||
		(r = note(&srtp->rtcp, known, ssrc, word & ~E_BIT)) != 0)
		return r;
	*len -= srtp->tag_len + WORD_LEN;
	return 0;
}
