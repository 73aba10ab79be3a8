#pragma once
// The part of a request's path that is still to be matched, in both views at once.

#include <cstddef>
#include <string_view>

#include "libgw/wire/http/uri.h"

namespace gw::routing {

/// What is left of a path. `canonical` is decided by; `sent` is handed on.
/// Invariant: both start with '/' and name the same segments in the same order, written differently at most by their
/// percent-encoding and by repeated slashes, so the i-th segment of one is the i-th of the other. No dot segments in
/// either.
struct RequestPath {
    std::string_view canonical;
    std::string_view sent;
    std::string_view query;  ///< as sent, from its '?' on; empty when there is none
};

/// The whole path of a request. Where the client wrote dot segments, `sent` is the canonical text: what was resolved to
/// be decided on must not be resolved again by somebody else. Repeated slashes in front become one. The views live as
/// long as `path` is not changed.
RequestPath make_request_path(const http::Path& path);

/// Without the first `count` segments of either view; "/" when nothing is left. Requires: there are that many.
RequestPath strip_segments(const RequestPath& path, std::size_t count);

/// The position of the '/' in front of segment number `index` (from 0; empty segments do not count), or the size of the
/// path when there are not so many.
std::size_t segment_start(std::string_view path, std::size_t index);

/// True when a segment is "." or "..", also when its dots are percent-encoded (RFC 3986 §6.2.2.2, §6.2.2.3).
bool has_dot_segment(std::string_view path);

/// True when somebody who decodes the path (up to three times over) and takes '\' or an encoded slash for a separator
/// would see a ".." segment or a "..;" one.
bool hides_climbing(std::string_view path);

}  // namespace gw::routing
