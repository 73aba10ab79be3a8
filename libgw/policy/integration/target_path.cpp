#include "libgw/policy/integration/target_path.h"

#include <algorithm>
#include <utility>

#include "libgw/base/text.h"

namespace gw::integration {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Error unknown_parameter(std::string_view name, const routing::RouteKey& route) {
    const std::vector<std::string>& names = route.path.parameters();
    const std::string_view meant = closest(name, names);
    std::string hint = meant.empty()
                           ? "it has " + (names.empty() ? std::string("none") : "{" + join(names, "}, {") + "}")
                           : "did you mean '{" + std::string(meant) + "}'?";
    return Error{Errc::config,
                 "the target names {" + std::string(name) + "}, which the route " + quoted(route.text()) + " has not",
                 std::move(hint),
                 {}};
}

}  // namespace

Result<TargetPath> TargetPath::make(ApiKind kind, const routing::RouteKey& route, std::string_view path,
                                    std::optional<std::string_view> query) {
    TargetPath target;
    target.rest_ = kind == ApiKind::rest;
    target.keeps_slash_ = kind == ApiKind::http && (route.is_default || route.path.is_greedy());
    if (query) target.query_ = "?" + std::string(*query);
    if (path.empty()) return target;
    if (path.front() != '/')
        return Error{Errc::config, "the target's path " + quoted(path) + " does not start with '/'", {}, {}};
    if (path.starts_with("//"))
        return Error{Errc::config, "the target's path " + quoted(path) + " starts with '//'", {}, {}};

    const std::vector<std::string>& names = route.path.parameters();
    Piece piece{{}, kNone};
    std::string shape;  // every parameter as one letter, to look for dot segments
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '{' && path[i] != '}') {
            piece.text += path[i];
            shape += path[i];
            continue;
        }
        const std::size_t end = path[i] == '{' ? path.find('}', i) : std::string_view::npos;
        if (end == std::string_view::npos) {
            return Error{Errc::config,
                         "a brace stands alone in the target's path " + quoted(path),
                         "a parameter is written {name}; a brace itself is %7B or %7D",
                         {}};
        }
        std::string_view name = path.substr(i + 1, end - i - 1);
        if (name.ends_with('+')) name.remove_suffix(1);
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) return unknown_parameter(name, route);
        piece.parameter = static_cast<std::size_t>(found - names.begin());
        target.pieces_.push_back(std::exchange(piece, Piece{{}, kNone}));
        shape += 'x';
        i = end;
    }
    if (routing::hides_climbing(shape) || routing::has_dot_segment(shape)) {
        return Error{Errc::config,
                     "the target's path " + quoted(path) + " has a dot segment",
                     "write the path that it leads to",
                     {}};
    }
    target.mode_ = target.pieces_.empty() ? Mode::replace_prefix : Mode::fill_in;
    target.prefix_ = route.path.literal_prefix();
    if (target.mode_ == Mode::fill_in && route.path.is_greedy()) {
        const std::size_t greedy = names.size() - 1;
        const bool named = std::any_of(target.pieces_.begin(), target.pieces_.end(),
                                       [greedy](const Piece& each) { return each.parameter == greedy; });
        if (!named) target.append_ = greedy;
    }
    if (!piece.text.empty() || target.pieces_.empty()) target.pieces_.push_back(std::move(piece));
    return target;
}

std::optional<UpstreamPath> TargetPath::compose(const routing::RequestPath& path, const routing::RouteMatch& match,
                                                std::string& scratch) const {
    UpstreamPath up{path.sent, path.query};
    scratch.clear();
    const auto append = [&scratch](std::string_view rest) {  // `rest` starts with '/'
        if (scratch.ends_with('/')) scratch.pop_back();
        scratch += rest;
    };
    switch (mode_) {
        case Mode::as_sent: break;
        case Mode::replace_prefix: {
            scratch = pieces_.front().text;
            std::string_view rest = path.sent.substr(routing::segment_start(path.sent, prefix_));
            while (rest_ && rest.ends_with('/')) rest.remove_suffix(1);
            if (!rest.empty()) {
                append(rest);
            } else if (keeps_slash_ && path.sent.ends_with('/')) {
                append("/");
            }
            break;
        }
        case Mode::fill_in:
            for (const Piece& piece : pieces_) {
                scratch += piece.text;
                if (piece.parameter != kNone) scratch += match.value(piece.parameter);
            }
            if (append_ != kNone) {
                append("/");
                scratch += match.value(append_);
            }
            // "/{proxy}/x" with an empty value must not become "//x", which some take for an authority.
            while (scratch.starts_with("//")) scratch.erase(0, 1);
            break;
    }
    const std::size_t path_size = scratch.size();
    if (!query_.empty()) {
        scratch += query_;
        if (path.query.size() > 1) {
            if (query_.size() > 1) scratch += '&';
            scratch += path.query.substr(1);
        }
        up.query = std::string_view(scratch).substr(path_size);
    }
    if (mode_ != Mode::as_sent) up.path = std::string_view(scratch).substr(0, path_size);
    if (mode_ == Mode::fill_in || up.path.find('%') != std::string_view::npos) {
        if (routing::hides_climbing(up.path) || (mode_ == Mode::fill_in && routing::has_dot_segment(up.path))) {
            return std::nullopt;
        }
    }
    return up;
}

}  // namespace gw::integration
