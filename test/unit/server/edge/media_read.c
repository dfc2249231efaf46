/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/media_read.h"

#include "core/base/err.h"
#include "test.h"

static char mid[] = "1", cname[] = "{5f-a}", q[] = "q", bad[] = "a b", sha256[] = "sha-256",
	    sha1[] = "sha-1";

/* A camera with two encodings, as a browser says it; a test breaks one thing. */
static struct {
	Tessera__V1__RtpParameters all;
	Tessera__V1__RtpCodec vp8, rtx, *codecs[2];
	Tessera__V1__RtpHeaderExtension header, *headers[1];
	Tessera__V1__RtpEncoding low, high, *encodings[2];
} camera;
static struct tsr_rtp_sent sent;

static void reset(void)
{
	tessera__v1__rtp_parameters__init(&camera.all);
	tessera__v1__rtp_codec__init(&camera.vp8);
	tessera__v1__rtp_codec__init(&camera.rtx);
	tessera__v1__rtp_header_extension__init(&camera.header);
	tessera__v1__rtp_encoding__init(&camera.low);
	tessera__v1__rtp_encoding__init(&camera.high);
	camera.vp8.codec = TESSERA__V1__CODEC__CODEC_VP8;
	camera.vp8.payload_type = 96;
	camera.rtx.codec = TESSERA__V1__CODEC__CODEC_RTX;
	camera.rtx.payload_type = 97;
	camera.rtx.apt = 96;
	camera.codecs[0] = &camera.vp8;
	camera.codecs[1] = &camera.rtx;
	camera.header.extension = TESSERA__V1__RTP_EXTENSION__EXTENSION_RID;
	camera.header.id = 10;
	camera.headers[0] = &camera.header;
	camera.low.rid = q;
	camera.high.ssrc = 5;
	camera.high.temporal_layers = 3;
	camera.encodings[0] = &camera.low;
	camera.encodings[1] = &camera.high;
	camera.all.mid = mid;
	camera.all.cname = cname;
	camera.all.codecs = camera.codecs;
	camera.all.n_codecs = 2;
	camera.all.extensions = camera.headers;
	camera.all.n_extensions = 1;
	camera.all.encodings = camera.encodings;
	camera.all.n_encodings = 2;
}

static int read_camera(void)
{
	return tsr_media_read_rtp(&sent, TSR_STREAM_VIDEO, &camera.all);
}

static void reads_a_camera(void)
{
	uint32_t spatial, temporal;

	reset();
	CHECK_INT(read_camera(), 0);
	CHECK_INT(sent.codec, TESSERA__V1__CODEC__CODEC_VP8);
	CHECK_INT(sent.pt, 96);
	CHECK_INT(sent.rtx_pt, 97);
	CHECK_INT(sent.ids[TESSERA__V1__RTP_EXTENSION__EXTENSION_RID], 10);
	CHECK_INT(sent.n_encodings, 2);
	CHECK_INT(sent.encodings[0].spatial_layers, 1);
	tsr_media_layers(&sent, &spatial, &temporal);
	CHECK_INT(spatial, 2);
	CHECK_INT(temporal, 3);
}

static void refuses_what_breaks_the_rules(void)
{
	CHECK_INT(tsr_media_read_rtp(&sent, TSR_STREAM_VIDEO, NULL), TSR_ERR_FORMAT);
	reset();
	CHECK_INT(tsr_media_read_rtp(&sent, TSR_STREAM_AUDIO, &camera.all), TSR_ERR_FORMAT);
	camera.vp8.payload_type = 72; /* looks like RTCP */
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.rtx.payload_type = 96;
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.header.id = 15;
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.header.extension = (Tessera__V1__RtpExtension)7;
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.high.ssrc = 0; /* neither SSRC nor RID */
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.all.cname = bad;
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
	reset();
	camera.all.n_encodings = 0;
	CHECK_INT(read_camera(), TSR_ERR_FORMAT);
}

static void takes_the_fingerprint_that_it_knows(void)
{
	uint8_t bytes[TSR_FINGERPRINT_LEN] = { 7 }, out[TSR_FINGERPRINT_LEN];
	Tessera__V1__DtlsFingerprint old = TESSERA__V1__DTLS_FINGERPRINT__INIT,
				     good = TESSERA__V1__DTLS_FINGERPRINT__INIT;
	Tessera__V1__DtlsFingerprint *list[] = { &old, &good };
	Tessera__V1__DtlsParameters dtls = TESSERA__V1__DTLS_PARAMETERS__INIT;

	old.algorithm = sha1;
	good.algorithm = sha256;
	good.value.data = bytes;
	good.value.len = sizeof(bytes);
	dtls.fingerprints = list;
	dtls.n_fingerprints = 2;
	CHECK_INT(tsr_media_read_dtls(out, &dtls), 0);
	CHECK_INT(out[0], 7);
	dtls.role = TESSERA__V1__DTLS_ROLE__DTLS_SERVER;
	CHECK_INT(tsr_media_read_dtls(out, &dtls), TSR_ERR_FORMAT);
	dtls.role = TESSERA__V1__DTLS_ROLE__DTLS_CLIENT;
	dtls.n_fingerprints = 1;
	CHECK_INT(tsr_media_read_dtls(out, &dtls), TSR_ERR_FORMAT);
	CHECK_INT(tsr_media_read_dtls(out, NULL), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(reads_a_camera), TEST(refuses_what_breaks_the_rules),
	TEST(takes_the_fingerprint_that_it_knows))
