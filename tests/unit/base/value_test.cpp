#include "libgw/base/value.h"

#include <cmath>
#include <limits>

#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("value: a Value is small, whatever it holds") { CHECK(sizeof(Value) == 24); }

TEST_CASE("value: it knows what it is and gives nothing else away") {
    const Value text("x");
    CHECK(text.kind() == Value::Kind::string);
    CHECK(*text.if_string() == "x");
    CHECK(text.if_bool() == nullptr);
    CHECK(text.if_array() == nullptr);
    CHECK(text.if_object() == nullptr);
    CHECK_FALSE(text.to_int64());
    CHECK_FALSE(text.to_double());
    CHECK(text.number_text().empty());
    CHECK(Value().is_null());
    CHECK(*Value(true).if_bool());
    CHECK(Value(Array{1, 2}).if_array()->size() == 2);
}

TEST_CASE("value: integers keep all their 64 bits") {
    CHECK(Value(std::numeric_limits<std::int64_t>::min()).to_int64() == std::numeric_limits<std::int64_t>::min());
    const Value large(std::numeric_limits<std::uint64_t>::max());
    CHECK(large.to_uint64() == std::numeric_limits<std::uint64_t>::max());
    CHECK_FALSE(large.to_int64());
    CHECK(large.number_text() == "18446744073709551615");
    CHECK_FALSE(Value(-1).to_uint64());
    CHECK(Value(7u) == Value(7));
}

TEST_CASE("value: a real is no integer, and what is not finite is null") {
    CHECK_FALSE(Value(1.0).is_integer());
    CHECK_FALSE(Value(1.0).to_int64());
    CHECK(Value(1.5).to_double() == 1.5);
    CHECK(Value(1.5).number_text() == "1.5");
    CHECK(Value(std::nan("")).is_null());
    CHECK(Value(std::numeric_limits<double>::infinity()).is_null());
    CHECK_FALSE(Value(1) == Value(1.0));
}

TEST_CASE("value: find gives the last member of a name") {
    const Value object(Object{{"a", 1}, {"b", 2}, {"a", 3}});
    CHECK(object.find("a")->to_int64() == 3);
    CHECK(object.find("c") == nullptr);
    CHECK(Value(1).find("a") == nullptr);
    CHECK(object.find_string("a") == nullptr);
}

TEST_CASE("value: a copy is deep and equal") {
    Value original(Object{{"a", Value(Array{"x", Value(Object{{"y", 1}})})}});
    const Value copy = original;
    CHECK(copy == original);
    original.if_object()->front().value.if_array()->pop_back();
    CHECK_FALSE(copy == original);
    CHECK(copy.find("a")->if_array()->size() == 2);
    original = copy;
    CHECK(original == copy);
}

TEST_CASE("value: a key that stands twice is found with both its places, the earliest repetition first") {
    CHECK_FALSE(find_duplicate_key({}));
    CHECK_FALSE(find_duplicate_key({{"a", 1}, {"b", 1}, {"A", 1}}));
    const auto twice = find_duplicate_key({{"z", 1}, {"a", 1}, {"z", 2}, {"a", 2}, {"z", 3}});
    REQUIRE(twice);
    CHECK(twice->first == 0);
    CHECK(twice->second == 2);
}
