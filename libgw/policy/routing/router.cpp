#include "libgw/policy/routing/router.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace gw::routing {
namespace {

// Where a parameter's segment lies in the canonical path.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t segment = 0;
};
using Spans = std::array<Span, PathTemplate::kMaxParameters>;

}  // namespace

// Better ones are smaller.
struct Router::Candidate {
    static constexpr int kFullExact = 0, kFullAny = 1, kGreedyExact = 2, kGreedyAny = 3, kNothing = 4;
    int rank = kNothing;
    std::uint32_t route = 0;
    std::uint32_t count = 0;
    Spans spans;
};

// A walk over the tree: where it stands, and the branches that were left for later.
struct Router::Search {
    struct Branch {
        std::uint32_t node;
        std::uint32_t at;
        std::uint16_t segment;
        std::uint8_t count;
        bool greedy;
    };
    std::string_view path;  // canonical; without the slash at the end where that does not count; "" for the root
    std::size_t slot = kAny;
    bool slot_is_served = true;  // ANY may take the method
    std::uint32_t node = 0;
    std::uint32_t at = 0;  // of the slash in front of the next segment
    std::uint32_t segment = 0;
    std::uint32_t count = 0;
    Spans spans;
    Candidate best;
    // Two branches at most are put aside for each level.
    std::array<Branch, 2 * (PathTemplate::kMaxSegments + 1)> branches;
    std::size_t waiting = 0;
};

std::size_t Router::slot_of(http::Method method) {
    switch (method) {
        case http::Method::get: return 0;
        case http::Method::head: return 1;
        case http::Method::post: return 2;
        case http::Method::put: return 3;
        case http::Method::delete_: return 4;
        case http::Method::patch: return 5;
        case http::Method::options: return 6;
        case http::Method::connect:
        case http::Method::trace:
        case http::Method::other: break;
    }
    return kAny;
}

Router Router::make(ApiKind kind, std::vector<RouteKey> routes) {
    struct Draft {
        std::map<std::string, std::uint32_t> literals;
        Node node;
    };
    Slots empty;
    empty.fill(kNone);
    Draft fresh;
    fresh.node.full = fresh.node.greedy = empty;
    std::vector<Draft> drafts{fresh};

    Router router;
    router.kind_ = kind;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const RouteKey& key = routes[i];
        if (key.is_default) {
            if (router.default_ == kNone && kind == ApiKind::http) router.default_ = static_cast<std::int32_t>(i);
            continue;
        }
        std::uint32_t at = 0;
        for (const Segment& segment : key.path.segments()) {
            if (segment.kind == Segment::Kind::greedy) break;
            const auto next = static_cast<std::uint32_t>(drafts.size());
            if (segment.kind == Segment::Kind::literal) {
                const auto [place, added] = drafts[at].literals.try_emplace(segment.text, next);
                at = place->second;
                if (!added) continue;
            } else {
                std::int32_t& child = drafts[at].node.parameter;
                if (child != kNone) {
                    at = static_cast<std::uint32_t>(child);
                    continue;
                }
                child = static_cast<std::int32_t>(next);
                at = next;
            }
            drafts.push_back(fresh);
        }
        const std::size_t slot = key.any ? kAny : slot_of(key.method);
        Node& node = drafts[at].node;
        const bool greedy = key.path.is_greedy();
        (greedy ? node.has_greedy : node.has_full) = true;
        std::int32_t& place = greedy ? node.greedy[slot] : node.full[slot];
        if (place == kNone) place = static_cast<std::int32_t>(i);
        router.has_method_[slot] = true;
    }

    for (Draft& draft : drafts) {
        draft.node.edges_at = static_cast<std::uint32_t>(router.edges_.size());
        draft.node.edges = static_cast<std::uint32_t>(draft.literals.size());
        for (const auto& [text, node] : draft.literals) {
            router.edges_.push_back(
                {static_cast<std::uint32_t>(router.literals_.size()), static_cast<std::uint32_t>(text.size()), node});
            router.literals_ += text;
        }
        // By size first: most comparisons are then of two numbers.
        const auto begin = router.edges_.begin() + draft.node.edges_at;
        std::sort(begin, router.edges_.end(), [&router](const Edge& left, const Edge& right) {
            if (left.text_size != right.text_size) return left.text_size < right.text_size;
            const std::string_view text = router.literals_;
            return text.substr(left.text_at, left.text_size) < text.substr(right.text_at, right.text_size);
        });
        router.nodes_.push_back(draft.node);
    }
    router.routes_ = std::move(routes);
    return router;
}

std::int32_t Router::literal_child(const Node& node, std::string_view segment) const {
    std::uint32_t low = node.edges_at;
    std::uint32_t high = low + node.edges;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        const Edge& edge = edges_[middle];
        int order = 0;
        if (edge.text_size != segment.size()) {
            order = edge.text_size < segment.size() ? -1 : 1;
        } else if (!segment.empty()) {
            order = std::memcmp(literals_.data() + edge.text_at, segment.data(), segment.size());
        }
        if (order == 0) return static_cast<std::int32_t>(edge.node);
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return kNone;
}

