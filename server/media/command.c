/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/command.h"

#include "core/base/err.h"
#include "server/capabilities.h"

enum { PT_MAX = 127, EXT_MAX = 14, CNAME_MAX = 64, LAYERS_MAX = TSR_MEDIA_TEMPORAL_MAX };

static int read_name(char *out, size_t max, const char *text)
{
	size_t len = strlen(text);

	if (len > max)
		return TSR_ERR_RANGE;
	memcpy(out, text, len + 1);
	return 0;
}

static int read_open(struct tsr_command *out, const Tessera__Media__TransportOpen *open)
{
	out->kind = TSR_COMMAND_TRANSPORT_OPEN;
	out->session = open->session;
	out->transport = open->transport;
	out->open.member.v = open->member;
	out->open.is_ingress = open->direction == TESSERA__MEDIA__DIRECTION__FROM_MEMBER;
	return open->direction == TESSERA__MEDIA__DIRECTION__FROM_MEMBER ||
			       open->direction == TESSERA__MEDIA__DIRECTION__TO_MEMBER
		       ? 0
		       : TSR_ERR_RANGE;
}

static int read_connect(struct tsr_command *out, const Tessera__Media__TransportConnect *connect)
{
	out->kind = TSR_COMMAND_TRANSPORT_CONNECT;
	out->session = connect->session;
	out->transport = connect->transport;
	if (connect->fingerprint.len != TSR_DTLS_FINGERPRINT_LEN)
		return TSR_ERR_FORMAT;
	memcpy(out->fingerprint, connect->fingerprint.data, TSR_DTLS_FINGERPRINT_LEN);
	return 0;
}

/* ---- producers ------------------------------------------------------------------------ */

static int read_ids(struct tsr_rtp_ids *out, const Tessera__Media__Extensions *in)
{
	uint32_t all;

	if (!in)
		return 0;
	all = in->mid | in->rid | in->repaired_rid | in->audio_level | in->abs_send_time |
	      in->transport_cc;
	if (all > 15 || in->mid > EXT_MAX || in->rid > EXT_MAX || in->repaired_rid > EXT_MAX ||
		in->audio_level > EXT_MAX || in->abs_send_time > EXT_MAX ||
		in->transport_cc > EXT_MAX)
		return TSR_ERR_RANGE;
	out->mid = (uint8_t)in->mid;
	out->rid = (uint8_t)in->rid;
	out->repaired_rid = (uint8_t)in->repaired_rid;
	out->audio_level = (uint8_t)in->audio_level;
	out->abs_send_time = (uint8_t)in->abs_send_time;
	out->transport_cc = (uint8_t)in->transport_cc;
	return 0;
}

static int read_encoding(struct tsr_media_encoding *out, const Tessera__Media__Encoding *in)
{
	if (in->spatial_layers > LAYERS_MAX || in->temporal_layers > LAYERS_MAX)
		return TSR_ERR_RANGE;
	out->ssrc = in->ssrc;
	out->rtx_ssrc = in->rtx_ssrc;
	out->spatial_layers = (uint8_t)in->spatial_layers;
	out->temporal_layers = (uint8_t)in->temporal_layers;
	return read_name(out->rid, TSR_RTP_NAME_MAX, in->rid);
}

static int read_codec(enum tsr_codec *out, const Tessera__Media__ProducerOpen *in)
{
	bool is_audio = in->kind == TESSERA__MEDIA__KIND__AUDIO;

	switch (in->codec) {
	case TESSERA__MEDIA__CODEC__OPUS:
		*out = TSR_CODEC_OPUS;
		return is_audio ? 0 : TSR_ERR_RANGE;
	case TESSERA__MEDIA__CODEC__VP8:
		*out = TSR_CODEC_VP8;
		break;
	case TESSERA__MEDIA__CODEC__VP9:
		*out = TSR_CODEC_VP9;
		break;
	default:
		return TSR_ERR_RANGE;
	}
	return in->kind == TESSERA__MEDIA__KIND__VIDEO ? 0 : TSR_ERR_RANGE;
}

static int read_producer(struct tsr_command *out, const Tessera__Media__ProducerOpen *in)
{
	struct tsr_producer_config *config = &out->producer;
	int r;

	out->kind = TSR_COMMAND_PRODUCER_OPEN;
	out->session = in->session;
	out->transport = in->transport;
	out->stream.v = in->stream;
	config->id = out->stream;
	config->is_paused = in->paused;
	if (in->stream == 0 || in->payload_type > PT_MAX || in->rtx_payload_type > PT_MAX ||
		in->n_encodings == 0 || in->n_encodings > TSR_MEDIA_ENCODINGS_MAX)
		return TSR_ERR_RANGE;
	config->pt = (uint8_t)in->payload_type;
	config->rtx_pt = (uint8_t)in->rtx_payload_type;
	config->n_encodings = (uint8_t)in->n_encodings;
	if ((r = read_codec(&config->codec, in)) != 0 ||
		(r = read_name(config->mid, TSR_RTP_NAME_MAX, in->mid)) != 0 ||
		(r = read_ids(&config->ids, in->extensions)) != 0)
		return r;
	for (size_t i = 0; i < in->n_encodings; i++)
		if ((r = read_encoding(&config->encodings[i], in->encodings[i])) != 0)
			return r;
	return 0;
}

