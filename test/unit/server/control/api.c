/* SPDX-License-Identifier: Apache-2.0 */
/* REST: routes, refusals, bodies; and that api/openapi.yaml says the same. */
#include "server/control/api.h"
#include "server/control/join_body.h"
#include "server/control/text.h"
#include "test.h"
#include "test/unit/server/control/rig.h"

#include <strings.h>

#define OPENAPI TSR_SOURCE_ROOT "/api/openapi.yaml"

static bool is_route(const char *method, const char *path)
{
	size_t n;
	const struct tsr_route *routes = tsr_api_routes(&n);

	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(routes[i].method, method) == 0 && strcmp(routes[i].path, path) == 0)
			return true;
	}
	return false;
}

/* In the paths of the file, a path is indented by two blanks and a method by four. */
static void agrees_with_openapi(void)
{
	FILE *file = fopen(OPENAPI, "r");
	char line[512], path[128] = "", word[128];
	bool in_paths = false;
	size_t n_described = 0, n;

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] != ' ' && line[0] != '\n')
			in_paths = strcmp(line, "paths:\n") == 0;
		if (!in_paths || line[0] != ' ' || strncmp(line, "     ", 5) == 0)
			continue;
		if (sscanf(line, "  %127[/a-z0-9{}]:", word) == 1 && word[0] == '/') {
			snprintf(path, sizeof(path), "%s", word);
		} else if (sscanf(line, "    %127[a-z]:", word) == 1) {
			n_described++;
			if (!is_route(word, path))
				printf("# no route %s %s\n", word, path);
			CHECK(is_route(word, path));
		}
	}
	fclose(file);
	(void)tsr_api_routes(&n);
	CHECK_INT(n_described, n);
}

static uint32_t ask(struct rig *rig, const char *method, const char *path, const char *type,
	const char *body, const char *word)
{
	struct rig_reply reply =
		rig_api(rig, method, path, type, tsr_slice_str(body), "192.0.2.0/24");
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "{\"error\":\"%s\"}", word);
	return strcmp(reply.body, wanted) == 0 ? reply.status : 0;
}

static void refuses_what_it_does_not_know(void)
{
	struct rig *rig = rig_create();
	char big[TSR_JOIN_BODY_MAX + 2];

	memset(big, ' ', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	CHECK_INT(ask(rig, "GET", "/api/v1/nothing", "", "", "not_found"), 404);
	CHECK_INT(ask(rig, "GET", "/api/v1/join/", "", "", "not_found"), 404);
	CHECK_INT(ask(rig, "GET", "/api/v1/joi", "", "", "not_found"), 404);
	CHECK_INT(ask(rig, "GET", "/healthz", "", "", "not_found"), 404);
	CHECK_INT(ask(rig, "GET", "/api/v1/join", "", "", "method"), 405);
	CHECK_INT(ask(rig, "post", "/api/v1/join", "application/json", "{}", "method"), 405);
	CHECK_INT(ask(rig, "POST", "/api/v1/join", "text/plain", "{}", "content_type"), 415);
	CHECK_INT(ask(rig, "POST", "/api/v1/join", "application/jsonp", "{}", "content_type"), 415);
	CHECK_INT(ask(rig, "POST", "/api/v1/join", "application/json", big, "too_big"), 413);
	CHECK_INT(ask(rig, "GET", "/api/v1/status", "", "x", "too_big"), 413);
	CHECK_INT(ask(rig, "POST", "/api/v1/join", "application/json", "", "bad_request"), 400);
	rig_destroy(rig);
}

/* Nobody makes a session over HTTP. */
static void makes_no_session(void)
{
	static const char *const paths[] = { "/api/v1/session", "/api/v1/sessions",
		"/api/v1/create", "/api/v1/admin", "/api/v1/session/create" };
	static const char *const methods[] = { "POST", "PUT", "PATCH" };
	struct rig *rig = rig_create();

	for (size_t i = 0; i < 15; i++)
		CHECK_INT(ask(rig, methods[i % 3], paths[i / 3], "application/json",
				  "{\"title\":\"mine\"}", "not_found"),
			404);
	CHECK_INT(rig_count_rows(rig, "sessions"), 0);
	rig_destroy(rig);
}

static void tells_its_version(void)
{
	struct rig *rig = rig_create();
	struct rig_reply reply =
		rig_api(rig, "GET", "/api/v1/status?x=1", "", tsr_slice(NULL, 0), "192.0.2.0/24");

	CHECK_INT(reply.status, 200);
	CHECK_STR(reply.body, "{\"version\":\"" TSR_VERSION "\"}");
	reply = rig_api(rig, "POST", "/api/v1/join", "Application/JSON; charset=utf-8",
		tsr_slice_str(rig_body("987654321", 1, "")), "192.0.2.0/24");
	CHECK_INT(reply.status, 401);
	CHECK_STR(reply.body, "{\"error\":\"password_or_knock\"}");
	rig_destroy(rig);
}

static int parse(const char *json)
{
	struct tsr_join_body body;

	return tsr_join_body_parse(&body, tsr_slice_str(json));
}

#define KEY "\"device_key\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define SMALL "\"device_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define BEGIN "{\"number\":\"418205937\",\"name\":\"Ada\"," KEY

static void reads_bodies_strictly(void)
{
	static const char *const bad[] = { "null", "[]", "{}", "\"x\"", BEGIN, BEGIN "}x",
		BEGIN ",\"number\":\"418205937\"}",      /* twice */
		BEGIN ",\"knock\":true,\"knock\":true}", /* twice */
		BEGIN ",\"knock\":1}", BEGIN ",\"knock\":null}", BEGIN ",\"password\":null}",
		BEGIN ",\"password\":5}", BEGIN ",\"join_token\":\"short\"}",
		BEGIN ",\"join_token\":\"EREREREREREREREREREREQ==\"}",
		BEGIN ",\"organizer_token\":{}}", BEGIN ",\"x\":[[[[[[1]]]]]]}", /* too deep */
		"{\"number\":418205937,\"name\":\"Ada\"," KEY "}",               /* not text */
		"{\"number\":\"418205937\",\"name\":\"\"," KEY "}",
		"{\"number\":\"418205937\",\"name\":\" \\u0007\\u202e \"," KEY "}",
		"{\"number\":\"418205937\",\"name\":\"a\\u0000b\"," KEY "}",
		"{\"number\":\"418205937\",\"name\":\"\xff\"," KEY "}",
		"{\"number\":\"418205937\",\"name\":\"Ada\"}",
		/* not a key: a point of small order */
		"{\"number\":\"418205937\",\"name\":\"Ada\"," SMALL "}" };

	CHECK_INT(parse(BEGIN "}"), 0);
	CHECK_INT(parse(BEGIN ",\"later\":{\"a\":[1]},\"knock\":false}"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]) != TSR_ERR_FORMAT)
			printf("# taken: %s\n", bad[i]);
		CHECK_INT(parse(bad[i]), TSR_ERR_FORMAT);
	}
}

