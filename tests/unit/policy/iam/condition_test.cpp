#include "libgw/policy/iam/condition.h"

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

Context make_known() {
    Context context;
    context.set("name", std::string("alice"));
    context.set("upper", std::string("ALICE"));
    context.set("star", std::string("*"));
    context.set("number", std::string("10"));
    context.set("date", std::string("2026-01-01T00:00:00Z"));
    context.set("epoch", std::string("1767225600"));
    context.set("yes", std::string("true"));
    context.set("ip", std::string("10.0.0.5"));
    context.set("ip6", std::string("2001:db8::1"));
    context.set("mapped", std::string("::ffff:10.0.0.5"));
    context.set("arn", std::string("arn:aws:iam::111122223333:role/dev"));
    context.set("bytes", std::string("YWJj"));
    context.set("tags", std::vector<std::string>{"a", "b"});
    return context;
}

// Values are separated by '|'. "refused" when the condition cannot be made.
std::string holds(std::string_view op, std::string_view key, std::string_view values) {
    const auto parsed = ConditionOperator::parse(op);
    if (!parsed) return "refused";
    auto condition = Condition::parse(*parsed, op, key, true);
    if (!condition) return "refused";
    for (const std::string_view value : gw::split(values, '|')) {
        if (!condition->add_value(value)) return "refused";
    }
    return condition->holds(make_known()) ? "true" : "false";
}

struct Row {
    const char* op;
    const char* key;
    const char* values;
    const char* expected;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.op, row.key, row.values);
        CHECK(holds(row.op, row.key, row.values) == row.expected);
    }
}

}  // namespace

TEST_CASE("string operators compare text, with case, without it, or by pattern") {
    check({{"StringEquals", "name", "alice", "true"},
           {"StringEquals", "NAME", "alice", "true"},
           {"StringEquals", "upper", "alice", "false"},
           {"StringEquals", "name", "bob|alice", "true"},
           {"StringEquals", "name", "al*", "false"},
           {"StringEquals", "star", "*", "true"},
           {"StringEquals", "star", "${*}", "true"},
           {"StringEquals", "name", "${name}", "true"},
           {"StringEquals", "name", "${none}", "false"},
           {"StringEquals", "name", "${none}|alice", "true"},
           {"StringEquals", "name", "${none, 'alice'}", "true"},
           {"StringNotEquals", "name", "alice", "false"},
           {"StringNotEquals", "name", "bob|carol", "true"},
           {"StringNotEquals", "name", "bob|alice", "false"},
           {"StringNotEquals", "name", "${none}", "false"},
           {"StringEqualsIgnoreCase", "upper", "alice", "true"},
           {"StringEqualsIgnoreCase", "upper", "bob", "false"},
           {"StringNotEqualsIgnoreCase", "upper", "alice", "false"},
           {"StringNotEqualsIgnoreCase", "upper", "bob", "true"},
           {"StringLike", "name", "al*", "true"},
           {"StringLike", "name", "a????", "true"},
           {"StringLike", "name", "a???", "false"},
           {"StringLike", "name", "AL*", "false"},
           {"StringLike", "name", "${star}", "false"},
           {"StringLike", "star", "${star}", "true"},
           {"StringNotLike", "name", "al*", "false"},
           {"StringNotLike", "name", "b*|c*", "true"},
           {"StringNotLike", "name", "b*|a*", "false"}});
}

TEST_CASE("numeric operators compare numbers, and text that is none satisfies nothing") {
    check({{"NumericEquals", "number", "10.0", "true"},
           {"NumericEquals", "number", "11", "false"},
           {"NumericNotEquals", "number", "11", "true"},
           {"NumericNotEquals", "number", "11|10", "false"},
           {"NumericLessThan", "number", "10", "false"},
           {"NumericLessThan", "number", "10.1", "true"},
           {"NumericLessThanEquals", "number", "10", "true"},
           {"NumericGreaterThan", "number", "9", "true"},
           {"NumericGreaterThan", "number", "10", "false"},
           {"NumericGreaterThanEquals", "number", "10", "true"},
           {"NumericLessThan", "number", "5|20", "true"},
           {"NumericEquals", "name", "10", "false"},
           {"NumericNotEquals", "name", "10", "false"},
           {"NumericEquals", "number", "ten", "refused"},
           {"NumericEquals", "number", "${number}", "refused"}});
}

