#include "libgw/policy/integration/field_template.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/log/variables.h"

namespace gw::integration {
namespace {

constexpr std::string_view kPrefix = "$context.";
constexpr std::string_view kClaims = "authorizer.claims.";

constexpr std::array<std::string_view, 21> kVariables = {"accountId",
                                                         "apiId",
                                                         "authorizer.principalId",
                                                         "domainName",
                                                         "domainPrefix",
                                                         "extendedRequestId",
                                                         "httpMethod",
                                                         "identity.accountId",
                                                         "identity.apiKeyId",
                                                         "identity.caller",
                                                         "identity.sourceIp",
                                                         "identity.user",
                                                         "identity.userAgent",
                                                         "identity.userArn",
                                                         "path",
                                                         "protocol",
                                                         "requestId",
                                                         "requestTime",
                                                         "requestTimeEpoch",
                                                         "routeKey",
                                                         "stage"};

bool is_of_one_request(std::string_view variable) {
    return variable == "requestId" || variable == "extendedRequestId" || variable == "requestTime" ||
           variable == "requestTimeEpoch";
}

/// The nearest variable; of a claim under a misspelt prefix the right prefix. Empty when none is near.
std::string likely_meant(std::string_view name) {
    const auto first = name.find('.');
    const auto second = first == name.npos ? first : name.find('.', first + 1);
    constexpr std::array<std::string_view, 1> kPrefixes = {kClaims.substr(0, kClaims.size() - 1)};
    if (second != name.npos && second + 1 < name.size() && !closest(name.substr(0, second), kPrefixes).empty())
        return std::string(kClaims) + std::string(name.substr(second + 1));
    return std::string(closest(name, kVariables));
}

}  // namespace

bool is_request_variable(std::string_view name) {
    if (name.starts_with(kClaims)) return name.size() > kClaims.size();
    return std::find(kVariables.begin(), kVariables.end(), name) != kVariables.end();
}

Result<FieldTemplate> FieldTemplate::compile(std::string_view text) {
    FieldTemplate made;
    made.text_ = text;
    std::size_t from = 0;
    std::size_t at = 0;
    while ((at = text.find(kPrefix, at)) != text.npos) {
        const log::ContextName name = log::read_context_name(text.substr(at + kPrefix.size()));
        if (!is_request_variable(name.name)) {
            const std::string meant = likely_meant(name.name);
            return Error{Errc::config,
                         fmt::format("variable '$context.{}' has no value in a field of a request", name.name),
                         meant.empty() ? std::string("requestHeaders in gw-config(5) lists those that have one")
                                       : fmt::format("did you mean '$context.{}'?", meant),
                         Location{{}, 1, static_cast<std::uint32_t>(at + 1)}};
        }
        made.pieces_.push_back({std::string(text.substr(from, at - from)), name.name});
        at += kPrefix.size() + name.size;
        from = at;
    }
    if (!made.pieces_.empty()) made.pieces_.push_back({std::string(text.substr(from)), {}});
    return made;
}

std::string FieldTemplate::fill(const ContextSource& context) const {
    if (is_plain()) return text_;
    std::string value;
    for (const Piece& piece : pieces_) {
        value += piece.literal;
        if (piece.variable.empty()) continue;
        const std::string found = context.find == nullptr ? std::string() : context.find(context.self, piece.variable);
        if (found.empty()) return {};
        value += found;
    }
    // a receiver takes white space off (RFC 9110 §5.5): what is left would be somebody else's value
    return http::is_field_value(value) && trim_ows(value).size() == value.size() ? value : std::string();
}

void FieldTemplate::write_values(const ContextSource& context, std::string& out) const {
    for (const Piece& piece : pieces_) {
        if (piece.variable.empty() || piece.variable == "httpMethod" || integration::is_of_one_request(piece.variable))
            continue;
        // no variable's value has the end of a line in it and is sent all the same
        if (context.find != nullptr) out += context.find(context.self, piece.variable);
        out += '\n';
    }
}

bool FieldTemplate::is_of_one_request() const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [](const Piece& piece) { return integration::is_of_one_request(piece.variable); });
}

}  // namespace gw::integration
