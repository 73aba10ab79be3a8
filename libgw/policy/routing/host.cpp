#include "libgw/policy/routing/host.h"

#include <algorithm>
#include <utility>

#include "libgw/base/text.h"
#include "libgw/policy/reasons.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::routing {
namespace {

std::string_view without_port(std::string_view authority) {
    if (authority.starts_with('[')) return authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1);
    return authority.substr(0, authority.find(':'));
}

bool is_host(std::string_view name) {
    if (name.starts_with('[')) {
        return name.size() > 2 && name.ends_with(']') &&
               name.substr(1, name.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !name.empty() && name.size() <= 253 && !name.starts_with('.') && !name.ends_with('.') &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_stage(std::string_view name) {
    return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
    });
}

// The segment that starts at the slash at `at`; moves `at` behind it.
std::string_view next_segment(std::string_view path, std::size_t& at) {
    const std::size_t begin = at + 1;
    at = std::min(path.find('/', begin), path.size());
    return path.substr(begin, at - begin);
}

bool starts_with_segments(std::string_view path, const std::vector<std::string>& segments, std::size_t& at) {
    at = 0;
    for (const std::string& segment : segments) {
        if (at >= path.size() || next_segment(path, at) != segment) return false;
    }
    return true;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

Result<HostMap> HostMap::make(std::span<const ApiMapping> apis) {
    HostMap map;
    const auto domain_of = [](std::vector<Domain>& domains, std::string_view name) -> Domain& {
        const auto place =
            std::lower_bound(domains.begin(), domains.end(), name,
                             [](const Domain& domain, std::string_view wanted) { return domain.name < wanted; });
        if (place != domains.end() && place->name == name) return *place;
        return *domains.insert(place, Domain{std::string(name), true, {}});
    };
    const auto add = [](Domain& domain, const Place& place) -> Result<void> {
        const auto same = [&place](const Place& other) {
            return other.base == place.base && other.stage == place.stage;
        };
        if (std::any_of(domain.places.begin(), domain.places.end(), same)) {
            return Error{Errc::config,
                         "two apis are served at the same host, base path and stage",
                         "give one of them another base path or stage",
                         {}};
        }
        domain.all_rest = domain.all_rest && place.kind == ApiKind::rest;
        const auto after = std::upper_bound(
            domain.places.begin(), domain.places.end(), place,
            [](const Place& left, const Place& right) { return left.base.size() > right.base.size(); });
        domain.places.insert(after, place);
        return ok();
    };
    for (std::size_t i = 0; i < apis.size(); ++i) {
        const ApiMapping& api = apis[i];
        Place place;
        place.api = static_cast<std::uint32_t>(i);
        place.kind = api.kind;
        map.all_rest_ = map.all_rest_ && api.kind == ApiKind::rest;
        if (!api.base_path.empty() && api.base_path != "/") {
            const PathTemplate base =
                TRY(PathTemplate::parse(api.base_path).in("the base path " + quoted(api.base_path)));
            if (!base.parameters().empty()) {
                return Error{Errc::config,
                             "the base path " + quoted(api.base_path) + " holds a parameter",
                             "parameters belong to routes",
                             {}};
            }
            for (const Segment& segment : base.segments()) place.base.push_back(segment.text);
        }
        if (api.stage != "$default") {
            if (!is_stage(api.stage)) {
                return Error{Errc::config,
                             "the stage " + quoted(api.stage) + " is not a name",
                             "letters, digits, '_' and '-', at most 128, or $default",
                             {}};
            }
            place.stage = api.stage;
        }
        if (api.hosts.empty()) TRY(add(domain_of(map.any_, ""), place));
        for (const std::string& host : api.hosts) {
            const std::string name = to_lower(std::string_view(host));
            const bool wildcard = name.starts_with("*.");
            if (!is_host(wildcard ? std::string_view(name).substr(2) : std::string_view(name))) {
                return Error{Errc::config,
                             "the host " + quoted(host) + " is not a name",
                             "a name, an address or *.NAME, without a port",
                             {}};
            }
            TRY(wildcard ? add(domain_of(map.wildcard_, std::string_view(name).substr(1)), place)
                         : add(domain_of(map.exact_, name), place));
        }
    }
    return map;
}

const HostMap::Domain* HostMap::find_domain(std::string_view host) const {
    const auto find = [](const std::vector<Domain>& domains, std::string_view name) -> const Domain* {
        const auto place =
            std::lower_bound(domains.begin(), domains.end(), name,
                             [](const Domain& domain, std::string_view wanted) { return domain.name < wanted; });
        return place != domains.end() && place->name == name ? &*place : nullptr;
    };
    if (const Domain* domain = find(exact_, host)) return domain;
    const std::size_t dot = host.find('.');
    if (!wildcard_.empty() && dot != std::string_view::npos && dot > 0) {
        if (const Domain* domain = find(wildcard_, host.substr(dot))) return domain;
    }
    return any_.empty() ? nullptr : &any_.front();
}

Verdict<Selection> HostMap::select(std::string_view authority, const RequestPath& path, ApiKind& answer_as) const {
    const auto refuse = [&answer_as](bool rest, std::string_view why, std::string detail) {
        answer_as = rest ? ApiKind::rest : ApiKind::http;
        return Refusal{rest ? 403 : 404, why, std::move(detail)};
    };
    const std::string_view host = without_port(authority);
    const Domain* domain = find_domain(host);
    if (domain == nullptr)
        return refuse(all_rest_, reason::kRouteHost, "no api is served under the host " + quoted(host));

    bool mapped = false;
    bool rest = true;
    std::size_t depth = 0;
    std::string_view stage;
    const Place* otherwise = nullptr;
    for (const Place& place : domain->places) {
        if (mapped && place.base.size() != depth) break;  // shorter than one that matched
        std::size_t at = 0;
        if (!starts_with_segments(path.canonical, place.base, at)) continue;
        mapped = true;
        rest = rest && place.kind == ApiKind::rest;
        depth = place.base.size();
        if (place.stage.empty()) {
            otherwise = &place;
            continue;
        }
        stage = at < path.canonical.size() ? next_segment(path.canonical, at) : std::string_view();
        if (stage == place.stage) {
            answer_as = place.kind;
            return Selection{place.api, strip_segments(path, depth + 1)};
        }
    }
    if (!mapped) {
        return refuse(domain->all_rest, reason::kRouteBasePath, "no api is mapped to " + std::string(path.canonical));
    }
    if (otherwise == nullptr) return refuse(rest, reason::kRouteStage, "there is no stage " + quoted(stage));
    answer_as = otherwise->kind;
    return Selection{otherwise->api, strip_segments(path, depth)};
}

}  // namespace gw::routing
