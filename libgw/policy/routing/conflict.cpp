#include "libgw/policy/routing/conflict.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "libgw/base/text.h"

namespace gw::routing {
namespace {

// The path with the names of its parameters left out: routes with the same form stand at the same place of the table.
std::string form_of(const PathTemplate& path) {
    std::string form;
    for (const Segment& segment : path.segments()) {
        form += '/';
        switch (segment.kind) {
            case Segment::Kind::literal: form += segment.text; break;
            case Segment::Kind::parameter: form += "{}"; break;
            case Segment::Kind::greedy: form += "{+}"; break;
        }
    }
    return form;
}

std::string method_of(const RouteKey& key) { return key.any ? "ANY" : std::string(http::to_text(key.method)); }

std::string quoted(const RouteKey& key) { return "'" + key.text() + "'"; }

class Finder {
  public:
    Finder(ApiKind kind, std::span<const RouteKey> routes, std::span<const std::uint32_t> protection)
        : kind_(kind), routes_(routes), protection_(protection) {}

    std::vector<Conflict> find() {
        find_same();
        find_siblings();
        find_unreachable();
        find_case();
        find_pairs();
        std::sort(found_.begin(), found_.end(), [](const Conflict& left, const Conflict& right) {
            return std::tie(left.route, left.kind, left.other) < std::tie(right.route, right.kind, right.other);
        });
        if (found_.size() > kMaxConflicts) found_.resize(kMaxConflicts);
        return std::move(found_);
    }

  private:
    void say(Conflict::Kind kind, bool error, std::size_t route, std::size_t other, std::string message,
             std::string hint) {
        if (found_.size() >= kMaxConflicts) return;
        found_.push_back({kind, error, route, other, std::move(message), std::move(hint)});
    }

    void find_same() {
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            const RouteKey& key = routes_[i];
            const std::string place = key.is_default ? "$default" : method_of(key) + " " + form_of(key.path);
            const auto [first, added] = seen.try_emplace(place, i);
            if (added) continue;
            const RouteKey& other = routes_[first->second];
            if (key.is_default || key.path.segments() == other.path.segments()) {
                say(Conflict::Kind::duplicate, true, i, first->second, "the route " + quoted(key) + " stands twice",
                    "leave one of them out");
            } else {
                say(Conflict::Kind::ambiguous, true, i, first->second,
                    "the routes " + quoted(key) + " and " + quoted(other) + " take the same requests",
                    "they differ in the names of their parameters only");
            }
        }
    }

    // A REST resource has at most one child with a path variable of each kind.
    void find_siblings() {
        if (kind_ != ApiKind::rest) return;
        std::map<std::string, std::pair<std::string, std::size_t>> seen;
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            std::string parent;
            for (const Segment& segment : routes_[i].path.segments()) {
                if (segment.kind == Segment::Kind::literal) {
                    parent += "/" + segment.text;
                    continue;
                }
                parent += segment.kind == Segment::Kind::greedy ? "/{+}" : "/{}";
                const auto [first, added] = seen.try_emplace(parent, segment.text, i);
                if (added || first->second.first == segment.text) continue;
                const std::size_t other = first->second.second;
                if (method_of(routes_[i]) == method_of(routes_[other]) &&
                    form_of(routes_[i].path) == form_of(routes_[other].path)) {
                    continue;  // find_same has said so
                }
                say(Conflict::Kind::ambiguous, false, i, other,
                    "the parameter '{" + segment.text + "}' of " + quoted(routes_[i]) + " stands where " +
                        quoted(routes_[other]) + " has '{" + first->second.first + "}'",
                    "a REST API on AWS allows one name there");
            }
        }
    }

