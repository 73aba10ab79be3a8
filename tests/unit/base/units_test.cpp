#include "libgw/base/units.h"

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units", "[base][units]") {
    CHECK(*parse_duration("250ms") == 250ms);
    CHECK(*parse_duration("30s") == 30s);
    CHECK(*parse_duration("5m") == 5min);
    CHECK(*parse_duration("2h") == 2h);
    CHECK(*parse_duration("1d") == 24h);
    CHECK(*parse_duration("10us") == 10us);
    CHECK(*parse_duration("7ns") == 7ns);
    CHECK(*parse_duration("1h30m") == 90min);
    CHECK(*parse_duration("1.5s") == 1500ms);
    CHECK(*parse_duration("0.000000001s") == 1ns);
    CHECK(*parse_duration("1.50000000000000000000s") == 1500ms);
    CHECK(*parse_duration("0") == 0s);
    CHECK(*parse_duration("106751d") == Nanoseconds(9223286400000000000));
}

TEST_CASE("a duration without a unit says what to write", "[base][units]") {
    const Error error = parse_duration("30").error();
    CHECK(error.code == Errc::parse);
    CHECK(error.message == "duration '30' has no unit");
    CHECK(error.hint == "write 30s, 30ms or 30m");
}

TEST_CASE("durations that cannot be meant are refused", "[base][units]") {
    const std::pair<const char*, const char*> kRefused[] = {
        {"", "duration '' is empty"},
        {"-5s", "duration '-5s' is negative"},
        {"+5s", "duration '+5s' is not a number with a unit"},
        {"s", "duration 's' is not a number with a unit"},
        {"5 s", "duration '5 s' is not a number with a unit"},
        {" 5s", "duration ' 5s' is not a number with a unit"},
        {".5s", "duration '.5s' is not a number with a unit"},
        {"5.s", "duration '5.s' is not a number with a unit"},
        {"5sec", "duration '5sec' has an unknown unit 'sec'"},
        {"5S", "duration '5S' has an unknown unit 'S'"},
        {"30m1h", "duration '30m1h' has its units out of order"},
        {"1s1s", "duration '1s1s' has its units out of order"},
        {"1h30", "duration '1h30' has no unit"},
        {"0.1ns", "duration '0.1ns' is finer than a nanosecond"},
        {"106752d", "duration '106752d' is too long"},
        {"99999999999999999999s", "duration '99999999999999999999s' is too long"},
        {"106751d24h", "duration '106751d24h' is too long"},
        {"1\ns", "duration '1?s' is not a number with a unit"},
    };
    for (const auto& [text, message] : kRefused) {
        INFO(text);
        const auto duration = parse_duration(text);
        REQUIRE_FALSE(duration);
        CHECK(duration.error().message == message);
    }
    CHECK(parse_duration("106752d").error().code == Errc::limit);
    CHECK(parse_duration(std::string(100000, '9')).error().message.size() < 100);
}

TEST_CASE("a duration that was written is read as the same one", "[base][units]") {
    CHECK(to_duration_text(90min) == "1h30m");
    CHECK(to_duration_text(29s) == "29s");
    CHECK(to_duration_text(24h) == "1d");
    CHECK(to_duration_text(0s) == "0s");
    CHECK(to_duration_text(1500ms) == "1s500ms");
    Random random(3);
    for (int i = 0; i < 2000; ++i) {
        const Nanoseconds duration(static_cast<std::int64_t>(random() >> (1 + random.below(62))));
        REQUIRE(*parse_duration(to_duration_text(duration)) == duration);
    }
}

TEST_CASE("sizes are powers of 1024 or of 1000 as their unit says", "[base][units]") {
    CHECK(*parse_size("64KiB") == 65536);
    CHECK(*parse_size("10MB") == 10'000'000);
    CHECK(*parse_size("10MiB") == 10485760);
    CHECK(*parse_size("1kB") == 1000);
    CHECK(*parse_size("1KB") == 1000);
    CHECK(*parse_size("1.5GiB") == 1610612736);
    CHECK(*parse_size("2TB") == 2'000'000'000'000);
    CHECK(*parse_size("512B") == 512);
    CHECK(*parse_size("0") == 0);
    CHECK(*parse_size("none") == kNoLimit);
}

