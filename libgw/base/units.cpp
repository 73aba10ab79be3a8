#include "libgw/base/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t scale;
};

constexpr std::array<Unit, 7> kTimes = {{{"d", 86'400'000'000'000},
                                         {"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

constexpr std::array<Unit, 10> kSizes = {{{"TiB", 1ULL << 40U},
                                          {"TB", 1'000'000'000'000},
                                          {"GiB", 1ULL << 30U},
                                          {"GB", 1'000'000'000},
                                          {"MiB", 1ULL << 20U},
                                          {"MB", 1'000'000},
                                          {"KiB", 1ULL << 10U},
                                          {"kB", 1'000},
                                          {"KB", 1'000},
                                          {"B", 1}}};

struct Period {
    std::string_view name;
    std::int64_t seconds;
};
/// The first name of each length is the one that is written.
constexpr std::array<Period, 11> kPeriods = {{{"s", 1},
                                              {"m", 60},
                                              {"h", 3600},
                                              {"day", 86400},
                                              {"d", 86400},
                                              {"sec", 1},
                                              {"second", 1},
                                              {"min", 60},
                                              {"minute", 60},
                                              {"hour", 3600},
                                              {"24h", 86400}}};

/// The start of a text, not cut inside a character, '?' for control characters.
std::string shown(std::string_view text, std::size_t most) {
    std::size_t size = std::min(text.size(), most);
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
    std::string out(text.substr(0, size));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    if (size < text.size()) out += "...";
    return out;
}

Error bad(std::string_view what, std::string_view text, std::string_view why, std::string hint,
          Errc code = Errc::parse) {
    return Error{code, fmt::format("{} '{}' {}", what, shown(text, 40), why), std::move(hint), {}};
}

std::string unknown_unit(std::string_view name) { return fmt::format("has an unknown unit '{}'", shown(name, 16)); }

/// Digits with at most one point among them, at the start of a text.
struct Number {
    std::string_view whole;
    std::string_view fraction;
    std::size_t size = 0;  ///< 0: there is no number
};

Number take_number(std::string_view text) {
    const auto digits_from = [&](std::size_t at) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end])) ++end;
        return text.substr(at, end - at);
    };
    Number number;
    number.whole = digits_from(0);
    number.size = number.whole.size();
    if (number.size > 0 && number.size + 1 < text.size() && text[number.size] == '.') {
        number.fraction = digits_from(number.size + 1);
        number.size = number.fraction.empty() ? 0 : number.size + 1 + number.fraction.size();
    }
    return number;
}

enum class Scaled { good, too_large, not_whole };

/// number × scale, exactly.
Scaled scale_by(const Number& number, std::uint64_t scale, std::uint64_t& out) {
    const auto whole = parse_unsigned(number.whole);
    if (!whole || __builtin_mul_overflow(*whole, scale, &out)) return Scaled::too_large;
    std::string_view digits = number.fraction;
    while (digits.ends_with('0')) digits.remove_suffix(1);
    constexpr std::size_t kMostDigits = 18;
    if (digits.size() > kMostDigits) return Scaled::not_whole;
    __extension__ using Wide = unsigned __int128;
    Wide part = digits.empty() ? 0 : *parse_unsigned(digits);
    part *= scale;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (part % 10 != 0) return Scaled::not_whole;
        part /= 10;
    }
    if (__builtin_add_overflow(out, static_cast<std::uint64_t>(part), &out)) return Scaled::too_large;
    return Scaled::good;
}

std::string_view take_letters(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_alpha(text[end])) ++end;
    return text.substr(0, end);
}

bool is_zero(std::string_view text) { return text == "0"; }

std::optional<double> parse_decimal(std::string_view text) {
    const Number number = take_number(text);
    if (number.size == 0 || number.size != text.size()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The shortest decimal that is read as this number, without an exponent. Requires: finite, not negative.
std::string to_decimal(double value) {
    std::array<char, 512> digits;  // the smallest double takes 326
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr;
    return {digits.data(), end};
}

}  // namespace

Result<Nanoseconds> parse_duration(std::string_view text) {
    const auto fail = [&](std::string_view why, std::string hint, Errc code = Errc::parse) {
        return bad("duration", text, why, std::move(hint), code);
    };
    constexpr std::string_view kExamples = "write it like 250ms, 30s, 5m, 2h, 1d or 1h30m";
    if (is_zero(text)) return Nanoseconds(0);
    if (text.empty()) return fail("is empty", std::string(kExamples));
    if (text.starts_with('-')) return fail("is negative", std::string(kExamples));
    std::uint64_t total = 0;
    std::size_t next_unit = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const Number number = take_number(rest);
        if (number.size == 0) return fail("is not a number with a unit", std::string(kExamples));
        const std::string_view digits = rest.substr(0, number.size);
        rest.remove_prefix(number.size);
        const std::string_view name = take_letters(rest);
        rest.remove_prefix(name.size());
        if (name.empty()) {
            if (!rest.empty()) return fail("is not a number with a unit", std::string(kExamples));
            return fail("has no unit", fmt::format("write {0}s, {0}ms or {0}m", digits));
        }
        std::size_t unit = 0;
        while (unit < kTimes.size() && kTimes[unit].name != name) ++unit;
        if (unit == kTimes.size()) {
            return fail(unknown_unit(name), "the units are d h m s ms us ns");
        }
        if (unit < next_unit) return fail("has its units out of order", "from the largest down, each once: 1h30m");
        next_unit = unit + 1;
        std::uint64_t part = 0;
        const Scaled scaled = scale_by(number, kTimes[unit].scale, part);
        if (scaled == Scaled::not_whole) return fail("is finer than a nanosecond", "");
        if (scaled == Scaled::too_large || __builtin_add_overflow(total, part, &total) ||
            total > static_cast<std::uint64_t>(Nanoseconds::max().count())) {
            return fail("is too long", "at most 106751d", Errc::limit);
        }
    }
    return Nanoseconds(static_cast<std::int64_t>(total));
}

