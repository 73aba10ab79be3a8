#include "libgw/policy/auth/sigv4/request.h"

#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::sigv4;

TEST_CASE("the digest of nothing is that of SHA-256") { CHECK(kEmptyBody == sha256("")); }

TEST_CASE("a request of a head has the bytes that were sent") {
    const http::Limits limits;
    http::RequestDecoder decoder(limits);
    http::RequestHead head;
    REQUIRE(decoder.decode("GET /a%2fb/../%7Ec?x=%7e&&y HTTP/1.1\r\nHost: h\r\nX-Two: 1\r\nx-two:  2  \r\n\r\n", head)
                .found == http::Found::head);
    std::vector<Field> storage{{"stale", "one"}};
    const Request request = request_of(head, storage);
    CHECK(request.method == "GET");
    CHECK(request.path == "/a%2fb/../%7Ec");
    CHECK(request.query == "x=%7e&&y");
    CHECK(request.body_hash == kEmptyBody);
    REQUIRE(request.fields.size() == 3);
    CHECK(request.fields[1].name == "X-Two");
    CHECK(request.fields[2].value == "2");
    CHECK(count_fields(request.fields, "x-two") == 2);
    CHECK(find_field(request.fields, "x-two")->value == "1");
    CHECK(find_field(request.fields, "stale") == nullptr);
}