/* ---- consumers ------------------------------------------------------------------------ */

static int read_consumer(struct tsr_command *out, const Tessera__Media__ConsumerOpen *in)
{
	struct tsr_consumer_config *config = &out->consumer;
	int r;

	out->kind = TSR_COMMAND_CONSUMER_OPEN;
	out->session = in->session;
	out->transport = in->transport;
	out->stream.v = in->stream;
	config->source = out->stream;
	config->ssrc = in->ssrc;
	config->rtx_ssrc = in->rtx_ssrc;
	config->ids = (struct tsr_rtp_ids){ .mid = TSR_EXT_MID,
		.audio_level = TSR_EXT_AUDIO_LEVEL,
		.abs_send_time = TSR_EXT_ABS_SEND_TIME,
		.transport_cc = TSR_EXT_TRANSPORT_CC };
	if (in->stream == 0 || in->ssrc == 0)
		return TSR_ERR_RANGE;
	if ((r = read_name(config->mid, TSR_RTP_NAME_MAX, in->mid)) != 0)
		return r;
	return read_name(config->cname, CNAME_MAX, in->cname);
}

static int read_want(struct tsr_command *out, const Tessera__Media__ConsumerWant *in)
{
	out->kind = TSR_COMMAND_CONSUMER_WANT;
	out->session = in->session;
	out->transport = in->transport;
	out->stream.v = in->stream;
	if (in->max_spatial > UINT8_MAX || in->max_temporal > UINT8_MAX || in->priority > UINT8_MAX)
		return TSR_ERR_RANGE;
	out->wants = (struct tsr_consumer_wants){ .is_on = in->on,
		.max_spatial = (uint8_t)in->max_spatial,
		.max_temporal = (uint8_t)in->max_temporal,
		.priority = (uint8_t)in->priority };
	return 0;
}

/* ---- all ------------------------------------------------------------------------------ */

static int read_named(struct tsr_command *out, enum tsr_command_kind kind, uint64_t session,
	uint32_t transport, uint32_t stream)
{
	out->kind = kind;
	out->session = session;
	out->transport = transport;
	out->stream.v = stream;
	return 0;
}

#define BODY(name) TESSERA__MEDIA__TO_MEDIA__BODY_##name

int tsr_command_read(struct tsr_command *out, const Tessera__Media__ToMedia *m)
{
	memset(out, 0, sizeof(*out));
	switch (m->body_case) {
	case BODY(SESSION_CLOSE):
		return read_named(out, TSR_COMMAND_SESSION_CLOSE, m->session_close->session, 0, 0);
	case BODY(TRANSPORT_OPEN):
		return read_open(out, m->transport_open);
	case BODY(TRANSPORT_CONNECT):
		return read_connect(out, m->transport_connect);
	case BODY(ICE_RESTART):
		return read_named(out, TSR_COMMAND_ICE_RESTART, m->ice_restart->session,
			m->ice_restart->transport, 0);
	case BODY(TRANSPORT_CLOSE):
		return read_named(out, TSR_COMMAND_TRANSPORT_CLOSE, m->transport_close->session,
			m->transport_close->transport, 0);
	case BODY(PRODUCER_OPEN):
		return read_producer(out, m->producer_open);
	case BODY(PRODUCER_PAUSE):
		out->is_paused = m->producer_pause->on;
		return read_named(out, TSR_COMMAND_PRODUCER_PAUSE, m->producer_pause->session, 0,
			m->producer_pause->stream);
	case BODY(PRODUCER_CLOSE):
		return read_named(out, TSR_COMMAND_PRODUCER_CLOSE, m->producer_close->session, 0,
			m->producer_close->stream);
	case BODY(CONSUMER_OPEN):
		return read_consumer(out, m->consumer_open);
	case BODY(CONSUMER_WANT):
		return read_want(out, m->consumer_want);
	case BODY(CONSUMER_CLOSE):
		return read_named(out, TSR_COMMAND_CONSUMER_CLOSE, m->consumer_close->session,
			m->consumer_close->transport, m->consumer_close->stream);
	case BODY(TCP):
		return read_named(out, TSR_COMMAND_TCP, 0, 0, 0);
	default:
		return TSR_ERR_FORMAT;
	}
}
