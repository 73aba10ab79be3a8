#include "libgw/wire/document/scalar.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace gw::document {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    return count;
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_real(std::string_view text) {
    const auto skip_sign = [&] {
        if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    };
    skip_sign();
    const std::size_t whole = count_digits(text);
    text.remove_prefix(whole);
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        const std::size_t fraction = count_digits(text);
        if (whole == 0 && fraction == 0) return false;
        text.remove_prefix(fraction);
    } else if (whole == 0) {
        return false;
    }
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    skip_sign();
    return !text.empty() && count_digits(text) == text.size();
}

bool is_not_finite(std::string_view text) {
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return text == ".inf" || text == ".Inf" || text == ".INF";
}

Value with_text(std::string_view text, auto value) {
    Value plain(value);
    if (plain.number_text() == text) return plain;
    return Value(Number{std::string(text), value});
}

/// Digits of a base; none when it is no such number. Too large for 64 bits: the nearest double.
Result<Value> read_integer(std::string_view text, std::string_view digits, int base) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (problem == std::errc() && end == digits.data() + digits.size()) {
        if (value <= static_cast<std::uint64_t>(INT64_MAX)) return with_text(text, static_cast<std::int64_t>(value));
        return with_text(text, value);
    }
    return Error{Errc::parse, fmt::format("number {} does not fit 64 bits", text), {}, {}};
}

Result<Value> read_real(std::string_view text) {
    std::string_view digits = text;
    if (digits[0] == '+') digits.remove_prefix(1);
    double value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // too small for a double is as good as zero, too large is not a number
    const bool tiny = problem == std::errc::result_out_of_range && digits.find("e-") != digits.npos;
    if ((problem != std::errc() && !tiny) || !std::isfinite(value)) {
        return Error{Errc::parse, fmt::format("number {} is too large", text), {}, {}};
    }
    return Value(Number{std::string(text), tiny ? 0.0 : value});
}

bool is_all(std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

}  // namespace

Result<Value> resolve_scalar(std::string_view text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Value();
    if (text == "true" || text == "True" || text == "TRUE") return Value(true);
    if (text == "false" || text == "False" || text == "FALSE") return Value(false);
    if (is_not_finite(text)) {
        return Error{Errc::parse, fmt::format("{} is not a finite number", text), "quote it to make it a string", {}};
    }
    if (text.starts_with("0o") && is_all(text.substr(2), "01234567")) return read_integer(text, text.substr(2), 8);
    if (text.starts_with("0x") && is_all(text.substr(2), "0123456789abcdefABCDEF")) {
        return read_integer(text, text.substr(2), 16);
    }
    const bool negative = text[0] == '-';
    const std::string_view digits = negative || text[0] == '+' ? text.substr(1) : text;
    if (!digits.empty() && count_digits(digits) == digits.size()) {
        if (!negative) {
            if (auto value = read_integer(text, digits, 10)) return value;
        }
        std::int64_t value = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (negative && problem == std::errc() && end == text.data() + text.size()) return with_text(text, value);
    }
    if (is_real(text)) return read_real(text);
    return Value(text);
}

bool is_string_scalar(std::string_view text) {
    const auto value = resolve_scalar(text);
    return value && value->if_string() != nullptr;
}

}  // namespace gw::document
