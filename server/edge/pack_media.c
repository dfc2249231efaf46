/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/pack_media.h"

#include <stdio.h>

#include "proto/unpack.h"
#include "server/capabilities.h"
#include "server/edge/inbox.h"

/* The generated structs want pointers without const; packing only reads. */
static char *text_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

static struct tsr_msg *pack(Tessera__V1__ToClient *message)
{
	return tsr_proto_pack_msg(&message->base, TSR_KIND_PROTO);
}

#define TO_CLIENT(field, CASE) \
	{ \
		.base = PROTOBUF_C_MESSAGE_INIT(&tessera__v1__to_client__descriptor), \
		.body_case = TESSERA__V1__TO_CLIENT__BODY_##CASE, .field = &body \
	}

/* ---- what this server can carry ------------------------------------------------------- */

#define AUDIO TESSERA__V1__MEDIA_KIND__KIND_AUDIO
#define VIDEO TESSERA__V1__MEDIA_KIND__KIND_VIDEO
#define EXTENSION(name) TESSERA__V1__RTP_EXTENSION__EXTENSION_##name

static Tessera__V1__RtcpFeedback audio_feedback[] = {
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_TRANSPORT_CC,
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_NACK,
};
static Tessera__V1__RtcpFeedback video_feedback[] = {
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_TRANSPORT_CC,
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_NACK,
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_NACK_PLI,
	TESSERA__V1__RTCP_FEEDBACK__FEEDBACK_CCM_FIR,
};

static void set_feedback(Tessera__V1__RtpCodec *codec, Tessera__V1__RtcpFeedback *list, size_t n)
{
	codec->feedback = list;
	codec->n_feedback = n;
}

static void set_opus(Tessera__V1__RtpCodec *out)
{
	tessera__v1__rtp_codec__init(out);
	out->codec = TESSERA__V1__CODEC__CODEC_OPUS;
	out->kind = AUDIO;
	out->payload_type = TSR_PT_OPUS;
	out->fec = out->dtx = true;
	set_feedback(out, audio_feedback, sizeof(audio_feedback) / sizeof(audio_feedback[0]));
}

static void set_video(Tessera__V1__RtpCodec *out, Tessera__V1__Codec codec, uint32_t pt)
{
	tessera__v1__rtp_codec__init(out);
	out->codec = codec;
	out->kind = VIDEO;
	out->payload_type = pt;
	set_feedback(out, video_feedback, sizeof(video_feedback) / sizeof(video_feedback[0]));
}

static void set_rtx(Tessera__V1__RtpCodec *out, uint32_t pt, uint32_t apt)
{
	tessera__v1__rtp_codec__init(out);
	out->codec = TESSERA__V1__CODEC__CODEC_RTX;
	out->kind = VIDEO;
	out->payload_type = pt;
	out->apt = apt;
}

static const struct {
	Tessera__V1__RtpExtension extension;
	Tessera__V1__MediaKind kind;
	uint32_t id;
	bool is_sent; /* in what goes to receivers */
} extensions[] = {
	{ EXTENSION(MID), AUDIO, TSR_EXT_MID, true },
	{ EXTENSION(MID), VIDEO, TSR_EXT_MID, true },
	{ EXTENSION(RID), VIDEO, TSR_EXT_RID, false },
	{ EXTENSION(REPAIRED_RID), VIDEO, TSR_EXT_REPAIRED_RID, false },
	{ EXTENSION(ABS_SEND_TIME), VIDEO, TSR_EXT_ABS_SEND_TIME, true },
	{ EXTENSION(TRANSPORT_CC), AUDIO, TSR_EXT_TRANSPORT_CC, true },
	{ EXTENSION(TRANSPORT_CC), VIDEO, TSR_EXT_TRANSPORT_CC, true },
	{ EXTENSION(AUDIO_LEVEL), AUDIO, TSR_EXT_AUDIO_LEVEL, true },
};
enum { N_EXTENSIONS = sizeof(extensions) / sizeof(extensions[0]), N_CODECS = 5 };

static void set_extension(Tessera__V1__RtpHeaderExtension *out, size_t i)
{
	tessera__v1__rtp_header_extension__init(out);
	out->extension = extensions[i].extension;
	out->id = extensions[i].id;
	out->kind = extensions[i].kind;
}

