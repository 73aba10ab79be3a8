// Quantities: what is read is written so that it is read as the same, whatever was written adds up, and what is refused
// is refused in words that a terminal can show.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

__extension__ using Wide = unsigned __int128;

template <class T, class Parse, class Write>
void check(std::string_view text, Parse&& parse, Write&& write) {
    const Result<T> read = parse(text);
    if (!read) {
        const Error& error = read.error();
        REQUIRE_THAT_IT_HOLDS(error.code == Errc::parse || error.code == Errc::limit);
        REQUIRE_THAT_IT_HOLDS(!error.message.empty() && error.message.size() < 300 && error.hint.size() < 5000);
        for (const char c : error.message + error.hint)
            REQUIRE_THAT_IT_HOLDS(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
        return;
    }
    const Result<T> again = parse(write(*read));
    REQUIRE_THAT_IT_HOLDS(again.has_value() && *again == *read);
}

// Digits with a point, times the scale, when that is whole and small; false when it is not.
bool multiply(std::string_view number, std::uint64_t scale, Wide& out) {
    Wide value = 0;
    Wide divisor = 1;
    bool point = false;
    if (number.size() > 18) return false;
    for (const char c : number) {
        if (c == '.') {
            point = true;
            continue;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (point) divisor *= 10;
    }
    out = value * scale / divisor;
    return value * scale % divisor == 0;
}

// The sum of the parts of a duration or size that was accepted.
void check_sum(std::string_view text) {
    constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"d", 86'400'000'000'000},
                                                                     {"h", 3'600'000'000'000},
                                                                     {"m", 60'000'000'000},
                                                                     {"s", 1'000'000'000},
                                                                     {"ms", 1'000'000},
                                                                     {"us", 1'000},
                                                                     {"ns", 1}};
    const auto duration = parse_duration(text);
    if (!duration || text == "0") return;
    Wide sum = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t letters = text.find_first_not_of("0123456789.", at);
        REQUIRE_THAT_IT_HOLDS(letters != std::string_view::npos);
        const std::size_t end = std::min(text.find_first_of("0123456789", letters), text.size());
        bool known = false;
        for (const auto& [name, scale] : kUnits) {
            if (text.substr(letters, end - letters) != name) continue;
            known = true;
            Wide part = 0;
            if (text.substr(at, letters - at).size() > 18) return;
            REQUIRE_THAT_IT_HOLDS(multiply(text.substr(at, letters - at), scale, part));
            sum += part;
        }
        REQUIRE_THAT_IT_HOLDS(known);
        at = end;
    }
    REQUIRE_THAT_IT_HOLDS(sum == static_cast<Wide>(duration->count()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 512) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check<Nanoseconds>(text, parse_duration, to_duration_text);
    check<std::uint64_t>(text, parse_size, to_size_text);
    check<double>(text, parse_percent, to_percent_text);
    check<Rate>(text, parse_rate, to_rate_text);
    check_sum(text);
    if (const auto percent = parse_percent(text)) REQUIRE_THAT_IT_HOLDS(*percent >= 0 && *percent <= 100);
    if (const auto rate = parse_rate(text))
        REQUIRE_THAT_IT_HOLDS(rate->count >= 0 && std::isfinite(rate->per_second()));
    if (size >= 8) {
        std::uint64_t number = 0;
        std::memcpy(&number, data, sizeof number);
        const auto bytes = parse_size(to_size_text(number));
        REQUIRE_THAT_IT_HOLDS(bytes.has_value() && *bytes == number);
        const Nanoseconds duration(static_cast<std::int64_t>(number / 2));
        const auto back = parse_duration(to_duration_text(duration));
        REQUIRE_THAT_IT_HOLDS(back.has_value() && *back == duration);
    }
    return 0;
}