static void takes_the_strongest_proof(void)
{
	struct tsr_join_body body;

	CHECK_INT(tsr_join_body_parse(&body,
			  tsr_slice_str(BEGIN RIG_BY_PASSWORD RIG_AS_LINK RIG_AS_ORGANIZER "}")),
		0);
	CHECK(body.claimed == TSR_BY_ORGANIZER_LINK);
	CHECK_INT(tsr_join_body_parse(&body, tsr_slice_str(BEGIN RIG_BY_PASSWORD RIG_AS_LINK "}")),
		0);
	CHECK(body.claimed == TSR_BY_LINK);
	CHECK_INT(tsr_join_body_parse(&body, tsr_slice_str(BEGIN ",\"password\":\"\"}")), 0);
	CHECK(body.claimed == TSR_BY_PASSWORD && body.password_len == 0);
}

static void cleans_names(void)
{
	char out[TSR_NAME_LEN], many[4 * 80 + 1] = "";

	CHECK_INT(tsr_text_clean(out, sizeof(out),
			  tsr_slice_str(" a\tb\xe2\x80\xae"
					"c\xc2\x85 "),
			  64),
		0);
	CHECK_STR(out, "abc");
	CHECK_INT(
		tsr_text_clean(out, sizeof(out), tsr_slice_str("Zo\xc3\xab \xf0\x9f\x8e\x89"), 64),
		0);
	CHECK_STR(out, "Zo\xc3\xab \xf0\x9f\x8e\x89");
	for (int i = 0; i < 80; i++)
		memcpy(many + 4 * i, "\xf0\x9f\x8e\x89", 5);
	CHECK_INT(tsr_text_clean(out, sizeof(out), tsr_slice_str(many), TSR_NAME_POINTS), 0);
	CHECK_INT(strlen(out), 4 * 64);
	CHECK_INT(tsr_text_clean(out, sizeof(out), tsr_slice_str("\xc0\x80"), 64), TSR_ERR_FORMAT);
	CHECK_INT(tsr_text_clean(out, sizeof(out), tsr_slice_str("\xed\xa0\x80"), 64),
		TSR_ERR_FORMAT);
	CHECK_INT(tsr_text_clean(out, sizeof(out), tsr_slice_str("\xf4\x90\x80\x80"), 64),
		TSR_ERR_FORMAT);
	CHECK_INT(tsr_text_clean(out, sizeof(out), tsr_slice_str("\xe2\x82"), 64), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(agrees_with_openapi), TEST(refuses_what_it_does_not_know), TEST(makes_no_session),
	TEST(tells_its_version), TEST(reads_bodies_strictly), TEST(takes_the_strongest_proof),
	TEST(cleans_names))
