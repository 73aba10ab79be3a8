#include "libgw/policy/iam/match/arn.h"

#include <algorithm>

namespace gw::iam {

namespace {

constexpr std::array<std::string_view, 5> kParts = {"partition", "service", "region", "account", "resource"};

Error not_an_arn(std::string_view text) {
    return Error{Errc::parse,
                 "'" + std::string(text) + "' is not an ARN",
                 "an ARN is arn:partition:service:region:account:resource",
                 {}};
}

}  // namespace

std::optional<Arn> Arn::parse(std::string_view text) {
    Arn arn;
    arn.text = text;
    if (!text.starts_with("arn:")) return std::nullopt;
    std::string_view rest = text.substr(4);
    for (std::string_view* part : {&arn.partition, &arn.service, &arn.region, &arn.account}) {
        const std::size_t colon = rest.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        *part = rest.substr(0, colon);
        rest.remove_prefix(colon + 1);
    }
    arn.resource = rest;
    return arn;
}

ArnPattern ArnPattern::everything() {
    ArnPattern pattern;
    pattern.everything_ = true;
    return pattern;
}

Result<ArnPattern> ArnPattern::parse(std::string_view text, bool variables, Place place) {
    ArnPattern pattern;
    const bool is_resource = place == Place::resource;
    if (is_resource && !text.empty() && text.find_first_not_of('*') == std::string_view::npos) return everything();
    if (!text.starts_with("arn:")) {
        if (!is_resource) {
            auto whole = TRY(Template::parse(text, {true, variables}));
            if (!whole.is_one_variable()) return not_an_arn(text);
            pattern.whole_ = std::move(whole);
            return pattern;
        }
        return not_an_arn(text);
    }
    std::size_t at = 4;
    for (std::size_t i = 0; i < kParts.size(); ++i) {
        const std::string_view rest = text.substr(at);
        const bool last = i + 1 == kParts.size();
        if (last && text.substr(0, at).find_first_of("*?$") == std::string_view::npos) {
            pattern.beginning_ = text.substr(0, at);
        }
        const std::size_t colon =
            last ? rest.size() : std::min(find_outside_variables(rest, ':', variables), rest.size());
        const std::string_view part = rest.substr(0, colon);
        // Policy variables of a Resource stand behind the fifth colon (IAM User Guide, "Where you can use policy
        // variables").
        const bool may_vary = variables && (last || !is_resource);
        if (variables && !may_vary && part.find("${") != std::string_view::npos) {
            return Error{Errc::parse, "the " + std::string(kParts[i]) + " of a resource takes no policy variable",
                         "variables may stand behind the fifth colon",
                         Location{{}, 1, static_cast<std::uint32_t>(at + 1)}};
        }
        auto parsed = Template::parse(part, {true, may_vary});
        if (!parsed) {
            Error error = std::move(parsed).error();
            if (error.where) error.where->column += static_cast<std::uint32_t>(at);
            return error;
        }
        pattern.parts_[i] = *std::move(parsed);
        at += colon + 1;
        if (at > text.size() && !last) {
            if (!is_resource) return not_an_arn(text);
            for (std::size_t missing = i + 1; missing < kParts.size(); ++missing) {
                pattern.parts_[missing] = TRY(Template::parse("*", {true, false}));
            }
            return pattern;
        }
    }
    return pattern;
}

Match ArnPattern::matches(const Arn& arn, const Context& context) const {
    if (everything_) return Match::yes;
    if (whole_) return whole_->matches(arn.text, context);
    if (!beginning_.empty()) {
        return arn.text.starts_with(beginning_) ? parts_.back().matches(arn.resource, context) : Match::no;
    }
    const std::array<std::string_view, 5> found = {arn.partition, arn.service, arn.region, arn.account, arn.resource};
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (const Match match = parts_[i].matches(found[i], context); match != Match::yes) return match;
    }
    return Match::yes;
}

std::string ApiName::arn() const { return "arn:" + partition + ":execute-api:" + region + ":" + account + ":" + api; }

std::string to_invoke_arn(const ApiName& api, std::string_view stage, std::string_view method, std::string_view path) {
    std::string arn = api.arn();
    arn += '/';
    arn += stage;
    arn += '/';
    arn += method;
    if (!path.starts_with('/')) arn += '/';
    arn += path;
    return arn;
}

}  // namespace gw::iam
