/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes test/vectors/schedule.json, by which the TypeScript SDK proves itself against the C
 * code: links and what they give, epochs, stream keys, sealed frames. Without an argument it
 * prints the file; with the file's path it checks that the file is what it would print.
 * All inputs are fixed. 64-bit numbers are decimal strings, bytes are hexadecimal.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/crypto/base64url.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/sframe.h"
#include "core/e2e/link.h"
#include "core/e2e/proof.h"
#include "core/e2e/schedule.h"
#include "core/wire/frame.h"

#define TEXT_MAX (256 * 1024)

static char *text;
static size_t text_len;
static bool needs_comma;

static void die(const char *what)
{
	printf("1..1\nnot ok 1 - %s\n", what);
	exit(1);
}

TSR_PRINTF(1, 2) static void put(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + text_len, TEXT_MAX - text_len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= TEXT_MAX - text_len)
		die("the file grew too long");
	text_len += (size_t)n;
}

static void begin(const char *key, char bracket)
{
	put("%s", needs_comma ? "," : "");
	if (key)
		put("\n\"%s\": ", key);
	else
		put("\n");
	put("%c", bracket);
	needs_comma = false;
}

static void end(char bracket)
{
	put("%c", bracket);
	needs_comma = true;
}

static void key_of(const char *key)
{
	put("%s\"%s\": ", needs_comma ? ", " : "", key);
	needs_comma = true;
}

static void string(const char *key, const char *value)
{
	key_of(key);
	put("\"%s\"", value);
}

static void number(const char *key, uint32_t value)
{
	key_of(key);
	put("%" PRIu32, value);
}

static void number64(const char *key, uint64_t value)
{
	key_of(key);
	put("\"%" PRIu64 "\"", value);
}

static void boolean(const char *key, bool value)
{
	key_of(key);
	put("%s", value ? "true" : "false");
}

static void bytes(const char *key, const void *data, size_t len)
{
	const uint8_t *p = data;

	key_of(key);
	put("\"");
	for (size_t i = 0; i < len; i++)
		put("%02x", p[i]);
	put("\"");
}

static void slice(const char *key, struct tsr_slice value)
{
	bytes(key, value.data, value.len);
}

static void must(int r, const char *what)
{
	if (r != 0)
		die(what);
}

/* Bytes that look like nothing in particular: SHA-512 over a label. */
static void draw(uint8_t *out, size_t len, const char *label)
{
	must(tsr_hkdf_expand(out, len, tsr_slice_str("tessera test vectors"), tsr_slice_str(label)),
		label);
}

/* ---- links ---------------------------------------------------------------------------- */

static void put_link(const char *key, const struct tsr_link *link)
{
	static const char *const kinds[] = { "digits", "attendee", "organizer" };
	char url[TSR_LINK_MAX];

	must(tsr_link_write(url, sizeof(url), link), "link");
	begin(key, '{');
	string("url", url);
	string("kind", kinds[link->kind]);
	boolean("end_to_end", link->is_end_to_end);
	string("host", link->host);
	number("port", link->port);
	string("number", link->number);
	if (link->secret)
		slice("secret", tsr_secret_slice(link->secret));
	if (link->kind == TSR_LINK_ATTENDEE)
		bytes("pin", link->pin, sizeof(link->pin));
	end('}');
}

static void put_organizer(const char *host, uint16_t port, bool is_end_to_end, const char *label)
{
	struct tsr_link link = {
		.kind = TSR_LINK_ORGANIZER, .is_end_to_end = is_end_to_end, .port = port
	};
	struct tsr_link attendee;
	struct tsr_organizer_keys keys;
	uint8_t hash[32];

	snprintf(link.host, sizeof(link.host), "%s", host);
	snprintf(link.number, sizeof(link.number), "418205937");
	must(tsr_secret_create(&link.secret, TSR_LINK_SECRET_LEN), "memory");
	draw(tsr_secret_data(link.secret), TSR_LINK_SECRET_LEN, label);
	must(tsr_organizer_keys_derive(&keys, link.secret), "derive");
	must(tsr_link_for_attendees(&attendee, &link), "attendee");
	begin(NULL, '{');
	slice("organizer_secret", tsr_secret_slice(link.secret));
	slice("link_secret", tsr_secret_slice(keys.link_secret));
	bytes("meeting_seed", tsr_sign_key_seed(keys.meeting_key), TSR_SIGN_SEED_LEN);
	bytes("meeting_public_key", tsr_sign_key_public(keys.meeting_key), TSR_SIGN_PUBLIC_LEN);
	bytes("organizer_token", keys.organizer_token, TSR_LINK_TOKEN_LEN);
	tsr_link_token_hash(hash, keys.organizer_token);
	bytes("organizer_token_hash", hash, sizeof(hash));
	bytes("join_token", keys.join_token, TSR_LINK_TOKEN_LEN);
	tsr_link_token_hash(hash, keys.join_token);
	bytes("join_token_hash", hash, sizeof(hash));
	bytes("pin", keys.pin, sizeof(keys.pin));
	put_link("organizer_link", &link);
	put_link("attendee_link", &attendee);
	link.kind = TSR_LINK_DIGITS;
	link.is_end_to_end = false;
	tsr_secret_destroy(link.secret);
	link.secret = NULL;
	put_link("digits_link", &link);
	end('}');
	tsr_organizer_keys_finish(&keys);
	tsr_link_finish(&attendee);
	tsr_link_finish(&link);
}

