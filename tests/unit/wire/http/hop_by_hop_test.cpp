#include "libgw/wire/http/hop_by_hop.h"

#include "tests/support/catch.h"

using namespace gw::http;

TEST_CASE("fields of one connection are told from those that travel") {
    for (const char* name :
         {"Connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
          "transfer-encoding", "upgrade", "http2-settings"}) {
        CHECK(is_hop_by_hop(to_field_name(name)));
    }
    for (const char* name : {"host", "content-length", "via", "cookie", "x-mine"})
        CHECK_FALSE(is_hop_by_hop(to_field_name(name)));
}

TEST_CASE("protected fields are known by name and by family") {
    for (const char* name :
         {"Host", "content-anything", "Authorization", "cookie", "X-Forwarded-Anything", "forwarded", "x-amz-whatever",
          "X-Amzn-Whatever", "x-api-key", "via", "date", "x-gw-tenant", "lambda-runtime-aws-request-id",
          "transfer-encoding", "origin", "x-real-ip", "traceparent"}) {
        INFO(name);
        CHECK(is_protected(to_field_name(name), name));
    }
    for (const char* name : {"x-mine", "te", "upgrade", "keep-alive", "accept", "contents", "x-forward", "x-gw"}) {
        INFO(name);
        CHECK_FALSE(is_protected(to_field_name(name), name));
    }
}

TEST_CASE("underscores disguise nothing that matters") {
    for (const char* name : {"content_length", "Content_Length", "x-api_key", "X_FORWARDED_FOR", "x_amz_date",
                             "keep_alive", "x_gw_a", "content_anything_that_is_longer_than_any_name_we_know_of"}) {
        INFO(name);
        CHECK(is_disguised(name));
    }
    for (const char* name : {"content-length", "my_field", "user_agent", "_host", "host_", "x_mine", "_"}) {
        INFO(name);
        CHECK_FALSE(is_disguised(name));
    }
}

TEST_CASE("a nominated field is found in any line, any case") {
    Fields fields;
    fields.add("Connection", "close, X-Mine");
    fields.add("x-mine", "1");
    fields.add("x-other", "1");
    fields.add("connection", "X-OTHER");
    fields.add("x-third", "1");
    CHECK(is_nominated(fields, fields[1]));
    CHECK(is_nominated(fields, fields[2]));
    CHECK_FALSE(is_nominated(fields, fields[4]));
}