std::string to_duration_text(Nanoseconds duration) {
    std::string text;
    auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    for (const Unit& unit : kTimes) {
        if (rest >= unit.scale) text += fmt::format("{}{}", rest / unit.scale, unit.name);
        rest %= unit.scale;
    }
    return text.empty() ? "0s" : text;
}

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view kExamples = "write it like 64KiB (2^10 bytes), 10MB (10^6 bytes) or none";
    if (text == "none") return kNoLimit;
    if (is_zero(text)) return std::uint64_t{0};
    if (text.empty()) return bad("size", text, "is empty", std::string(kExamples));
    const Number number = take_number(text);
    if (number.size == 0) return bad("size", text, "is not a number with a unit", std::string(kExamples));
    const std::string_view digits = text.substr(0, number.size);
    const std::string_view name = text.substr(number.size);
    if (name.empty()) return bad("size", text, "has no unit", fmt::format("write {0}B, {0}KiB or {0}MB", digits));
    for (const Unit& unit : kSizes) {
        if (unit.name != name) continue;
        std::uint64_t bytes = 0;
        const Scaled scaled = scale_by(number, unit.scale, bytes);
        if (scaled == Scaled::not_whole) return bad("size", text, "is not a whole number of bytes", "");
        if (scaled == Scaled::too_large || bytes == kNoLimit) {
            return bad("size", text, "is too large", "for no limit write none", Errc::limit);
        }
        return bytes;
    }
    std::string hint(kExamples);
    constexpr std::string_view kLetters = "KMGT";
    if (name.size() <= 3 && kLetters.find(to_upper(name[0])) != std::string_view::npos) {
        const char letter = to_upper(name[0]);
        hint = fmt::format("write {0}{1}iB (powers of 1024) or {0}{2}B (powers of 1000)", digits, letter,
                           letter == 'K' ? 'k' : letter);
    }
    return bad("size", text, unknown_unit(name), std::move(hint));
}

std::string to_size_text(std::uint64_t bytes) {
    if (bytes == kNoLimit) return "none";
    for (const Unit& unit : kSizes) {
        if (bytes >= unit.scale && bytes % unit.scale == 0) return fmt::format("{}{}", bytes / unit.scale, unit.name);
    }
    return "0B";
}

Result<double> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) {
        const bool number = parse_decimal(text).has_value();
        return bad("percentage", text, number ? "has no '%'" : "is not a number with '%'",
                   number ? fmt::format("write {}%", text) : "write it like 5% or 0.1%");
    }
    const auto value = parse_decimal(text.substr(0, text.size() - 1));
    if (!value) return bad("percentage", text, "is not a number with '%'", "write it like 5% or 0.1%");
    if (*value > 100) return bad("percentage", text, "is more than 100%", "", Errc::limit);
    return *value;
}

std::string to_percent_text(double percent) { return to_decimal(percent) + "%"; }

Result<Rate> parse_rate(std::string_view text) {
    constexpr std::string_view kExamples = "write it like 100/s, 600/m, 5/h or 10000/day";
    constexpr double kMost = 1e12;
    const auto sides = split_once(text, '/');
    if (!sides) {
        const bool number = parse_decimal(text).has_value();
        return bad("rate", text, number ? "has no unit" : "is not a number with a unit",
                   number ? fmt::format("write {0}/s, {0}/m or {0}/day", text) : std::string(kExamples));
    }
    const auto count = parse_decimal(sides->first);
    if (!count) return bad("rate", text, "does not begin with a number", std::string(kExamples));
    if (*count > kMost) return bad("rate", text, "is too large", "", Errc::limit);
    for (const Period& period : kPeriods) {
        if (period.name == sides->second) return Rate{*count, std::chrono::seconds(period.seconds)};
    }
    return bad("rate", text, fmt::format("has an unknown unit '/{}'", shown(sides->second, 16)),
               std::string(kExamples));
}

std::string to_rate_text(const Rate& rate) {
    for (const Period& period : kPeriods) {
        if (rate.per == std::chrono::seconds(period.seconds))
            return fmt::format("{}/{}", to_decimal(rate.count), period.name);
    }
    return to_decimal(rate.per_second()) + "/s";
}

}  // namespace gw
