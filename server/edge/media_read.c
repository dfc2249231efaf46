/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/media_read.h"

#include <string.h>

#include "core/base/err.h"

enum { CODECS_MAX = 4, EXTENSIONS_MAX = 8, ID_MAX = 14, LAYERS_MAX = 4, FINGERPRINTS_MAX = 8 };

/* ---- words ---------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-_+/{}", c));
}

static int read_name(char *out, size_t max, const char *in)
{
	size_t len = strlen(in);

	if (len > max)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(in[i]))
			return TSR_ERR_FORMAT;
	memcpy(out, in, len + 1);
	return 0;
}

/* 96..127 are dynamic; 35..65 too, where RTCP is multiplexed (RFC 5761 4, IANA). */
static bool is_payload_type(uint32_t pt)
{
	return (pt >= 96 && pt <= 127) || (pt >= 35 && pt <= 65);
}

/* ---- codecs --------------------------------------------------------------------------- */

static bool is_codec_of(Tessera__V1__Codec codec, enum tsr_stream_class class)
{
	if (class == TSR_STREAM_AUDIO)
		return codec == TESSERA__V1__CODEC__CODEC_OPUS;
	return codec == TESSERA__V1__CODEC__CODEC_VP8 || codec == TESSERA__V1__CODEC__CODEC_VP9;
}

/* The first is sent, RTX of it follows; what else is offered is not used. */
static int read_codecs(
	struct tsr_rtp_sent *out, enum tsr_stream_class class, const Tessera__V1__RtpParameters *in)
{
	if (in->n_codecs == 0 || in->n_codecs > CODECS_MAX ||
		!is_codec_of(in->codecs[0]->codec, class) ||
		!is_payload_type(in->codecs[0]->payload_type) || in->codecs[0]->profile_id != 0)
		return TSR_ERR_FORMAT;
	out->codec = in->codecs[0]->codec;
	out->pt = in->codecs[0]->payload_type;
	for (size_t i = 1; i < in->n_codecs; i++) {
		const Tessera__V1__RtpCodec *codec = in->codecs[i];

		if (codec->codec != TESSERA__V1__CODEC__CODEC_RTX || codec->apt != out->pt)
			continue;
		if (!is_payload_type(codec->payload_type) || codec->payload_type == out->pt)
			return TSR_ERR_FORMAT;
		out->rtx_pt = codec->payload_type;
	}
	return 0;
}

/* ---- the rest ------------------------------------------------------------------------- */

static int read_extensions(struct tsr_rtp_sent *out, const Tessera__V1__RtpParameters *in)
{
	if (in->n_extensions > EXTENSIONS_MAX)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < in->n_extensions; i++) {
		uint32_t what = (uint32_t)in->extensions[i]->extension;
		uint32_t id = in->extensions[i]->id;

		if (what == 0 || what >= sizeof(out->ids) / sizeof(out->ids[0]) || id == 0 ||
			id > ID_MAX)
			return TSR_ERR_FORMAT;
		out->ids[what] = id;
	}
	return 0;
}

static int read_encoding(struct tsr_rtp_encoding *out, const Tessera__V1__RtpEncoding *in)
{
	if ((in->ssrc == 0 && in->rid[0] == '\0') || in->spatial_layers > LAYERS_MAX ||
		in->temporal_layers > LAYERS_MAX)
		return TSR_ERR_FORMAT;
	out->ssrc = in->ssrc;
	out->rtx_ssrc = in->rtx_ssrc;
	out->spatial_layers = in->spatial_layers ? in->spatial_layers : 1;
	out->temporal_layers = in->temporal_layers ? in->temporal_layers : 1;
	out->max_bitrate = in->max_bitrate;
	return read_name(out->rid, TSR_MID_MAX, in->rid);
}

int tsr_media_read_rtp(
	struct tsr_rtp_sent *out, enum tsr_stream_class class, const Tessera__V1__RtpParameters *in)
{
	int r;

	memset(out, 0, sizeof(*out));
	if (!in || in->n_encodings == 0 || in->n_encodings > TSR_RTP_ENCODINGS)
		return TSR_ERR_FORMAT;
	if ((r = read_codecs(out, class, in)) != 0 || (r = read_extensions(out, in)) != 0 ||
		(r = read_name(out->mid, TSR_MID_MAX, in->mid)) != 0 ||
		(r = read_name(out->cname, TSR_CNAME_MAX, in->cname)) != 0)
		return r;
	for (size_t i = 0; i < in->n_encodings; i++)
		if ((r = read_encoding(&out->encodings[i], in->encodings[i])) != 0)
			return r;
	out->n_encodings = (uint32_t)in->n_encodings;
	return 0;
}

int tsr_media_read_dtls(
	uint8_t fingerprint[static TSR_FINGERPRINT_LEN], const Tessera__V1__DtlsParameters *in)
{
	if (!in || in->role == TESSERA__V1__DTLS_ROLE__DTLS_SERVER ||
		in->n_fingerprints > FINGERPRINTS_MAX)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < in->n_fingerprints; i++) {
		const Tessera__V1__DtlsFingerprint *one = in->fingerprints[i];

		if (strcmp(one->algorithm, "sha-256") != 0)
			continue;
		if (one->value.len != TSR_FINGERPRINT_LEN)
			return TSR_ERR_FORMAT;
		memcpy(fingerprint, one->value.data, TSR_FINGERPRINT_LEN);
		return 0;
	}
	return TSR_ERR_FORMAT;
}

/* Simulcast: an encoding is a spatial layer; SVC: one encoding has several. */
void tsr_media_layers(const struct tsr_rtp_sent *sent, uint32_t *spatial, uint32_t *temporal)
{
	const struct tsr_rtp_encoding *last = &sent->encodings[sent->n_encodings - 1];

	*spatial = sent->n_encodings > 1 ? sent->n_encodings : last->spatial_layers;
	*temporal = last->temporal_layers;
}