struct router {
	Tessera__V1__RtpCapabilities all;
	Tessera__V1__RtpCodec codecs[N_CODECS], *codec_list[N_CODECS];
	Tessera__V1__RtpHeaderExtension headers[N_EXTENSIONS], *header_list[N_EXTENSIONS];
};

static void fill_router(struct router *out)
{
	tessera__v1__rtp_capabilities__init(&out->all);
	set_opus(&out->codecs[0]);
	set_video(&out->codecs[1], TESSERA__V1__CODEC__CODEC_VP8, TSR_PT_VP8);
	set_rtx(&out->codecs[2], TSR_PT_VP8_RTX, TSR_PT_VP8);
	set_video(&out->codecs[3], TESSERA__V1__CODEC__CODEC_VP9, TSR_PT_VP9);
	set_rtx(&out->codecs[4], TSR_PT_VP9_RTX, TSR_PT_VP9);
	for (size_t i = 0; i < N_CODECS; i++)
		out->codec_list[i] = &out->codecs[i];
	for (size_t i = 0; i < N_EXTENSIONS; i++) {
		set_extension(&out->headers[i], i);
		out->header_list[i] = &out->headers[i];
	}
	out->all.codecs = out->codec_list;
	out->all.n_codecs = N_CODECS;
	out->all.extensions = out->header_list;
	out->all.n_extensions = N_EXTENSIONS;
}

/* ---- transports ----------------------------------------------------------------------- */

enum { CANDIDATES_MAX = 96 };

struct transport {
	Tessera__V1__Transport all;
	Tessera__V1__IceParameters ice;
	Tessera__V1__DtlsParameters dtls;
	Tessera__V1__DtlsFingerprint fingerprint, *fingerprint_list[1];
	Tessera__V1__IceCandidate candidates[CANDIDATES_MAX], *candidate_list[CANDIDATES_MAX];
	char foundations[CANDIDATES_MAX][24];
};

static void set_ice(Tessera__V1__IceParameters *out, const Tessera__Media__TransportOpened *opened)
{
	tessera__v1__ice_parameters__init(out);
	out->ufrag = opened->ufrag;
	out->password = opened->password;
}

static void set_candidate(
	struct transport *out, size_t i, const Tessera__Media__Candidate *candidate)
{
	Tessera__V1__IceCandidate *one = &out->candidates[i];

	tessera__v1__ice_candidate__init(one);
	snprintf(out->foundations[i], sizeof(out->foundations[i]), "%zu", i + 1);
	one->foundation = out->foundations[i];
	one->priority = candidate->priority;
	one->address = candidate->address;
	one->port = candidate->port;
	one->protocol = candidate->tcp ? TESSERA__V1__PROTOCOL__PROTOCOL_TCP
				       : TESSERA__V1__PROTOCOL__PROTOCOL_UDP;
	out->candidate_list[i] = one;
}

static void fill_transport(struct transport *out, const Tessera__Media__TransportOpened *opened)
{
	tessera__v1__transport__init(&out->all);
	set_ice(&out->ice, opened);
	out->all.ice = &out->ice;
	tessera__v1__dtls_parameters__init(&out->dtls);
	tessera__v1__dtls_fingerprint__init(&out->fingerprint);
	out->fingerprint.algorithm = text_of("sha-256");
	out->fingerprint.value = opened->fingerprint;
	out->fingerprint_list[0] = &out->fingerprint;
	out->dtls.fingerprints = out->fingerprint_list;
	out->dtls.n_fingerprints = 1;
	out->all.dtls = &out->dtls;
	out->all.n_candidates =
		opened->n_candidates < CANDIDATES_MAX ? opened->n_candidates : CANDIDATES_MAX;
	for (size_t i = 0; i < out->all.n_candidates; i++)
		set_candidate(out, i, opened->candidates[i]);
	out->all.candidates = out->candidate_list;
}

