#include "libgw/policy/cors/safelist.h"

#include <algorithm>
#include <array>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

// Facts of Chromium, where it differs from the standard:
//  - client hints (dpr, width, viewport-width, device-memory, rtt, downlink, ect) and "save-data: on" are safelisted,
//  when
//    their values are what they are for;
//  - user-agent is never asked for, however long;
//  - the lines of a field are one value by the time they are judged.

namespace gw::cors {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 21> kForbidden = {"accept-charset",
                                                         "accept-encoding",
                                                         "access-control-request-headers",
                                                         "access-control-request-method",
                                                         "connection",
                                                         "content-length",
                                                         "cookie",
                                                         "cookie2",
                                                         "date",
                                                         "dnt",
                                                         "expect",
                                                         "host",
                                                         "keep-alive",
                                                         "origin",
                                                         "referer",
                                                         "set-cookie",
                                                         "te",
                                                         "trailer",
                                                         "transfer-encoding",
                                                         "upgrade",
                                                         "via"};

/// Fetch: "CORS-unsafe request-header byte".
bool has_unsafe_byte(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f ||
               std::string_view("\"():<>?@[\\]{}").find(c) != std::string_view::npos;
    });
}

bool is_language(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        return is_digit(c) || is_alpha(c) || std::string_view(" *,-.;=").find(c) != std::string_view::npos;
    });
}

/// MIME Sniffing §4.4, as far as the essence goes; "" when there is none.
std::string essence_of(std::string_view value) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    std::string_view essence = value.substr(0, value.find(';'));
    while (!essence.empty() && is_space(essence.back())) essence.remove_suffix(1);
    const auto parts = split_once(essence, '/');
    if (!parts || !http::is_token(parts->first) || !http::is_token(parts->second)) return {};
    return to_lower(essence);
}

/// "bytes=0-" and "bytes=0-499": one range that begins somewhere, without white space (Fetch §2.2.2).
bool is_simple_range(std::string_view value) {
    if (!value.starts_with("bytes=")) return false;
    const auto ends = split_once(value.substr(6), '-');
    if (!ends) return false;
    const auto first = parse_unsigned(ends->first);
    if (!first) return false;
    if (ends->second.empty()) return true;
    const auto last = parse_unsigned(ends->second);
    return last && *first <= *last;
}

bool is_whole_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

/// "2" and "2.5".
bool is_decimal(std::string_view text) {
    const auto parts = split_once(text, '.');
    return parts ? is_whole_number(parts->first) && is_whole_number(parts->second) : is_whole_number(text);
}

/// Client Hints Infrastructure §5.4: a hint of that name with a value of its kind.
bool is_client_hint(std::string_view name, std::string_view value) {
    constexpr std::array<std::string_view, 3> kDecimals = {"device-memory", "downlink", "dpr"};
    constexpr std::array<std::string_view, 3> kNumbers = {"rtt", "viewport-width", "width"};
    constexpr std::array<std::string_view, 4> kConnections = {"2g", "3g", "4g", "slow-2g"};
    if (is_one_of(name, kDecimals)) return is_decimal(value);
    if (is_one_of(name, kNumbers)) return is_whole_number(value);
    if (name == "ect") return is_one_of(value, kConnections);
    return name == "save-data" && equals_ignoring_case(value, "on");
}

/// One field line for each name, as Chromium has them when it judges.
std::vector<Field> joined(const std::vector<Field>& fields) {
    std::vector<Field> all;
    for (const Field& field : fields) {
        const auto same = std::find_if(all.begin(), all.end(),
                                       [&](const Field& each) { return equals_ignoring_case(each.name, field.name); });
        if (same == all.end())
            all.push_back(field);
        else
            same->value.append(", ").append(field.value);
    }
    return all;
}

}  // namespace

bool is_forbidden_method(std::string_view method) {
    constexpr std::array<std::string_view, 3> kMethods = {"connect", "trace", "track"};
    return is_one_of(to_lower(method), kMethods);
}

std::string normalize_method(std::string_view method) {
    constexpr std::array<std::string_view, 6> kMethods = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"};
    std::string upper = to_upper(method);
    return is_one_of(upper, kMethods) ? upper : std::string(method);
}

bool is_safelisted_method(std::string_view method) { return method == "GET" || method == "HEAD" || method == "POST"; }

bool is_bad_port(std::uint16_t port) {
    constexpr std::array<std::uint16_t, 82> kPorts = {
        0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,
        53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,
        123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,
        532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049,
        3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697};
    constexpr std::uint16_t kLast = 10080;
    return port == kLast || std::binary_search(kPorts.begin(), kPorts.end(), port);
}

bool is_forbidden_request_header(const Field& field) {
    const std::string name = to_lower(std::string_view(field.name));
    if (is_one_of(name, kForbidden) || name.starts_with("proxy-") || name.starts_with("sec-")) return true;
    constexpr std::array<std::string_view, 3> kOverrides = {"x-http-method", "x-http-method-override",
                                                            "x-method-override"};
    if (!is_one_of(name, kOverrides)) return false;
    const auto methods = split(field.value, ',');
    return std::any_of(methods.begin(), methods.end(),
                       [](std::string_view method) { return is_forbidden_method(trim_ows(method)); });
}

bool is_safelisted_request_header(const Field& field, Engine engine) {
    constexpr std::size_t kLongest = 128;
    const std::string name = to_lower(std::string_view(field.name));
    const std::string_view value = field.value;
    if (engine == Engine::chrome && name == "user-agent") return true;
    if (value.size() > kLongest) return false;
    if (engine == Engine::chrome && is_client_hint(name, value)) return true;
    if (name == "accept") return !has_unsafe_byte(value);
    if (name == "accept-language" || name == "content-language") return is_language(value);
    if (name == "range") return is_simple_range(value);
    if (name != "content-type" || has_unsafe_byte(value)) return false;
    constexpr std::array<std::string_view, 3> kTypes = {"application/x-www-form-urlencoded", "multipart/form-data",
                                                        "text/plain"};
    return is_one_of(essence_of(value), kTypes);
}

std::vector<std::string> unsafe_header_names(const std::vector<Field>& fields, Engine engine) {
    constexpr std::size_t kMostTogether = 1024;
    std::vector<std::string> names;
    std::vector<std::string> safe;
    std::size_t together = 0;
    for (const Field& field : engine == Engine::chrome ? joined(fields) : fields) {
        std::string name = to_lower(std::string_view(field.name));
        if (engine == Engine::chrome && name == "user-agent") continue;
        if (is_safelisted_request_header(field, engine)) {
            safe.push_back(std::move(name));
            together += field.value.size();
        } else {
            names.push_back(std::move(name));
        }
    }
    if (together > kMostTogether) names.insert(names.end(), safe.begin(), safe.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool is_safelisted_response_header(std::string_view name) {
    constexpr std::array<std::string_view, 7> kNames = {
        "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"};
    return is_one_of(to_lower(name), kNames);
}

bool is_forbidden_response_header(std::string_view name) {
    return equals_ignoring_case(name, "set-cookie") || equals_ignoring_case(name, "set-cookie2");
}

}  // namespace gw::cors
