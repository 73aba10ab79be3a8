// Access logs of strangers: a line is read or refused in words that a terminal can show, as each format, and a second
// reading says the same; what gunzip makes of the bytes does not depend on how they were cut.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/inflate.h"
#include "libgw/wire/log/entry.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

void check_line(std::string_view line) {
    using log::EntryFormat;
    for (const EntryFormat format : {EntryFormat::automatic, EntryFormat::clf, EntryFormat::json, EntryFormat::alb,
                                     EntryFormat::apigw, EntryFormat::gw}) {
        const log::EntryFields fields{.key = "who", .answers = true};
        log::EntryReader reader(format, fields);
        log::Entry entry;
        const auto read = reader.read(line, entry);
        if (!read) {
            REQUIRE_THAT_IT_HOLDS(read.error().code == Errc::parse || read.error().code == Errc::limit);
            REQUIRE_THAT_IT_HOLDS(!read.error().message.empty());
            continue;
        }
        REQUIRE_THAT_IT_HOLDS(entry.status <= 999);
        log::Entry again;
        REQUIRE_THAT_IT_HOLDS(log::EntryReader(format, fields).read(line, again));
        REQUIRE_THAT_IT_HOLDS(again.time == entry.time && again.path == entry.path && again.status == entry.status);
    }
}

/// The first line names columns, the others are of them.
void check_columns(std::string_view text) {
    log::EntryFields fields{.key = "canary", .latency = {}, .numbers = {"size"}, .timeless = true, .answers = true};
    log::EntryReader reader(log::EntryFormat::csv, fields);
    log::Entry entry;
    bool named = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto read = reader.read(text.substr(0, end), entry);
        text.remove_prefix(std::min(end + 1, text.size()));
        REQUIRE_THAT_IT_HOLDS(read || !read.error().message.empty());
        if (!read) continue;
        REQUIRE_THAT_IT_HOLDS(entry.header == !named);
        named = true;
        REQUIRE_THAT_IT_HOLDS(!entry.latency || *entry.latency >= Nanoseconds(0));
        REQUIRE_THAT_IT_HOLDS(entry.header || entry.numbers.size() == 1);
    }
}

/// What it makes of the bytes, "!" behind it where it refused them.
std::string unpacked(std::string_view packed, std::size_t piece) {
    Gunzip gunzip;
    std::string out;
    while (!packed.empty()) {
        const auto taken = gunzip.feed(packed.substr(0, piece), out, 1U << 16U);
        if (!taken) return "!";
        if (*taken == 0 && piece >= packed.size()) break;
        packed.remove_prefix(*taken);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 1024) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_line(text.substr(0, text.find('\n')));
    check_columns(text);
    REQUIRE_THAT_IT_HOLDS(unpacked(text, 1) == unpacked(text, 4096));
    return 0;
}
