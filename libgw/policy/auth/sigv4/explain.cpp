#include "libgw/policy/auth/sigv4/explain.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/query.h"
#include "libgw/wire/http/uri.h"

namespace gw::sigv4 {
namespace {

Cause cause_of(Fault fault) {
    switch (fault) {
        case Fault::host_unsigned: return Cause::host_unsigned;
        case Fault::bad_date:
        case Fault::bad_expiry:
        case Fault::expired:
        case Fault::not_yet: return Cause::clock;
        case Fault::algorithm:
        case Fault::credential:
        case Fault::scope: return Cause::scope;
        case Fault::signed_headers:
        case Fault::absent_header:
        case Fault::unsigned_header:
        case Fault::nominated: return Cause::signed_headers;
        case Fault::streaming: return Cause::unsigned_payload;
        case Fault::unknown_key: return Cause::unknown_key;
        case Fault::session_token:
        case Fault::session_expired: return Cause::session_token;
        case Fault::payload: return Cause::payload_hash;
        case Fault::mismatch: return Cause::secret;
        default: return Cause::malformed;
    }
}

// The four parts of a canonical request that people get wrong.
struct Guess {
    std::string path, query, fields, payload;

    [[nodiscard]] std::string text(std::string_view method, std::string_view signed_headers) const {
        std::string out(method);
        out.append("\n").append(path).append("\n").append(query).append("\n").append(fields).append("\n");
        return out.append(signed_headers).append("\n").append(payload);
    }
};

std::string change_escapes(std::string_view text, char (*change)(char)) {
    std::string out(text);
    for (std::size_t i = 0; i + 2 < out.size(); ++i) {
        if (out[i] != '%') continue;
        out[i + 1] = change(out[i + 1]);
        out[i + 2] = change(out[i + 2]);
        i += 2;
    }
    return out;
}
std::string lower_escapes(std::string_view text) { return change_escapes(text, to_lower); }
std::string upper_escapes(std::string_view text) { return change_escapes(text, to_upper); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::vector<std::string> wrong_paths(std::string_view sent) {
    const std::string twice = canonical_path(sent, {true, true});
    return {
        http::percent_decode(twice),
        canonical_path(sent, {false, true}),
        std::string(sent),
        canonical_path(sent, {true, false}),
        canonical_path(sent, {false, false}),
        canonical_path(upper_escapes(sent), {true, true}),
        canonical_path(lower_escapes(sent), {true, true}),
        lower_escapes(twice),
        canonical_path(twice, {true, true}),
        "/",
    };
}

std::vector<std::string> wrong_queries(std::string_view sent, std::string_view right) {
    std::vector<std::string> as_sent;
    std::vector<std::string> encoded;
    std::vector<std::string> bare;  // without the '=' that was not there
    for (http::QueryReader reader(sent); const auto parameter = reader.next();) {
        if (http::decode_query(parameter->name) == "X-Amz-Signature") continue;
        std::string text(parameter->name);
        if (parameter->has_value) text.append("=").append(parameter->value);
        encoded.push_back(canonical_query(text));
        bare.push_back(encoded.back());
        if (!parameter->has_value) bare.back().pop_back();
        as_sent.push_back(std::move(text));
    }
    const auto sorted = [](std::vector<std::string> parameters) {
        std::sort(parameters.begin(), parameters.end());
        return join(parameters, "&");
    };
    std::vector<std::string> naked = encoded;  // no '=' where there is no value
    for (std::string& each : naked) {
        if (each.ends_with('=')) each.pop_back();
    }
    const std::string sent_query = join(as_sent, "&");
    constexpr std::array<std::string_view, 1> kToken{"X-Amz-Security-Token"};
    return {
        sorted(bare),
        sorted(naked),
        join(encoded, "&"),
        sorted(encoded),
        canonical_query(replaced(sent_query, "+", "%2B")),
        replaced(canonical_query(replaced(sent_query, "+", "%2B")), "%2B", "+"),
        lower_escapes(right),
        sent_query,
        sorted(as_sent),
        canonical_query(sent_query, kToken),
        std::string(),
    };
}

std::string write_fields(const Request& request, std::string_view signed_headers, std::string_view separator,
                         const std::function<std::string(std::string_view, std::string_view)>& write) {
    std::string out;
    for (const std::string_view name : split(signed_headers, ';')) {
        out.append(name).append(":");
        bool first = true;
        for (const Field& field : request.fields) {
            if (!equals_ignoring_case(field.name, name)) continue;
            if (!first) out += separator;
            first = false;
            out += write(name, field.value);
        }
        out += '\n';
    }
    return out;
}

std::vector<std::string> wrong_fields(const Request& request, std::string_view signed_headers) {
    std::vector<std::string> out;
    const auto canonical = [](std::string_view, std::string_view value) { return canonical_value(value); };
    out.push_back(write_fields(request, signed_headers, ",",
                               [](std::string_view, std::string_view value) { return std::string(trim_ows(value)); }));
    out.push_back(write_fields(request, signed_headers, ",",
                               [](std::string_view, std::string_view value) { return std::string(value); }));
    out.push_back(write_fields(request, signed_headers, ", ", canonical));
    for (const std::string_view port : {"", ":80", ":443", ":8080"}) {
        out.push_back(write_fields(request, signed_headers, ",", [port](std::string_view name, std::string_view value) {
            if (name != "host") return canonical_value(value);
            return canonical_value(value.substr(0, value.rfind(':'))).append(port);
        }));
    }
    out.push_back(write_fields(request, signed_headers, ",", [](std::string_view name, std::string_view value) {
        return name == "host" ? to_lower(canonical_value(value)) : canonical_value(value);
    }));
    for (const std::string_view instead : {"x-forwarded-host", "x-original-host"}) {
        const Field* host = find_field(request.fields, instead);
        if (host == nullptr) continue;
        out.push_back(write_fields(request, signed_headers, ",", [host](std::string_view name, std::string_view value) {
            return canonical_value(name == "host" ? host->value : value);
        }));
    }
    return out;
}

std::vector<std::string> wrong_payloads(const Claim& claim) {
    return {to_hex(kEmptyBody.view()), std::string(kUnsignedPayload), claim.payload_hash};
}

/// Tries every guess that differs from the right one in one part, then in two. Nothing when none fits.
std::optional<std::string> search(const Guess& right, const Request& request, const Claim& claim,
                                  const std::function<bool(const std::string&)>& fits) {
    constexpr std::size_t kParts = 4;
    const std::vector<std::string> options[kParts] = {
        wrong_paths(request.path), wrong_queries(request.query, right.query),
        wrong_fields(request, claim.signed_headers), wrong_payloads(claim)};
    constexpr std::string Guess::* kMembers[kParts] = {&Guess::path, &Guess::query, &Guess::fields, &Guess::payload};
    Guess guess = right;
    const auto works = [&] { return fits(guess.text(request.method, claim.signed_headers)); };
    for (std::size_t part = 0; part < kParts; ++part) {
        for (const std::string& option : options[part]) {
            guess.*kMembers[part] = option;
            if (works()) return guess.text(request.method, claim.signed_headers);
        }
        guess.*kMembers[part] = right.*kMembers[part];
    }
    for (std::size_t first = 0; first < kParts; ++first) {
        for (const std::string& one : options[first]) {
            guess.*kMembers[first] = one;
            for (std::size_t second = first + 1; second < kParts; ++second) {
                for (const std::string& other : options[second]) {
                    guess.*kMembers[second] = other;
                    if (works()) return guess.text(request.method, claim.signed_headers);
                }
                guess.*kMembers[second] = right.*kMembers[second];
            }
        }
        guess.*kMembers[first] = right.*kMembers[first];
    }
    return std::nullopt;
}

Guess take_apart(std::string_view canonical, std::string_view signed_headers) {
    // method, path and query have no line ends; what follows the fields has a known length
    const auto lines = split(canonical, '\n');
    Guess guess{std::string(lines[1]), std::string(lines[2]), {}, std::string(lines.back())};
    const std::size_t start = lines[0].size() + lines[1].size() + lines[2].size() + 3;
    const std::size_t after = signed_headers.size() + lines.back().size() + 2;
    guess.fields = canonical.substr(start, canonical.size() - start - after);
    return guess;
}

/// Both scopes, since AWS's words name only what is wrong with the client's.
Difference scopes_of(const Claim& claim, const Claim::Parts& parts, const VerifyOptions& options) {
    Difference out{Cause::scope, "credential scope", parts.scope.text(), {}};
    if (parts.terminator != kTerminator)
        out.client.replace(out.client.rfind('/') + 1, std::string::npos, parts.terminator);
    const std::string region = options.regions.empty() ? std::string(parts.scope.region) : join(options.regions, "|");
    const std::string_view day = std::string_view(claim.date_time).substr(0, 8);
    out.server = Scope{day, region.empty() ? "any region" : std::string_view(region), options.service}.text();
    return out;
}

}  // namespace

Explanation explain(const Request& request, const Verifier& verifier, const CredentialStore& credentials, Date now) {
    Explanation out;
    SigningKeys keys(1);
    auto answer = verifier.verify(request, keys, now);
    if (Denial* denial = std::get_if<Denial>(&answer)) {
        out.denial = std::move(*denial);
        out.difference.cause = cause_of(out.denial->fault);
    }
    const auto read = read_claim(request);
    const Claim* claim = std::get_if<Claim>(&read);
    if (claim == nullptr) return out;
    const auto parts = claim->parts();
    if (!parts) return out;
    if (out.denial && out.denial->fault == Fault::scope) {
        out.difference = scopes_of(*claim, *parts, verifier.options());
    }
    out.server.canonical_request = expected_request(request, *claim, verifier.options());
    const std::string scope = parts->scope.text();
    out.server.string_to_sign = string_to_sign(claim->date_time, scope, out.server.canonical_request);
    if (!out.denial) {
        out.client = out.server;
        return out;
    }
    const Credential* credential = credentials.find(parts->access_key_id);
    if (credential == nullptr) return out;

    const SigningKey& key = keys.get(*credential, parts->scope);
    const auto fits = [&](const std::string& canonical) {
        return key.sign(string_to_sign(claim->date_time, scope, canonical)) == claim->signature;
    };
    const Fault fault = out.denial->fault;
    std::optional<std::string> found;
    if (fits(out.server.canonical_request)) {
        found = out.server.canonical_request;
    } else if (fault == Fault::mismatch || fault == Fault::payload) {
        found = search(take_apart(out.server.canonical_request, claim->signed_headers), request, *claim, fits);
    }
    if (!found) return out;
    out.client = SignedTexts{*found, string_to_sign(claim->date_time, scope, *found)};
    if (*found != out.server.canonical_request) out.difference = compare(*out.client, out.server);
    return out;
}

}  // namespace gw::sigv4