// Takes note of what a node offers. True when nothing better can be found.
bool Router::consider(const Slots& slots, bool greedy, Search& search) const {
    int rank = Candidate::kNothing;
    std::int32_t route = kNone;
    if (search.slot != kAny && slots[search.slot] != kNone) {
        route = slots[search.slot];
        rank = greedy ? Candidate::kGreedyExact : Candidate::kFullExact;
    } else if (search.slot_is_served && slots[kAny] != kNone) {
        route = slots[kAny];
        rank = greedy ? Candidate::kGreedyAny : Candidate::kFullAny;
    }
    if (route == kNone) return false;
    // REST: the path decides, and paths come in the order of their precedence.
    if (kind_ == ApiKind::rest) rank = Candidate::kFullExact;
    if (rank < search.best.rank) {
        search.best.rank = rank;
        search.best.route = static_cast<std::uint32_t>(route);
        search.best.count = search.count;
        std::copy_n(search.spans.begin(), search.count, search.best.spans.begin());
        if (greedy) {
            search.best.spans[search.best.count++] = {search.at + 1, static_cast<std::uint32_t>(search.path.size()),
                                                      search.segment};
        }
    }
    return rank == Candidate::kFullExact ||
           (rank == Candidate::kFullAny && (search.slot == kAny || !has_method_[search.slot]));
}

void Router::walk(Search& search) const {
    const std::string_view path = search.path;
    const auto enter = [&search](std::int32_t child, std::uint32_t end) {
        search.node = static_cast<std::uint32_t>(child);
        search.at = end;
        ++search.segment;
    };
    const auto enter_parameter = [&](std::int32_t child, std::uint32_t end) {
        search.spans[search.count++] = {search.at + 1, end, search.segment};
        enter(child, end);
    };
    const auto put_aside = [&search](bool greedy) {
        search.branches[search.waiting++] = {search.node, search.at, static_cast<std::uint16_t>(search.segment),
                                             static_cast<std::uint8_t>(search.count), greedy};
    };
    const auto end_of_segment = [&] {
        const void* slash = std::memchr(path.data() + search.at + 1, '/', path.size() - search.at - 1);
        return slash == nullptr ? static_cast<std::uint32_t>(path.size())
                                : static_cast<std::uint32_t>(static_cast<const char*>(slash) - path.data());
    };
    for (;;) {
        const Node& node = nodes_[search.node];
        if (search.at == path.size()) {
            if (node.has_full && consider(node.full, false, search)) return;
        } else {
            const std::uint32_t end = end_of_segment();
            const std::string_view segment = path.substr(search.at + 1, end - search.at - 1);
            const std::int32_t literal = node.edges == 0 ? kNone : literal_child(node, segment);
            const std::int32_t parameter = segment.empty() ? kNone : node.parameter;
            if (literal != kNone || parameter != kNone) {
                if (node.has_greedy) put_aside(true);
                if (literal != kNone && parameter != kNone) put_aside(false);
                if (literal != kNone) {
                    enter(literal, end);
                } else {
                    enter_parameter(parameter, end);
                }
                continue;
            }
            if (node.has_greedy && consider(node.greedy, true, search)) return;
        }
        for (bool moved = false; !moved;) {
            if (search.waiting == 0) return;
            const Search::Branch branch = search.branches[--search.waiting];
            search.node = branch.node;
            search.at = branch.at;
            search.segment = branch.segment;
            search.count = branch.count;
            if (branch.greedy) {
                if (consider(nodes_[branch.node].greedy, true, search)) return;
            } else {
                enter_parameter(nodes_[branch.node].parameter, end_of_segment());
                moved = true;
            }
        }
    }
}

void Router::fill(const Search& search, const RequestPath& path, RouteMatch& match) const {
    const Candidate& best = search.best;
    match.route = best.route;
    match.count = static_cast<std::uint8_t>(best.count);
    if (best.count == 0) return;
    const bool greedy = routes_[best.route].path.is_greedy();
    const bool same = path.sent.data() == path.canonical.data();
    std::size_t at = 0;  // of the slash in front of segment number `segment` of the sent path
    std::uint32_t segment = 0;
    for (std::uint32_t i = 0; i < best.count; ++i) {
        const Span& span = best.spans[i];
        if (same) {
            match.values[i] = path.sent.substr(span.begin, span.end - span.begin);
            continue;
        }
        at += segment_start(path.sent.substr(at), span.segment - segment);
        segment = span.segment;
        const std::size_t begin = std::min(at + 1, path.sent.size());
        if (greedy && i + 1 == best.count) {
            std::string_view rest = path.sent.substr(begin);
            while (kind_ == ApiKind::rest && rest.ends_with('/')) rest.remove_suffix(1);
            match.values[i] = rest;
        } else {
            match.values[i] = path.sent.substr(begin, path.sent.find('/', begin) - begin);
        }
    }
}

bool Router::find(http::Method method, const RequestPath& path, RouteMatch& match) const {
    match.count = 0;
    Search search;
    search.path = path.canonical;
    search.slot = slot_of(method);
    if (kind_ == ApiKind::rest) {
        search.slot_is_served = search.slot != kAny;
        if (search.path.size() > 1 && search.path.ends_with('/')) search.path.remove_suffix(1);
    }
    if (search.path == "/") search.path = {};
    if (search.path.size() > UINT32_MAX / 2) return false;
    walk(search);
    if (search.best.rank != Candidate::kNothing) {
        fill(search, path, match);
        return true;
    }
    if (default_ == kNone) return false;
    match.route = static_cast<std::uint32_t>(default_);
    return true;
}

}  // namespace gw::routing
