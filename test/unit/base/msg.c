/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/msg.h"

#include "core/base/err.h"
#include "core/base/list.h"
#include "test.h"

static void the_last_reference_frees(void)
{
	struct tsr_msg *msg = tsr_msg_copy(tsr_slice_str("hello"));
	struct tsr_msg *other;

	CHECK(msg);
	other = tsr_msg_ref(msg);
	tsr_msg_unref(&msg);
	CHECK(!msg);
	CHECK(tsr_slice_equal(tsr_msg_slice(other), tsr_slice_str("hello")));
	tsr_msg_unref(&other);
	CHECK(!other);
	tsr_msg_unref(&other);
}

static void what_is_held_is_known(void)
{
	_Atomic size_t held = 0;
	struct tsr_msg *msg = tsr_msg_create(7), *other, *second = tsr_msg_create(100);

	CHECK(msg && second);
	tsr_msg_charge(msg, &held);
	tsr_msg_charge(second, &held);
	other = tsr_msg_ref(msg);
	tsr_msg_unref(&msg);
	CHECK_INT(held, 107);
	tsr_msg_unref(&other);
	CHECK_INT(held, 100);
	tsr_msg_unref(&second);
	CHECK_INT(held, 0);
}

struct item {
	int value;
	struct tsr_list link;
};

static void a_list_survives_removal_while_walked(void)
{
	struct tsr_list head; /* item.link */
	struct item items[4];
	int sum = 0;

	tsr_list_init(&head);
	for (int i = 0; i < 4; i++) {
		items[i].value = i;
		tsr_list_append(&head, &items[i].link);
	}
	tsr_list_each (pos, next, &head) {
		struct item *item = tsr_list_entry(pos, struct item, link);

		sum = sum * 10 + item->value;
		tsr_list_remove(&item->link);
	}
	CHECK_INT(sum, 123);
	CHECK(tsr_list_is_empty(&head));
}

static void every_error_has_text_name_and_fault(void)
{
	for (int i = 0; i < TSR_ERR_N; i++) {
		CHECK(tsr_err_text(-1 - i)[0]);
		CHECK(tsr_err_name(-1 - i)[0]);
		CHECK(tsr_err_fault(-1 - i) != TSR_FAULT_NONE);
	}
	CHECK_STR(tsr_err_name(TSR_ERR_TOO_BIG), "TOO_BIG");
	CHECK_STR(tsr_err_text(-1000), "unknown error");
	CHECK_INT(tsr_err_fault(0), TSR_FAULT_NONE);
}

TEST_MAIN(TEST(the_last_reference_frees), TEST(what_is_held_is_known),
	TEST(a_list_survives_removal_while_walked), TEST(every_error_has_text_name_and_fault))
