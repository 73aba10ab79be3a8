// Keys of the response cache: two requests have the same one only when all that the key is made of is the same.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/policy/cache/key.h"
#include "libgw/wire/http/query.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

/// What one half of the input says: lines of space, host "host/told host", caller "caller/told", path, and fields
/// "x=…".
struct Asked {
    std::string space;
    std::string host;
    std::string told_host;
    std::string caller;
    std::string told;
    bool secure = false;
    std::uint16_t port = 0;
    http::RequestHead request;
};

std::optional<Asked> read(std::string_view text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back() += c;
    }
    if (lines.size() < 4) return std::nullopt;
    auto path = http::Path::parse(lines[3]);
    if (!path) return std::nullopt;
    const auto halves = [&lines](std::size_t line) {
        const auto both = split_once(lines[line], '/');
        return both ? std::pair<std::string, std::string>(*both) : std::pair(lines[line], std::string());
    };
    Asked asked;
    asked.space = lines[0];
    std::tie(asked.host, asked.told_host) = halves(1);
    std::tie(asked.caller, asked.told) = halves(2);
    asked.secure = lines[0].size() % 2 == 1;
    asked.port = static_cast<std::uint16_t>(lines[1].size() % 3);
    asked.request.path = std::move(*path);
    for (std::size_t i = 4; i < lines.size(); ++i) {
        if (lines[i].find_first_of(std::string("\0\r", 2)) != std::string::npos) return std::nullopt;
        asked.request.fields.add(i % 2 == 0 ? "x" : "Y", lines[i]);
    }
    return asked;
}

using Query = std::vector<std::pair<bool, std::string>>;

Query values_of(const http::Path& path, std::string_view name) {
    Query values;
    http::QueryReader reader(path.query());
    while (const auto parameter = reader.next())
        if (http::decode_query(parameter->name) == name)
            values.emplace_back(parameter->has_value, std::string(parameter->value));
    return values;
}

std::vector<std::string> lines_of(const http::Fields& fields, std::string_view name) {
    std::vector<std::string> lines;
    for (const http::FieldView field : fields)
        if (equals_ignoring_case(field.name, name)) lines.emplace_back(field.value);
    return lines;
}

auto uri_of(const Asked& asked) {
    const http::Path& path = asked.request.path;
    return std::tuple(asked.space, asked.host, asked.told_host, asked.caller, asked.told, asked.secure, asked.port,
                      std::string(path.canonical()), path.has_query(), std::string(path.query()));
}

auto parameters_of(const Asked& asked) {
    const http::Path& path = asked.request.path;
    return std::tuple(asked.space, asked.host, asked.told_host, asked.caller, asked.told, asked.secure, asked.port,
                      values_of(path, "a"), values_of(path, "b"), lines_of(asked.request.fields, "x"),
                      lines_of(asked.request.fields, "y"), std::string(path.canonical()));
}

std::array<std::string, 2> keys_of(const Asked& asked) {
    using Kind = cache::KeyParameter::Kind;
    static const std::vector<cache::KeyParameter> parameters = {{Kind::query_parameter, "a"},
                                                                {Kind::query_parameter, "b"},
                                                                {Kind::header, "x"},
                                                                {Kind::header, "y"},
                                                                {Kind::path, ""}};
    const cache::Scope scope{asked.space, asked.secure, asked.port, asked.told_host,
                             asked.host,  asked.caller, asked.told};
    std::array<std::string, 2> keys;
    cache::write_uri_key(scope, asked.request.path, keys[0]);
    cache::write_parameter_key(scope, parameters, asked.request, {}, {}, keys[1]);
    return keys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t half = text.find('\0');
    if (half == text.npos || size > 4096) return 0;
    const auto one = read(text.substr(0, half));
    const auto two = read(text.substr(half + 1));
    if (!one || !two) return 0;
    const auto first = keys_of(*one);
    const auto second = keys_of(*two);
    REQUIRE_THAT_IT_HOLDS((first[0] == second[0]) == (uri_of(*one) == uri_of(*two)));
    REQUIRE_THAT_IT_HOLDS((first[1] == second[1]) == (parameters_of(*one) == parameters_of(*two)));
    REQUIRE_THAT_IT_HOLDS(first[0] != second[1] && first[1] != second[0]);
    return 0;
}
