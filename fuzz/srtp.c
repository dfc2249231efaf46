/* SPDX-License-Identifier: Apache-2.0 */
/* First byte: which profile. The rest is given as a packet: as one that was sealed, which never
 * opens; and as a plain one, which opens again if it could be sealed. RTP and RTCP. */
#include <stdlib.h>

#include "core/media/srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum tsr_srtp_profile profiles[] = { TSR_SRTP_AES128_CM_SHA1_80,
	TSR_SRTP_AEAD_AES_128_GCM, TSR_SRTP_AEAD_AES_256_GCM };

typedef int unprotect(struct tsr_srtp *, uint8_t *, size_t *);

static struct tsr_srtp *make(enum tsr_srtp_profile profile, enum tsr_srtp_direction direction)
{
	static const uint8_t secret[TSR_SRTP_KEY_MAX] = "what is known to both of them";
	struct tsr_srtp *srtp = NULL;

	if (tsr_srtp_create(&srtp, profile, direction, tsr_slice(secret, tsr_srtp_key_len(profile)),
		    tsr_slice(secret, tsr_srtp_salt_len(profile))) != 0)
		abort();
	return srtp;
}

static uint8_t *copy(const uint8_t *data, size_t size, size_t room)
{
	uint8_t *bytes = malloc(size + room ? size + room : 1);

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	return bytes;
}

static void open_forged(
	struct tsr_srtp *receiver, unprotect *open, const uint8_t *data, size_t size)
{
	uint8_t *bytes = copy(data, size, 0);
	size_t len = size;

	if (open(receiver, bytes, &len) == 0)
		abort();
	free(bytes);
}

static void there_and_back(struct tsr_srtp *sender, struct tsr_srtp *receiver, bool is_rtcp,
	const uint8_t *data, size_t size)
{
	uint8_t *bytes = copy(data, size, TSR_SRTCP_OVERHEAD);
	size_t len = size;
	int r = is_rtcp ? tsr_srtcp_protect(sender, bytes, &len)
			: tsr_srtp_protect(sender, bytes, &len, size, tsr_slice(NULL, 0));

	if (r == 0 && ((is_rtcp ? tsr_srtcp_unprotect(receiver, bytes, &len)
				: tsr_srtp_unprotect(receiver, bytes, &len)) != 0 ||
			      len != size || memcmp(bytes, data, size) != 0))
		abort();
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_srtp *sender, *receiver;
	enum tsr_srtp_profile profile;

	if (size == 0 || size > 4096)
		return 0;
	profile = profiles[data[0] % 3];
	sender = make(profile, TSR_SRTP_SENDER);
	receiver = make(profile, TSR_SRTP_RECEIVER);
	open_forged(receiver, tsr_srtp_unprotect, data + 1, size - 1);
	open_forged(receiver, tsr_srtcp_unprotect, data + 1, size - 1);
	there_and_back(sender, receiver, false, data + 1, size - 1);
	there_and_back(sender, receiver, true, data + 1, size - 1);
	tsr_srtp_destroy(sender);
	tsr_srtp_destroy(receiver);
	return 0;
}