struct tsr_msg *tsr_pack_media_ready(
	const Tessera__Media__TransportOpened *send, const Tessera__Media__TransportOpened *receive)
{
	Tessera__V1__MediaReady body = TESSERA__V1__MEDIA_READY__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(media_ready, MEDIA_READY);
	struct transport transports[2];
	struct router router;

	fill_router(&router);
	fill_transport(&transports[0], send);
	fill_transport(&transports[1], receive);
	body.router = &router.all;
	body.send = &transports[0].all;
	body.receive = &transports[1].all;
	return pack(&message);
}

struct tsr_msg *tsr_pack_ice_restarted(
	Tessera__V1__Direction direction, const Tessera__Media__TransportOpened *opened)
{
	Tessera__V1__IceRestarted body = TESSERA__V1__ICE_RESTARTED__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(ice_restarted, ICE_RESTARTED);
	Tessera__V1__IceParameters ice;

	set_ice(&ice, opened);
	body.direction = direction;
	body.ice = &ice;
	return pack(&message);
}

/* ---- consumers ------------------------------------------------------------------------ */

static size_t set_codecs(Tessera__V1__RtpCodec out[static 2], Tessera__V1__Codec codec)
{
	switch (codec) {
	case TESSERA__V1__CODEC__CODEC_VP8:
		set_video(&out[0], codec, TSR_PT_VP8);
		set_rtx(&out[1], TSR_PT_VP8_RTX, TSR_PT_VP8);
		return 2;
	case TESSERA__V1__CODEC__CODEC_VP9:
		set_video(&out[0], codec, TSR_PT_VP9);
		set_rtx(&out[1], TSR_PT_VP9_RTX, TSR_PT_VP9);
		return 2;
	default:
		set_opus(&out[0]);
		return 1;
	}
}

static size_t set_headers(Tessera__V1__RtpHeaderExtension *out, Tessera__V1__MediaKind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < N_EXTENSIONS; i++) {
		if (extensions[i].kind != kind || !extensions[i].is_sent)
			continue;
		set_extension(&out[n], i);
		out[n++].kind = TESSERA__V1__MEDIA_KIND__KIND_NONE; /* said by the consumer */
	}
	return n;
}

static void set_encoding(Tessera__V1__RtpEncoding *out, const struct tsr_consuming *consuming)
{
	tessera__v1__rtp_encoding__init(out);
	out->ssrc = consuming->ssrc;
	out->rtx_ssrc = consuming->rtx_ssrc;
}

struct tsr_msg *tsr_pack_consumer(const struct tsr_consuming *consuming)
{
	Tessera__V1__Consumer body = TESSERA__V1__CONSUMER__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(consumer, CONSUMER);
	Tessera__V1__RtpParameters rtp = TESSERA__V1__RTP_PARAMETERS__INIT;
	Tessera__V1__RtpCodec codecs[2], *codec_list[2] = { &codecs[0], &codecs[1] };
	Tessera__V1__RtpHeaderExtension headers[N_EXTENSIONS], *header_list[N_EXTENSIONS];
	Tessera__V1__RtpEncoding encoding, *encoding_list[1] = { &encoding };

	body.stream = consuming->stream;
	body.kind = consuming->sent->codec == TESSERA__V1__CODEC__CODEC_OPUS ? AUDIO : VIDEO;
	tsr_media_layers(consuming->sent, &body.spatial_layers, &body.temporal_layers);
	rtp.mid = text_of(consuming->mid);
	rtp.cname = text_of(consuming->cname);
	rtp.n_codecs = set_codecs(codecs, consuming->sent->codec);
	rtp.codecs = codec_list;
	rtp.n_extensions = set_headers(headers, body.kind);
	for (size_t i = 0; i < rtp.n_extensions; i++)
		header_list[i] = &headers[i];
	rtp.extensions = header_list;
	set_encoding(&encoding, consuming);
	rtp.encodings = encoding_list;
	rtp.n_encodings = 1;
	body.rtp = &rtp;
	return pack(&message);
}

struct tsr_msg *tsr_pack_media_gone(uint32_t retry_ms)
{
	Tessera__V1__MediaGone body = TESSERA__V1__MEDIA_GONE__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(media_gone, MEDIA_GONE);

	body.retry_ms = retry_ms;
	return pack(&message);
}

