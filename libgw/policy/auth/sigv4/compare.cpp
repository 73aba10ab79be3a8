#include "libgw/policy/auth/sigv4/compare.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/sigv4/canonical.h"
#include "libgw/policy/auth/sigv4/signature.h"
#include "libgw/wire/http/uri.h"

namespace gw::sigv4 {
namespace {

// A canonical request taken apart. Whatever is missing is empty.
struct Parts {
    std::string_view method, path, query;
    std::vector<std::string_view> fields;
    std::string_view signed_headers, payload;
};

Parts take_apart(std::string_view text) {
    const std::vector<std::string_view> lines = split(text, '\n');
    const auto line = [&lines](std::size_t at) { return at < lines.size() ? lines[at] : std::string_view(); };
    Parts parts{line(0), line(1), line(2), {}, {}, {}};
    std::size_t at = 3;
    for (; at < lines.size() && !lines[at].empty(); ++at) parts.fields.push_back(lines[at]);
    parts.signed_headers = line(at + 1);
    parts.payload = line(at + 2);
    return parts;
}

// The digits of escapes in upper case, those of "%252f" too.
std::string upper_escapes(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i + 2 < out.size(); ++i) {
        if (out[i] != '%' || hex_value(out[i + 1]) < 0 || hex_value(out[i + 2]) < 0) continue;
        out[i + 1] = to_upper(out[i + 1]);
        out[i + 2] = to_upper(out[i + 2]);
        const bool twice = out[i + 1] == '2' && out[i + 2] == '5' && i + 4 < out.size() && hex_value(out[i + 3]) >= 0 &&
                           hex_value(out[i + 4]) >= 0;
        if (twice) {
            out[i + 3] = to_upper(out[i + 3]);
            out[i + 4] = to_upper(out[i + 4]);
        }
        i += twice ? 4 : 2;
    }
    return out;
}

Cause why_paths_differ(std::string_view client, std::string_view server) {
    constexpr PathRules kNormalize{true, true};
    if (http::percent_decode(client) == server || http::percent_decode(server) == client) return Cause::double_encoding;
    if (upper_escapes(client) == upper_escapes(server)) return Cause::path_hex_case;
    if (canonical_path(client, kNormalize) == canonical_path(server, kNormalize)) return Cause::dot_segments;
    // two mistakes: the more usual one is told
    const auto plain = [](std::string_view path) { return canonical_path(path, {false, true}); };
    if (plain(http::percent_decode(client)) == plain(server) || plain(client) == plain(http::percent_decode(server))) {
        return Cause::double_encoding;
    }
    return Cause::path;
}

std::string with_equals(std::string_view query) {
    std::vector<std::string> parameters;
    for (const std::string_view each : split(query, '&')) {
        parameters.emplace_back(each);
        if (each.find('=') == std::string_view::npos) parameters.back() += '=';
    }
    return join(parameters, "&");
}

std::string spaced(std::string_view query) {
    std::string out;
    for (std::size_t i = 0; i < query.size(); ++i) {
        if (query[i] == '+') {
            out += "%20";
        } else if (equals_ignoring_case(query.substr(i, 3), "%2B")) {
            out += "%20";
            i += 2;
        } else {
            out += query[i];
        }
    }
    return out;
}

std::string sorted(std::string_view query) {
    std::vector<std::string_view> parameters = split(query, '&');
    std::sort(parameters.begin(), parameters.end());
    return join(parameters, "&");
}

Cause why_queries_differ(std::string_view client, std::string_view server) {
    if (with_equals(client) == with_equals(server)) return Cause::missing_equals;
    if (sorted(client) == sorted(server)) return Cause::query_order;
    if (upper_escapes(client) == upper_escapes(server)) return Cause::query_hex_case;
    if (spaced(client) == spaced(server) || sorted(spaced(client)) == sorted(spaced(server))) return Cause::plus;
    if (canonical_query(client) == canonical_query(server)) return Cause::query_encoding;
    constexpr std::array<std::string_view, 1> kToken{"X-Amz-Security-Token"};
    if (canonical_query(client, kToken) == canonical_query(server, kToken)) return Cause::session_token;
    return Cause::query;
}

std::string_view name_of_line(std::string_view line) { return line.substr(0, line.find(':')); }
std::string_view value_of_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    return colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
}

std::string without_blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' && (c < '\t' || c > '\r')) out += c;
    }
    return out;
}