TEST_CASE("date operators compare moments, whatever the form they are written in") {
    check({{"DateEquals", "date", "2026-01-01", "true"},
           {"DateEquals", "date", "1767225600", "true"},
           {"DateEquals", "epoch", "2026-01-01T01:00:00+01:00", "true"},
           {"DateNotEquals", "date", "2026-01-02", "true"},
           {"DateLessThan", "date", "2026-01-01T00:00:00.001Z", "true"},
           {"DateLessThan", "date", "2026-01-01", "false"},
           {"DateLessThanEquals", "date", "2026-01-01", "true"},
           {"DateGreaterThan", "date", "2025-12-31T23:59:59Z", "true"},
           {"DateGreaterThan", "date", "2026-01-01", "false"},
           {"DateGreaterThanEquals", "date", "2026-01-01", "true"},
           {"DateNotEquals", "name", "2026-01-01", "false"},
           {"DateEquals", "date", "soon", "refused"}});
}

TEST_CASE("Bool, BinaryEquals, the address and the Arn operators compare what they mean") {
    check({{"Bool", "yes", "true", "true"},
           {"Bool", "yes", "TRUE", "true"},
           {"Bool", "yes", "false", "false"},
           {"Bool", "yes", "${yes}", "true"},
           {"Bool", "name", "true", "false"},
           {"Bool", "name", "${name}", "false"},
           {"Bool", "yes", "yes", "refused"},
           {"BinaryEquals", "bytes", "YWJj", "true"},
           {"BinaryEquals", "bytes", "YWJk", "false"},
           {"BinaryEquals", "name", "YWJj", "false"},
           {"BinaryEquals", "bytes", "a", "refused"},
           {"IpAddress", "ip", "10.0.0.0/8", "true"},
           {"IpAddress", "mapped", "10.0.0.0/8", "true"},
           {"IpAddress", "ip", "0.0.0.0/0", "true"},
           {"IpAddress", "ip6", "0.0.0.0/0", "false"},
           {"IpAddress", "ip6", "2001:db8::/32|10.0.0.0/8", "true"},
           {"IpAddress", "ip", "::/0", "false"},
           {"NotIpAddress", "ip", "10.0.0.0/8", "false"},
           {"NotIpAddress", "ip6", "10.0.0.5", "true"},
           {"NotIpAddress", "ip", "192.0.2.0/24|10.0.0.5", "false"},
           {"NotIpAddress", "name", "10.0.0.0/8", "false"},
           {"IpAddress", "ip", "10.0.0.0/40", "refused"},
           {"ArnEquals", "arn", "arn:aws:iam::111122223333:role/dev", "true"},
           {"ArnEquals", "arn", "arn:aws:iam::*:role/*", "true"},
           {"ArnLike", "arn", "arn:aws:iam::*:role/d?v", "true"},
           {"ArnLike", "arn", "arn:aws:iam:*:role/dev", "refused"},
           {"ArnLike", "arn", "arn:aws:*:111122223333:role/dev:x", "false"},
           {"ArnLike", "name", "arn:aws:iam::*:role/*", "false"},
           {"ArnNotLike", "name", "arn:aws:iam::*:role/*", "false"},
           {"ArnNotEquals", "arn", "arn:aws:iam::*:user/*", "true"},
           {"ArnNotLike", "arn", "arn:aws:iam::*:user/*|arn:aws:iam::*:role/*", "false"},
           {"ArnLike", "arn", "${arn}", "true"},
           {"ArnLike", "arn", "dev", "refused"}});
}

TEST_CASE("Null asks whether the key is there") {
    check({{"Null", "name", "false", "true"},
           {"Null", "name", "true", "false"},
           {"Null", "none", "true", "true"},
           {"Null", "none", "False", "false"},
           {"Null", "none", "true|false", "true"},
           {"Null", "tags", "false", "true"},
           {"ForAllValues:Null", "none", "true", "true"},
           {"Null", "name", "maybe", "refused"},
           {"NullIfExists", "name", "true", "refused"}});
}