struct tsr_msg *tsr_pack_media_speakers(
	uint32_t active, const uint32_t *members, const uint32_t *levels, size_t n)
{
	Tessera__V1__Speakers body = TESSERA__V1__SPEAKERS__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(speakers, SPEAKERS);

	body.active = active;
	body.members = (uint32_t *)(uintptr_t)members; /* only read */
	body.levels = (uint32_t *)(uintptr_t)levels;
	body.n_members = body.n_levels = n;
	return pack(&message);
}

struct tsr_msg *tsr_pack_qualities(Tessera__V1__Quality **members, size_t n_members,
	Tessera__V1__ConsumerLayer **layers, size_t n_layers)
{
	Tessera__V1__Qualities body = TESSERA__V1__QUALITIES__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(qualities, QUALITIES);

	body.members = members;
	body.n_members = n_members;
	body.layers = layers;
	body.n_layers = n_layers;
	return pack(&message);
}

/* ---- to media ------------------------------------------------------------------------- */

struct tsr_msg *tsr_pack_to_media(const Tessera__Media__ToMedia *message)
{
	struct tsr_msg *msg = tsr_msg_create(tessera__media__to_media__get_packed_size(message));

	if (msg)
		tessera__media__to_media__pack(message, msg->data);
	return msg;
}

#define TO_MEDIA(field, CASE) \
	{ \
		.base = PROTOBUF_C_MESSAGE_INIT(&tessera__media__to_media__descriptor), \
		.body_case = TESSERA__MEDIA__TO_MEDIA__BODY_##CASE, .field = &body \
	}

struct tsr_msg *tsr_pack_session_close(uint64_t session)
{
	Tessera__Media__SessionClose body = TESSERA__MEDIA__SESSION_CLOSE__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(session_close, SESSION_CLOSE);