Cause why_values_differ(std::string_view name, std::string_view client, std::string_view server) {
    if (name == "x-amz-date" || name == "date") return Cause::clock;
    if (without_blanks(client) == without_blanks(server)) return Cause::whitespace;
    return name == "host" ? Cause::host : Cause::header;
}

bool has_host(std::string_view signed_headers) {
    const auto names = split(signed_headers, ';');
    return std::find(names.begin(), names.end(), "host") != names.end();
}

std::optional<Difference> compare_fields(const Parts& client, const Parts& server) {
    if (has_host(client.signed_headers) != has_host(server.signed_headers)) {
        return Difference{Cause::host_unsigned, "signed headers", std::string(client.signed_headers),
                          std::string(server.signed_headers)};
    }
    const std::size_t size = std::max(client.fields.size(), server.fields.size());
    for (std::size_t i = 0; i < size; ++i) {
        const std::string_view ours = i < client.fields.size() ? client.fields[i] : std::string_view();
        const std::string_view theirs = i < server.fields.size() ? server.fields[i] : std::string_view();
        if (ours == theirs) continue;
        const std::string_view name = name_of_line(ours.empty() ? theirs : ours);
        const Cause cause = name_of_line(ours) != name_of_line(theirs)
                                ? Cause::signed_headers
                                : why_values_differ(name, value_of_line(ours), value_of_line(theirs));
        return Difference{cause, "header " + std::string(name), std::string(ours), std::string(theirs)};
    }
    if (client.signed_headers == server.signed_headers) return std::nullopt;
    return Difference{Cause::signed_headers, "signed headers", std::string(client.signed_headers),
                      std::string(server.signed_headers)};
}