static void put_links(void)
{
	begin("links", '[');
	put_organizer("meet.example.org", 443, false, "link 1");
	put_organizer("localhost", 8443, false, "link 2");
	put_organizer("[2001:db8::7]", 8443, true, "link 3");
	put_organizer("192.0.2.17", 1, true, "link 4");
	end(']');
}

static void put_base64url(void)
{
	begin("base64url", '[');
	for (size_t len = 0; len < 8; len++) {
		uint8_t data[8];
		char coded[16];

		draw(data, sizeof(data), "base64url");
		must(tsr_base64url_write(coded, sizeof(coded), tsr_slice(data, len)), "base64url");
		begin(NULL, '{');
		bytes("bytes", data, len);
		string("text", coded);
		end('}');
	}
	end(']');
}

/* ---- frames --------------------------------------------------------------------------- */

static void put_header(const struct tsr_frame *frame, const uint8_t *header)
{
	begin("header", '{');
	number("class", frame->class);
	number("flags", frame->flags);
	number("epoch", frame->epoch);
	number("from", frame->from);
	number("to", frame->to);
	number("stream", frame->stream);
	number("picture", frame->picture);
	number("base", frame->base);
	number64("cells", frame->cells);
	number("length", frame->length);
	bytes("bytes", header, TSR_FRAME_HEADER_LEN);
	end('}');
}

static void put_frame(struct tsr_sealer *sealer, struct tsr_frame *frame, struct tsr_slice plain)
{
	uint8_t object[1024];
	uint8_t header[TSR_FRAME_HEADER_LEN];
	size_t len = tsr_sealer_object_len(sealer, plain.len);

	begin(NULL, '{');
	number64("ctr", tsr_sealer_ctr(sealer));
	frame->length = (uint32_t)len;
	tsr_frame_write(header, frame);
	must(tsr_sealer_seal(
		     sealer, object, sizeof(object), tsr_slice(header, sizeof(header)), plain),
		"seal");
	put_header(frame, header);
	slice("plain", plain);
	bytes("object", object, len);
	end('}');
}

static void put_frames_of(struct tsr_sealer *sealer, struct tsr_frame *frame)
{
	uint8_t plain[600];
	static const size_t lens[] = { 0, 1, 16, 21, 600 };

	draw(plain, sizeof(plain), "plain");
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		if (frame->class == TSR_FRAME_SCREEN) {
			frame->picture++;
			frame->base =
				frame->flags & TSR_FRAME_KEY ? frame->picture : frame->picture - 1;
		} else {
			frame->picture++;
		}
		put_frame(sealer, frame, tsr_slice(plain, lens[i]));
	}
}

struct stream {
	uint32_t member;
	uint32_t stream;
	enum tsr_frame_class class;
	uint8_t flags;
	uint32_t to;
	uint64_t cells;
	uint64_t first_ctr;
	const char *label;
};

static void put_stream(const struct tsr_secret *prk, uint32_t epoch, const struct stream *stream)
{
	struct tsr_stream_instance instance = { .from = { stream->member },
		.stream = { stream->stream } };
	struct tsr_frame frame = { .class = (uint8_t)stream->class,
		.flags = stream->flags,
		.epoch = (uint8_t)epoch,
		.from = stream->member,
		.to = stream->to,
		.stream = stream->stream,
		.cells = stream->cells };
	uint8_t announce_hash[TSR_ANNOUNCE_HASH_LEN];
	uint8_t base_key[TSR_SFRAME_BASE_KEY_LEN];
	struct tsr_sealer *sealer;

	draw(instance.device_key, sizeof(instance.device_key), stream->label);
	draw(instance.nonce, sizeof(instance.nonce), stream->label + 1);
	tsr_announce_hash(announce_hash, instance.from, instance.device_key);
	must(tsr_stream_base_key(base_key, prk, &instance), "base key");
	must(tsr_sealer_create(&sealer, tsr_slice(base_key, sizeof(base_key)), stream->stream,
		     stream->first_ctr),
		"sealer");
	begin(NULL, '{');
	number("member", stream->member);
	bytes("device_key", instance.device_key, sizeof(instance.device_key));
	bytes("announce_hash", announce_hash, sizeof(announce_hash));
	number("stream", stream->stream);
	bytes("stream_nonce", instance.nonce, sizeof(instance.nonce));
	bytes("base_key", base_key, sizeof(base_key));
	number("kid", stream->stream);
	number64("first_ctr", stream->first_ctr);
	begin("frames", '[');
	put_frames_of(sealer, &frame);
	end(']');
	end('}');
	tsr_sealer_destroy(sealer);
}