TEST_CASE("a key that is not there satisfies only negated operators, IfExists and ForAllValues") {
    for (const char* op : {"StringEquals x", "StringEqualsIgnoreCase x", "StringLike *", "NumericEquals 1",
                           "NumericLessThan 1", "DateEquals 1", "DateGreaterThan 1", "Bool true", "BinaryEquals YWJj",
                           "IpAddress 0.0.0.0/0", "ArnEquals arn:*:*:*:*:*", "ArnLike arn:*:*:*:*:*"}) {
        const auto sides = *gw::split_once(op, ' ');
        const std::string name(sides.first);
        CAPTURE(name);
        CHECK(holds(name, "none", sides.second) == "false");
        CHECK(holds(name + "IfExists", "none", sides.second) == "true");
        CHECK(holds("ForAllValues:" + name, "none", sides.second) == "true");
        CHECK(holds("ForAnyValue:" + name, "none", sides.second) == "false");
        CHECK(holds("ForAllValues:" + name + "IfExists", "none", sides.second) == "true");
        CHECK(holds("ForAnyValue:" + name + "IfExists", "none", sides.second) == "false");
    }
    for (const char* op :
         {"StringNotEquals x", "StringNotEqualsIgnoreCase x", "StringNotLike *", "NumericNotEquals 1",
          "DateNotEquals 1", "NotIpAddress 0.0.0.0/0", "ArnNotEquals arn:*:*:*:*:*", "ArnNotLike arn:*:*:*:*:*"}) {
        const auto sides = *gw::split_once(op, ' ');
        const std::string name(sides.first);
        CAPTURE(name);
        CHECK(holds(name, "none", sides.second) == "true");
        CHECK(holds(name + "IfExists", "none", sides.second) == "true");
        CHECK(holds("ForAllValues:" + name, "none", sides.second) == "true");
        CHECK(holds("ForAnyValue:" + name, "none", sides.second) == "false");
    }
}

TEST_CASE("set operators look at every value of a multivalued key, and only they do") {
    check({{"ForAllValues:StringEquals", "tags", "a|b|c", "true"},
           {"ForAllValues:StringEquals", "tags", "a|c", "false"},
           {"ForAnyValue:StringEquals", "tags", "a|c", "true"},
           {"ForAnyValue:StringEquals", "tags", "c", "false"},
           {"ForAllValues:StringNotEquals", "tags", "c", "true"},
           {"ForAllValues:StringNotEquals", "tags", "a", "false"},
           {"ForAnyValue:StringNotEquals", "tags", "a", "true"},
           {"ForAnyValue:StringNotEquals", "tags", "a|b", "false"},
           {"ForAnyValue:StringEqualsIfExists", "tags", "a", "true"},
           {"forallvalues:stringequals", "tags", "a|b", "true"},
           {"ForAnyValue:StringEquals", "name", "alice", "true"},
           {"ForAllValues:StringEquals", "name", "alice", "true"},
           {"StringEquals", "tags", "a|b", "false"},
           {"StringNotEquals", "tags", "c", "false"},
           {"StringEqualsIfExists", "tags", "a", "false"}});
}

TEST_CASE("an unknown condition operator is refused with the nearest one") {
    struct Row {
        const char* name;
        const char* hint;
    };
    const Row row = GENERATE(values<Row>({{"StringEqual", "did you mean 'StringEquals'?"},
                                          {"IPAdress", "did you mean 'IpAddress'?"},
                                          {"ForAllValues:Strings", "such as StringEquals, IpAddress or Null"},
                                          {"ForSomeValue:StringEquals", "it is ForAllValues or ForAnyValue"},
                                          {"IfExists", "such as StringEquals, IpAddress or Null"},
                                          {"StringEqualsIfExistsIfExists", "such as StringEquals, IpAddress or Null"},
                                          {"", "such as StringEquals, IpAddress or Null"}}));
    CAPTURE(row.name);
    const auto parsed = ConditionOperator::parse(row.name);
    REQUIRE_FALSE(parsed);
    CHECK((parsed.error().hint == row.hint || row.hint[0] == 's'));
}

TEST_CASE("a condition without values holds for negated operators only, and one without a key is refused") {
    const auto equals = ConditionOperator::parse("StringEquals");
    const auto differs = ConditionOperator::parse("StringNotEquals");
    REQUIRE((equals && differs));
    CHECK_FALSE(Condition::parse(*equals, "StringEquals", "name", true)->holds(make_known()));
    CHECK(Condition::parse(*differs, "StringNotEquals", "name", true)->holds(make_known()));
    CHECK_FALSE(Condition::parse(*equals, "StringEquals", "", true));
    CHECK(Condition::parse(*equals, "StringEquals", "name", true)->label() == "StringEquals name");
}