std::optional<Difference> compare_requests(std::string_view client_text, std::string_view server_text) {
    const Parts client = take_apart(client_text);
    const Parts server = take_apart(server_text);
    const auto differ = [](Cause cause, std::string_view part, std::string_view ours, std::string_view theirs) {
        return Difference{cause, std::string(part), std::string(ours), std::string(theirs)};
    };
    if (client.method != server.method) return differ(Cause::method, "method", client.method, server.method);
    if (client.path != server.path) {
        return differ(why_paths_differ(client.path, server.path), "path", client.path, server.path);
    }
    if (client.query != server.query) {
        return differ(why_queries_differ(client.query, server.query), "query", client.query, server.query);
    }
    if (auto difference = compare_fields(client, server)) return difference;
    if (client.payload != server.payload) {
        const bool unsigned_one = client.payload == kUnsignedPayload || server.payload == kUnsignedPayload;
        return differ(unsigned_one ? Cause::unsigned_payload : Cause::payload_hash, "payload hash", client.payload,
                      server.payload);
    }
    return std::nullopt;
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\\n") {
            out += '\n';
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

Difference compare(const SignedTexts& client, const SignedTexts& server) {
    if (auto difference = compare_requests(client.canonical_request, server.canonical_request)) return *difference;
    if (!client.string_to_sign.empty() && !server.string_to_sign.empty()) {
        const auto ours = split(client.string_to_sign, '\n');
        const auto theirs = split(server.string_to_sign, '\n');
        constexpr std::array kCauses{Cause::scope, Cause::clock, Cause::scope};
        for (std::size_t i = 0; i < kCauses.size(); ++i) {
            const std::string_view left = i < ours.size() ? ours[i] : std::string_view();
            const std::string_view right = i < theirs.size() ? theirs[i] : std::string_view();
            if (left == right) continue;
            return {kCauses[i], "string to sign, line " + std::to_string(i + 1), std::string(left), std::string(right)};
        }
    }
    return {Cause::secret, {}, {}, {}};
}

Result<SignedTexts> parse_mismatch(std::string_view body) {
    constexpr std::string_view kCanonical = "The Canonical String for this request should have been\n'";
    constexpr std::string_view kToSign = "'\n\nThe String-to-Sign should have been\n'";
    const Error foreign{Errc::parse,
                        "the body is not AWS's answer to a wrong signature",
                        "paste the whole body, {\"message\":\"The request signature we calculated …\"}",
                        {}};
    std::string message(body);
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    if (start != std::string_view::npos && body[start] == '{') {
        const Value value = TRY(parse_json(body));
        const std::string* found = value.find_string("message");
        if (found == nullptr) found = value.find_string("Message");
        if (found == nullptr) return foreign;
        message = *found;
    }
    if (message.find("request signature we calculated does not match") == std::string::npos) return foreign;
    std::size_t canonical = message.find(kCanonical);
    if (canonical == std::string::npos) {
        message = unescaped(message);
        canonical = message.find(kCanonical);
    }
    if (canonical == std::string::npos) {
        return Error{Errc::not_found,
                     "the body does not say what should have been signed",
                     "AWS leaves it out for some requests; sign the request with the same key and compare here",
                     {}};
    }
    canonical += kCanonical.size();
    const std::size_t to_sign = message.rfind(kToSign);
    if (to_sign == std::string::npos || to_sign < canonical) return foreign;
    SignedTexts texts;
    texts.canonical_request = message.substr(canonical, to_sign - canonical);
    texts.string_to_sign = message.substr(to_sign + kToSign.size());
    texts.string_to_sign.resize(std::min(texts.string_to_sign.rfind('\''), texts.string_to_sign.size()));
    return texts;
}

std::string_view name_of(Cause cause) {
    switch (cause) {
        case Cause::none: return "none";
        case Cause::method: return "method";
        case Cause::double_encoding: return "double_encoding";
        case Cause::dot_segments: return "dot_segments";
        case Cause::path_hex_case: return "path_hex_case";
        case Cause::path: return "path";
        case Cause::missing_equals: return "missing_equals";
        case Cause::plus: return "plus";
        case Cause::query_order: return "query_order";
        case Cause::query_hex_case: return "query_hex_case";
        case Cause::query_encoding: return "query_encoding";
        case Cause::query: return "query";
        case Cause::host_unsigned: return "host_unsigned";
        case Cause::host: return "host";
        case Cause::clock: return "clock";
        case Cause::whitespace: return "whitespace";
        case Cause::header: return "header";
        case Cause::signed_headers: return "signed_headers";
        case Cause::unsigned_payload: return "unsigned_payload";
        case Cause::payload_hash: return "payload_hash";
        case Cause::scope: return "scope";
        case Cause::session_token: return "session_token";
        case Cause::unknown_key: return "unknown_key";
        case Cause::secret: return "secret";
        case Cause::malformed: return "malformed";
    }
    return {};
}

std::string_view advice_for(Cause cause) {
    switch (cause) {
        case Cause::none: return "the signature is right";
        case Cause::method: return "the method was changed after signing: sign the one that is sent";
        case Cause::double_encoding:
            return "the path is encoded once more than it is sent, for every service but s3: /a%2Fb is signed as "
                   "/a%252Fb";
        case Cause::dot_segments:
            return "'.', '..' and empty segments are taken out of the path before signing, for every service but s3";
        case Cause::path_hex_case:
            return "the digits of an escape in the path are signed as they are sent: %2f and %2F are not the same";
        case Cause::path: return "the path was changed after signing, or its stage was left out";
        case Cause::missing_equals: return "a parameter without a value is signed with its '=': 'a' as 'a='";
        case Cause::plus: return "a '+' in a query is a space and signed as %20; a plus is sent and signed as %2B";
        case Cause::query_order: return "parameters are sorted by encoded name, then by value, before signing";
        case Cause::query_hex_case: return "escapes in the query are signed with upper-case digits: %2f as %2F";
        case Cause::query_encoding:
            return "in the query everything is encoded but letters, digits and '-', '_', '.', '~'";
        case Cause::query: return "the query was changed after signing, or was not signed";
        case Cause::host_unsigned: return "the host has to be among the signed headers";
        case Cause::host: return "the host that was signed is not the one that arrived: look at proxies and ports";
        case Cause::clock: return "the clocks differ: set the clock of the client, or sign again";
        case Cause::whitespace:
            return "values of headers are signed without white space at their ends and with one space inside";
        case Cause::header: return "a signed header was changed on the way";
        case Cause::signed_headers:
            return "the signed headers have to be there, lower-case and sorted, and every x-amz-* header signed";
        case Cause::unsigned_payload: return "the body has to be signed here: UNSIGNED-PAYLOAD is not accepted";
        case Cause::payload_hash: return "the body that was signed is not the one that arrived";
        case Cause::scope: return "the signature is for another region, service, day or algorithm";
        case Cause::session_token: return "the session token is missing, wrong, expired or one too many";
        case Cause::unknown_key: return "nobody has this access key";
        case Cause::secret:
            return "both sides signed the same text: the secret access key is another one, or the signature was "
                   "changed";
        case Cause::malformed: return "there is no signature that could be read";
    }
    return {};
}

}  // namespace gw::sigv4