TEST_CASE("sizes that cannot be meant are refused with a way out", "[base][units]") {
    CHECK(parse_size("1048576").error().message == "size '1048576' has no unit");
    CHECK(parse_size("1048576").error().hint == "write 1048576B, 1048576KiB or 1048576MB");
    CHECK(parse_size("10M").error().hint == "write 10MiB (powers of 1024) or 10MB (powers of 1000)");
    CHECK(parse_size("64k").error().hint == "write 64KiB (powers of 1024) or 64kB (powers of 1000)");
    CHECK(parse_size("16777216TiB").error().code == Errc::limit);
    CHECK(parse_size("18446744073709551615B").error().code == Errc::limit);
    CHECK(parse_size("18446744073709551614B").has_value());
    for (const char* text : {"", "None", "-1B", "KiB", "1 KiB", "1kib", "1.5B", "0.0001KiB", "1KiB2B", "1e3B"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("a size is written with its largest whole unit", "[base][units]") {
    CHECK(to_size_text(10485760) == "10MiB");
    CHECK(to_size_text(10'000'000) == "10MB");
    CHECK(to_size_text(65536) == "64KiB");
    CHECK(to_size_text(1001) == "1001B");
    CHECK(to_size_text(0) == "0B");
    CHECK(to_size_text(kNoLimit) == "none");
    Random random(4);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t size = random() >> random.below(64) << random.below(30);
        REQUIRE(*parse_size(to_size_text(size)) == size);
    }
}

TEST_CASE("percentages go from 0 to 100 and carry their sign", "[base][units]") {
    CHECK(*parse_percent("5%") == 5);
    CHECK(*parse_percent("0.1%") == 0.1);
    CHECK(*parse_percent("100%") == 100);
    CHECK(*parse_percent("0%") == 0);
    CHECK(to_percent_text(5) == "5%");
    CHECK(to_percent_text(0.1) == "0.1%");
    CHECK(parse_percent("5").error().message == "percentage '5' has no '%'");
    CHECK(parse_percent("5").error().hint == "write 5%");
    CHECK(parse_percent("100.1%").error().code == Errc::limit);
    for (const char* text : {"", "%", "-1%", "+1%", "1e1%", "nan%", "inf%", ".5%", "5 %", "5%%", "0x5%"}) {
        INFO(text);
        CHECK_FALSE(parse_percent(text));
    }
}

TEST_CASE("small percentages and rates are written without an exponent, which would not be read", "[base][units]") {
    for (const char* text : {"0.00000001%", "0.000000000000000000001%", "12.3456789%"}) {
        INFO(text);
        CHECK(to_percent_text(*parse_percent(text)) == text);
    }
    CHECK(to_percent_text(5e-324).size() == 327);
    for (const char* text : {"0.0000001/s", "1000000000000/day", "123456789012/h"}) {
        INFO(text);
        CHECK(to_rate_text(*parse_rate(text)) == text);
    }
}

TEST_CASE("what is wrong with a quantity is told without its control characters", "[base][units]") {
    CHECK(parse_size("10\x1b[31m").error().message == "size '10?[31m' has an unknown unit '?[31m'");
    CHECK(parse_rate("5/\rx\x7f").error().message == "rate '5/?x?' has an unknown unit '/?x?'");
    CHECK(parse_duration("5\n").error().message == "duration '5?' is not a number with a unit");
    // cut after 40 bytes, but not inside a character
    CHECK(parse_size("1\u00b5" + std::string(36, 'x') + "\u20ac").error().message.find("x...' has") !=
          std::string::npos);
    CHECK(parse_size("1\u00b5s").error().message == "size '1\u00b5s' has an unknown unit '\u00b5s'");
}

TEST_CASE("rates are counts in a time", "[base][units]") {
    CHECK(*parse_rate("100/s") == Rate{100, 1s});
    CHECK(*parse_rate("600/m") == Rate{600, 1min});
    CHECK(*parse_rate("5/h") == Rate{5, 1h});
    CHECK(*parse_rate("10000/day") == Rate{10000, 24h});
    CHECK(*parse_rate("0.5/second") == Rate{0.5, 1s});
    CHECK(parse_rate("600/m")->per_second() == 10);
    for (const char* text : {"100/s", "600/m", "5/h", "10000/day", "0.5/s", "0/s"}) {
        CHECK(to_rate_text(*parse_rate(text)) == text);
    }
    CHECK(parse_rate("100").error().message == "rate '100' has no unit");
    CHECK(parse_rate("100").error().hint == "write 100/s, 100/m or 100/day");
    CHECK(parse_rate("1000000000001/s").error().code == Errc::limit);
    for (const char* text : {"", "/s", "100/", "100/fortnight", "-1/s", "1/s/s", "1 /s", "nan/s", "1e9/s"}) {
        INFO(text);
        CHECK_FALSE(parse_rate(text));
    }
}
