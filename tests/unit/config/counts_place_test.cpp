#include "libgw/config/counts_place.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::config;

TEST_CASE("config counts: a place is read, and its text is read as the same place") {
    struct Row {
        const char* text;
        CountsPlace place;
        const char* canonical;
    };
    using Kind = CountsPlace::Kind;
    const auto redis = [](std::string host, std::uint16_t port, std::uint32_t database, bool secure, std::string user) {
        CountsPlace place;
        place.kind = Kind::redis;
        place.host = std::move(host);
        place.port = port;
        place.database = database;
        place.secure = secure;
        place.user = std::move(user);
        return place;
    };
    CountsPlace file;
    file.kind = Kind::sqlite;
    file.path = "counts.db";
    CountsPlace odd_file = file;
    odd_file.path = "/a/memory:redis://x";
    for (const Row& row :
         {Row{"memory", {}, "memory"}, Row{"sqlite:counts.db", file, "sqlite:counts.db"},
          Row{"sqlite:/a/memory:redis://x", odd_file, "sqlite:/a/memory:redis://x"},
          Row{"redis://h", redis("h", 6379, 0, false, ""), "redis://h"},
          Row{"redis://h:6379/", redis("h", 6379, 0, false, ""), "redis://h"},
          Row{"redis://h:7000/0", redis("h", 7000, 0, false, ""), "redis://h:7000"},
          Row{"rediss://H.Example/15", redis("h.example", 6379, 15, true, ""), "rediss://h.example/15"},
          Row{"redis://gw@[::1]:1", redis("::1", 1, 0, false, "gw"), "redis://gw@[::1]:1"},
          Row{"rediss://gw@127.0.0.1/65535", redis("127.0.0.1", 6379, 65535, true, "gw"),
              "rediss://gw@127.0.0.1/65535"}}) {
        INFO(row.text);
        const auto place = parse_counts_place(row.text);
        REQUIRE(place);
        CHECK(*place == row.place);
        CHECK(to_text(*place) == row.canonical);
        CHECK(*parse_counts_place(row.canonical) == row.place);
    }
}

TEST_CASE("config counts: what is no place is an error with a hint, and nothing of an address is said again") {
    for (const char* text : {"",
                             "Memory",
                             "memory ",
                             "sqlite:",
                             "sqlite::memory:",
                             "sqlite:file:a?mode=memory",
                             "sqlite",
                             "redis:h",
                             "redis://",
                             "redis:///0",
                             "redis://h/65536",
                             "redis://h/-1",
                             "redis://h/0/1",
                             "redis://h/0?x=1",
                             "redis://h:0x1",
                             "redis://h:65536",
                             "redis://@h",
                             "redis://a b@h",
                             "redis://a\n@h",
                             "http://h",
                             "REDIS://h",
                             "redis://h#0"}) {
        INFO(text);
        const auto place = parse_counts_place(text);
        REQUIRE_FALSE(place);
        CHECK(place.error().code == Errc::config);
        CHECK_FALSE(place.error().message.empty());
    }
    for (const char* text : {"redis://gw:hunter2hunter2@h", "redis://:hunter2hunter2@h", "redis://hunter2hunter2:@h",
                             "rediss://h:hunter2hunter2", "redis://gw@hunter2hunter2/x", "hunter2hunter2@h",
                             "redis://a@hunter2hunter2@h"}) {
        const auto place = parse_counts_place(text);
        const std::string said = place ? std::string() : place.error().message + place.error().hint;
        INFO(text << ": " << said);
        REQUIRE_FALSE(place);
        CHECK(said.find("hunter2") == std::string::npos);
    }
    CHECK(parse_counts_place("redis://gw:hunter2hunter2@h").error().hint ==
          "countsPassword (--limits-password): env:NAME or file:PATH");
}