static void put_epoch(uint32_t epoch, const char *label)
{
	static const struct stream streams[] = {
		{ 1, 1, TSR_FRAME_CHAT, 0, 0, 0, 0, "stream one" },
		{ 7, 8, TSR_FRAME_CHAT, 0, 3, 0, 6, "stream two" },
		{ 7, 300, TSR_FRAME_SCREEN, TSR_FRAME_LAST, 0, UINT64_C(0x8000000000000001), 254,
			"stream three" },
		{ 2000, 0xffffffff, TSR_FRAME_SCREEN, TSR_FRAME_KEY, 0, UINT64_C(1) << 63,
			UINT64_C(0xfffffffe), "stream four" },
		{ 0x80000001, 70000, TSR_FRAME_POINTER, TSR_FRAME_LAST, 0, 0,
			UINT64_C(0xfffffffffffffff0), "stream five" },
	};
	uint8_t seed[TSR_SEED_LEN];
	struct tsr_session_uid session;
	struct tsr_secret *epoch_secret, *prk;

	draw(seed, sizeof(seed), label);
	draw(session.v, sizeof(session.v), "session");
	must(tsr_service_epoch_secret(&epoch_secret, seed, epoch), "epoch secret");
	must(tsr_service_prk(&prk, seed, &session, epoch), "prk");
	begin(NULL, '{');
	bytes("seed", seed, sizeof(seed));
	bytes("session_uid", session.v, sizeof(session.v));
	number("epoch", epoch);
	slice("epoch_secret", tsr_secret_slice(epoch_secret));
	slice("prk", tsr_secret_slice(prk));
	begin("streams", '[');
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		put_stream(prk, epoch, &streams[i]);
	end(']');
	end('}');
	tsr_secret_destroy(epoch_secret);
	tsr_secret_destroy(prk);
}

static void put_sframe_headers(void)
{
	static const uint64_t values[] = { 0, 7, 8, 255, 256, 0xffffff, 0xffffffff,
		UINT64_C(0x100000000), UINT64_MAX };
	const size_t n = sizeof(values) / sizeof(values[0]);

	begin("sframe_headers", '[');
	for (size_t i = 0; i < n * n; i++) {
		struct tsr_sframe_header header = { .kid = values[i / n], .ctr = values[i % n] };
		uint8_t out[TSR_SFRAME_HEADER_MAX];
		size_t len = tsr_sframe_header_write(out, &header);

		begin(NULL, '{');
		number64("kid", header.kid);
		number64("ctr", header.ctr);
		bytes("bytes", out, len);
		end('}');
	}
	end(']');
}

static void put_proofs(void)
{
	uint8_t seed[TSR_SIGN_SEED_LEN], nonce[TSR_CHALLENGE_LEN], ticket[TSR_BULK_TICKET_LEN];
	uint8_t proof[TSR_SIGNATURE_LEN];
	static const char token[] = "v4.public.any-text-will-do";
	struct tsr_sign_key *key;

	draw(seed, sizeof(seed), "device");
	draw(nonce, sizeof(nonce), "challenge");
	draw(ticket, sizeof(ticket), "ticket");
	must(tsr_sign_key_create(&key, seed), "device key");
	begin("proofs", '{');
	bytes("device_seed", seed, sizeof(seed));
	bytes("device_key", tsr_sign_key_public(key), TSR_SIGN_PUBLIC_LEN);
	bytes("challenge", nonce, sizeof(nonce));
	string("token", token);
	tsr_proof_hello(proof, key, nonce, tsr_slice_str(token));
	bytes("hello", proof, sizeof(proof));
	bytes("ticket", ticket, sizeof(ticket));
	tsr_proof_attach(proof, key, nonce, ticket);
	bytes("attach", proof, sizeof(proof));
	end('}');
	tsr_sign_key_destroy(key);
}

static void write_all(void)
{
	put("{\"about\": \"Made by test/unit/e2e/schedule-vectors.c: bytes in hexadecimal, 64-bit "
	    "numbers as strings\"");
	needs_comma = true;
	put_base64url();
	put_links();
	begin("epochs", '[');
	put_epoch(1, "seed one");
	put_epoch(0x3fffff42, "seed two");
	end(']');
	put_sframe_headers();
	put_proofs();
	put("\n}\n");
}

/* Whether the file holds exactly the text. */
static bool is_up_to_date(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *have = malloc(TEXT_MAX);
	size_t len = file && have ? fread(have, 1, TEXT_MAX, file) : 0;
	bool same = have && len == text_len && memcmp(have, text, len) == 0;

	if (file)
		fclose(file);
	free(have);
	return same;
}

int main(int argc, char **argv)
{
	bool ok = true;

	text = malloc(TEXT_MAX);
	if (!text)
		die("out of memory");
	write_all();
	if (argc < 2) {
		fwrite(text, 1, text_len, stdout);
	} else {
		ok = is_up_to_date(argv[1]);
		printf("1..1\n%s 1 - schedule.json is what the code gives\n", ok ? "ok" : "not ok");
	}
	free(text);
	return !ok;
}