    void find_unreachable() {
        if (kind_ == ApiKind::rest) {
            std::map<std::string, std::size_t> methods;
            for (const RouteKey& key : routes_) {
                if (!key.is_default && !key.any) ++methods[method_of(key) + " " + form_of(key.path)];
            }
            for (std::size_t i = 0; i < routes_.size(); ++i) {
                const RouteKey& key = routes_[i];
                if (key.is_default) {
                    say(Conflict::Kind::unreachable, true, i, i, "a REST API has no '$default' route",
                        "write 'ANY /{proxy+}' and 'ANY /'");
                    continue;
                }
                if (!key.any) continue;
                const std::string form = form_of(key.path);
                const bool all = std::all_of(kMethods.begin(), kMethods.end(), [&](std::string_view method) {
                    return methods.contains(std::string(method) + " " + form);
                });
                if (all) {
                    say(Conflict::Kind::unreachable, false, i, i,
                        "no request reaches " + quoted(key) + ": each method has a route of its own", "leave it out");
                }
            }
            return;
        }
        const auto any_at = [this](std::string_view form) {
            return std::find_if(routes_.begin(), routes_.end(),
                                [form](const RouteKey& key) { return key.any && form_of(key.path) == form; });
        };
        const auto everything = any_at("/{+}");
        if (everything == routes_.end() || any_at("") == routes_.end()) return;
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            if (!routes_[i].is_default) continue;
            const auto other = static_cast<std::size_t>(everything - routes_.begin());
            say(Conflict::Kind::unreachable, false, i, other,
                "no request reaches '$default': " + quoted(*everything) + " and 'ANY /' take them all", "leave it out");
        }
    }

    void find_case() {
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            if (routes_[i].is_default) continue;
            const std::string form = form_of(routes_[i].path);
            const auto [first, added] = seen.try_emplace(to_lower(std::string_view(form)), i);
            if (added || form_of(routes_[first->second].path) == form) continue;
            say(Conflict::Kind::differs_in_case, false, i, first->second,
                "the paths of " + quoted(routes_[i]) + " and " + quoted(routes_[first->second]) +
                    " differ in case only",
                "paths are case-sensitive; a target that is not will mix them up");
        }
    }

    void find_pairs() {
        // only these can be wider than another route, and only in this way is that surprising: large tables of plain
        // paths cost nothing here
        std::vector<std::size_t> wide;
        for (std::size_t j = 0; j < routes_.size() && kind_ == ApiKind::http; ++j) {
            const RouteKey& other = routes_[j];
            if (!other.is_default && !other.any && !other.path.parameters().empty()) wide.push_back(j);
        }
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            const RouteKey& key = routes_[i];
            if (key.is_default) continue;
            for (const std::size_t j : wide) {
                if (!key.any || found_.size() >= kMaxConflicts) break;
                const RouteKey& other = routes_[j];
                if (other.path.segments() == key.path.segments()) continue;
                if (!covers(other.path, key.path) || covers(key.path, other.path)) continue;
                if (key.path.is_greedy() == other.path.is_greedy()) {
                    say(Conflict::Kind::shadowed, false, i, j,
                        method_of(other) + " requests for " + quoted(key) + " go to " + quoted(other),
                        "an exact method comes before ANY; add '" + method_of(other) + " " + key.path.text() + "'");
                }
            }
            if (protection_.size() == routes_.size() && protection_[i] > 0) find_less_protected(i);
        }
    }

    void find_less_protected(std::size_t i) {
        const RouteKey& key = routes_[i];
        for (std::size_t j = 0; j < routes_.size(); ++j) {
            const RouteKey& other = routes_[j];
            const bool wider = other.is_default || (covers(other.path, key.path) && !covers(key.path, other.path));
            if (i == j || protection_[j] >= protection_[i] || !wider) continue;
            say(Conflict::Kind::less_protected, false, i, j,
                "what " + quoted(key) + " does not take (another method, a slash at the end) falls through to " +
                    quoted(other) + ", which is less protected",
                "protect that route too, or add 'ANY " + key.path.text() + "'");
            return;  // the first is enough
        }
    }

    static constexpr std::array<std::string_view, 7> kMethods{"GET",    "HEAD",  "POST",   "PUT",
                                                              "DELETE", "PATCH", "OPTIONS"};

    ApiKind kind_;
    std::span<const RouteKey> routes_;
    std::span<const std::uint32_t> protection_;
    std::vector<Conflict> found_;
};

}  // namespace

bool covers(const PathTemplate& outer, const PathTemplate& inner) {
    const auto& wide = outer.segments();
    const auto& narrow = inner.segments();
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        if (i >= wide.size()) return false;
        if (wide[i].kind == Segment::Kind::greedy) return true;
        if (narrow[i].kind == Segment::Kind::greedy) return false;
        if (wide[i].kind == Segment::Kind::literal && wide[i] != narrow[i]) return false;
    }
    return wide.size() == narrow.size();
}

std::vector<Conflict> find_conflicts(ApiKind kind, std::span<const RouteKey> routes,
                                     std::span<const std::uint32_t> protection) {
    return Finder(kind, routes, protection).find();
}

}  // namespace gw::routing
