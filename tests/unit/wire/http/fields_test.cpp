#include "libgw/wire/http/fields.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw::http;

TEST_CASE("fields keep their order, their spelling and their duplicates") {
    Fields fields;
    fields.add("Set-Cookie", "a");
    fields.add("X-Mine", "b");
    fields.add(FieldName::set_cookie, "c");
    REQUIRE(fields.size() == 3);
    CHECK(fields[0].name == "Set-Cookie");
    CHECK(fields[0].id == FieldName::set_cookie);
    CHECK(fields[2].name == "set-cookie");
    CHECK(fields.count(FieldName::set_cookie) == 2);
    CHECK(fields.find(FieldName::set_cookie) == "a");
    CHECK(fields.find("SET-COOKIE") == "a");
    CHECK(fields.find("x-MINE") == "b");
    CHECK_FALSE(fields.find("x-other").has_value());
    CHECK_FALSE(fields.has(FieldName::host));
    std::string seen;
    for (const FieldView field : fields) seen += field.value;
    CHECK(seen == "abc");
}

TEST_CASE("names that we do not know are not one name") {
    Fields fields;
    fields.add("x-a", "1");
    fields.add("x-b", "2");
    CHECK_FALSE(fields.find(FieldName::other).has_value());
    CHECK(fields.count(FieldName::other) == 0);
    fields.remove(FieldName::other);
    CHECK(fields.size() == 2);
    fields.remove("X-A");
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].name == "x-b");
}

TEST_CASE("removing takes every line of a field") {
    Fields fields;
    fields.add("cookie", "1");
    fields.add("host", "a");
    fields.add("Cookie", "2");
    fields.remove("cookie");
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].id == FieldName::host);
    fields.remove(FieldName::host);
    CHECK(fields.empty());
}

TEST_CASE("a field may be made from another one of the same object") {
    Fields fields;
    fields.add("x-first", std::string(100, 'v'));
    for (int i = 0; i < 50; ++i) fields.add(fields[fields.size() - 1].name, fields[fields.size() - 1].value);
    CHECK(fields[50].name == "x-first");
    CHECK(fields[50].value == std::string(100, 'v'));
}

TEST_CASE("clearing keeps the storage") {
    Fields fields;
    fields.add("x-first", std::string(100, 'v'));
    const std::size_t capacity = fields.block().capacity();
    fields.clear();
    CHECK(fields.empty());
    CHECK(fields.block().empty());
    CHECK(fields.block().capacity() == capacity);
}