	body.session = session;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_transport_open(
	uint64_t session, uint32_t transport, uint32_t member, bool is_from_member)
{
	Tessera__Media__TransportOpen body = TESSERA__MEDIA__TRANSPORT_OPEN__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(transport_open, TRANSPORT_OPEN);

	body.session = session;
	body.transport = transport;
	body.member = member;
	body.direction = is_from_member ? TESSERA__MEDIA__DIRECTION__FROM_MEMBER
					: TESSERA__MEDIA__DIRECTION__TO_MEMBER;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_transport_connect(
	uint64_t session, uint32_t transport, const uint8_t *fingerprint)
{
	Tessera__Media__TransportConnect body = TESSERA__MEDIA__TRANSPORT_CONNECT__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(transport_connect, TRANSPORT_CONNECT);

	body.session = session;
	body.transport = transport;
	body.fingerprint.data = (uint8_t *)(uintptr_t)fingerprint;
	body.fingerprint.len = TSR_FINGERPRINT_LEN;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_ice_restart(uint64_t session, uint32_t transport)
{
	Tessera__Media__IceRestart body = TESSERA__MEDIA__ICE_RESTART__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(ice_restart, ICE_RESTART);

	body.session = session;
	body.transport = transport;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_transport_close(uint64_t session, uint32_t transport)
{
	Tessera__Media__TransportClose body = TESSERA__MEDIA__TRANSPORT_CLOSE__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(transport_close, TRANSPORT_CLOSE);

	body.session = session;
	body.transport = transport;
	return tsr_pack_to_media(&message);
}

static Tessera__Media__Codec codec_of(Tessera__V1__Codec codec)
{
	switch (codec) {
	case TESSERA__V1__CODEC__CODEC_VP8:
		return TESSERA__MEDIA__CODEC__VP8;
	case TESSERA__V1__CODEC__CODEC_VP9:
		return TESSERA__MEDIA__CODEC__VP9;
	default:
		return TESSERA__MEDIA__CODEC__OPUS;
	}
}

static void set_ids(Tessera__Media__Extensions *out, const struct tsr_rtp_sent *sent)
{
	tessera__media__extensions__init(out);
	out->mid = sent->ids[EXTENSION(MID)];
	out->rid = sent->ids[EXTENSION(RID)];
	out->repaired_rid = sent->ids[EXTENSION(REPAIRED_RID)];
	out->audio_level = sent->ids[EXTENSION(AUDIO_LEVEL)];
	out->abs_send_time = sent->ids[EXTENSION(ABS_SEND_TIME)];
	out->transport_cc = sent->ids[EXTENSION(TRANSPORT_CC)];
}

static void set_sent(Tessera__Media__Encoding *out, const struct tsr_rtp_encoding *in)
{
	tessera__media__encoding__init(out);
	out->ssrc = in->ssrc;
	out->rtx_ssrc = in->rtx_ssrc;
	out->rid = text_of(in->rid);
	out->spatial_layers = in->spatial_layers;
	out->temporal_layers = in->temporal_layers;
	out->max_bitrate = in->max_bitrate;
}

struct tsr_msg *tsr_pack_producer_open(uint64_t session, uint32_t transport, uint32_t stream,
	const struct tsr_rtp_sent *sent, bool is_paused)
{
	Tessera__Media__ProducerOpen body = TESSERA__MEDIA__PRODUCER_OPEN__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(producer_open, PRODUCER_OPEN);
	Tessera__Media__Encoding encodings[TSR_RTP_ENCODINGS], *list[TSR_RTP_ENCODINGS];
	Tessera__Media__Extensions ids;

	for (size_t i = 0; i < sent->n_encodings; i++) {
		set_sent(&encodings[i], &sent->encodings[i]);
		list[i] = &encodings[i];
	}
	set_ids(&ids, sent);
	body.session = session;
	body.transport = transport;
	body.stream = stream;
	body.kind = sent->codec == TESSERA__V1__CODEC__CODEC_OPUS ? TESSERA__MEDIA__KIND__AUDIO
								  : TESSERA__MEDIA__KIND__VIDEO;
	body.codec = codec_of(sent->codec);
	body.payload_type = sent->pt;
	body.rtx_payload_type = sent->rtx_pt;
	body.mid = text_of(sent->mid);
	body.cname = text_of(sent->cname);
	body.encodings = list;
	body.n_encodings = sent->n_encodings;
	body.extensions = &ids;
	body.paused = is_paused;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_producer_pause(uint64_t session, uint32_t stream, bool on)
{
	Tessera__Media__ProducerPause body = TESSERA__MEDIA__PRODUCER_PAUSE__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(producer_pause, PRODUCER_PAUSE);

	body.session = session;
	body.stream = stream;
	body.on = on;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_producer_close(uint64_t session, uint32_t stream)
{
	Tessera__Media__ProducerClose body = TESSERA__MEDIA__PRODUCER_CLOSE__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(producer_close, PRODUCER_CLOSE);

	body.session = session;
	body.stream = stream;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_consumer_open(
	uint64_t session, uint32_t transport, const struct tsr_consuming *consuming)
{
	Tessera__Media__ConsumerOpen body = TESSERA__MEDIA__CONSUMER_OPEN__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(consumer_open, CONSUMER_OPEN);

	body.session = session;
	body.transport = transport;
	body.stream = consuming->stream;
	body.ssrc = consuming->ssrc;
	body.rtx_ssrc = consuming->rtx_ssrc;
	body.mid = text_of(consuming->mid);
	body.cname = text_of(consuming->cname);
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_consumer_want(
	uint64_t session, uint32_t transport, uint32_t stream, const struct tsr_want *want)
{
	Tessera__Media__ConsumerWant body = TESSERA__MEDIA__CONSUMER_WANT__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(consumer_want, CONSUMER_WANT);

	body.session = session;
	body.transport = transport;
	body.stream = stream;
	body.on = want->is_on;
	body.max_spatial = want->max_spatial;
	body.max_temporal = want->max_temporal;
	body.priority = want->priority;
	return tsr_pack_to_media(&message);
}

struct tsr_msg *tsr_pack_consumer_close(uint64_t session, uint32_t transport, uint32_t stream)
{
	Tessera__Media__ConsumerClose body = TESSERA__MEDIA__CONSUMER_CLOSE__INIT;
	Tessera__Media__ToMedia message = TO_MEDIA(consumer_close, CONSUMER_CLOSE);

	body.session = session;
	body.transport = transport;
	body.stream = stream;
	return tsr_pack_to_media(&message);
}
