#include "libgw/policy/iam/match/literal.h"

#include <limits>
#include <vector>

#include "tests/support/catch.h"

using namespace gw::iam;

TEST_CASE("decimal numbers compare by their value, whatever their length") {
    const std::vector<std::vector<const char*>> ascending = {{"-100000000000000000000"},
                                                             {"-2"},
                                                             {"-1.50", "-1.5", "-01.5"},
                                                             {"-1"},
                                                             {"-.5", "-0.5"},
                                                             {"0", "-0", "+0.00", "000"},
                                                             {"0.000000000000000000001"},
                                                             {".5", "0.50"},
                                                             {"0.51"},
                                                             {"1", "1.", "+1", "01.0"},
                                                             {"9"},
                                                             {"10"},
                                                             {"9007199254740992"},
                                                             {"9007199254740993"},
                                                             {"100000000000000000000"}};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            for (const char* a : ascending[i]) {
                for (const char* b : ascending[j]) {
                    CAPTURE(a, b);
                    const auto left = Decimal::parse(a);
                    const auto right = Decimal::parse(b);
                    REQUIRE((left && right));
                    CHECK((*left < *right) == (i < j));
                    CHECK((*left == *right) == (i == j));
                }
            }
        }
    }
    for (const char* text : {"", "-", ".", "+.", "1e3", "0x10", "1,5", " 1", "1 ", "--1", "1.2.3", "NaN", "inf"}) {
        CAPTURE(text);
        CHECK_FALSE(Decimal::parse(text));
    }
}

TEST_CASE("dates are read in all forms of W3C's note, and as seconds since 1970") {
    struct Row {
        const char* text;
        std::int64_t seconds;
        std::uint32_t nanoseconds;
    };
    const Row row = GENERATE(values<Row>({
        {"0", 0, 0},
        {"-1", -1, 0},
        {"1767225600", 1767225600, 0},
        {"2026", 2026, 0},
        {"2026-01", 1767225600, 0},
        {"2026-01-01", 1767225600, 0},
        {"2026-01-01T00:00Z", 1767225600, 0},
        {"2026-01-01T00:00:00Z", 1767225600, 0},
        {"2026-01-01t00:00:00z", 1767225600, 0},
        {"2026-01-01T00:00:00", 1767225600, 0},
        {"2026-01-01T01:00:00+01:00", 1767225600, 0},
        {"2025-12-31T18:30:00-05:30", 1767225600, 0},
        {"2026-01-01T00:00:00.5Z", 1767225600, 500000000},
        {"2026-01-01T00:00:00.1234567891Z", 1767225600, 123456789},
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1969-12-31T23:59:59Z", -1, 0},
        {"2000-02-29", 951782400, 0},
        {"0000-01-01", -62167219200, 0},
        {"9999-12-31T23:59:59Z", 253402300799, 0},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max(), 0},
    }));
    CAPTURE(row.text);
    const auto moment = Moment::parse(row.text);
    REQUIRE(moment);
    CHECK(moment->seconds == row.seconds);
    CHECK(moment->nanoseconds == row.nanoseconds);
}

TEST_CASE("what is no date is none") {
    for (const char* text : {"",
                             "-",
                             "+1",
                             "1.5",
                             "9223372036854775808",
                             "2026-",
                             "2026-1",
                             "2026-13",
                             "2026-00",
                             "2026-02-30",
                             "1900-02-29",
                             "2026-01-01T",
                             "2026-01-01T24:00Z",
                             "2026-01-01T00Z",
                             "2026-01-01T00:60Z",
                             "2026-01-01T00:00:60Z",
                             "2026-01-01T00:00:00.Z",
                             "2026-01-01T00:00:00+1:00",
                             "2026-01-01T00:00:00+0100",
                             "2026-01-01T00:00:00+24:00",
                             "2026-01-01 00:00:00Z",
                             "2026-01-01Z",
                             "2026-01-01T00:00:00ZZ",
                             "tomorrow"}) {
        CAPTURE(text);
        CHECK_FALSE(Moment::parse(text));
    }
}

TEST_CASE("a network holds addresses of its own family, mapped ones being IPv4") {
    const auto holds = [](const char* network, const char* address) {
        const auto parsed = Network::parse(network);
        const auto found = gw::http::IpAddress::parse(address);
        REQUIRE((parsed && found));
        return parsed->contains(*found);
    };
    CHECK(holds("0.0.0.0/0", "255.255.255.255"));
    CHECK_FALSE(holds("0.0.0.0/0", "::1"));
    CHECK(holds("::/0", "2001:db8::1"));
    CHECK_FALSE(holds("::/0", "192.0.2.1"));
    CHECK_FALSE(holds("::/64", "192.0.2.1"));
    CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
    CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
    CHECK(holds("10.0.0.0/31", "10.0.0.1"));
    CHECK_FALSE(holds("10.0.0.0/31", "10.0.0.2"));
    CHECK(holds("10.0.0.5", "10.0.0.5"));
    CHECK_FALSE(holds("10.0.0.5", "10.0.0.4"));
    CHECK(holds("10.0.0.77/24", "10.0.0.1"));
    CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
    CHECK_FALSE(holds("2001:db8::/32", "2001:db9::1"));
    CHECK(holds("2001:db8::1", "2001:DB8:0::1"));
    for (const char* text : {"", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/08", "host", "10.0.0.256"}) {
        CAPTURE(text);
        CHECK_FALSE(Network::parse(text));
    }
}
