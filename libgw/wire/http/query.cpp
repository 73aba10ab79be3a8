#include "libgw/wire/http/query.h"

#include <algorithm>

#include "libgw/wire/http/uri.h"

namespace gw::http {

std::optional<QueryParameter> QueryReader::next() {
    while (!rest_.empty()) {
        const std::size_t size = std::min(rest_.find('&'), rest_.size());
        const std::string_view piece = rest_.substr(0, size);
        rest_.remove_prefix(std::min(size + 1, rest_.size()));
        if (piece.empty()) continue;
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos) return QueryParameter{piece, {}, false};
        return QueryParameter{piece.substr(0, equals), piece.substr(equals + 1), true};
    }
    return std::nullopt;
}

std::string decode_query(std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced);
}

}  // namespace gw::http
