#pragma once
// A query string as the list that it is: in order, duplicates kept, split at '&' only.

#include <optional>
#include <string>
#include <string_view>

namespace gw::http {

/// "name=value" as sent.
struct QueryParameter {
    std::string_view name;
    std::string_view value;  ///< "" when there is no '='
    bool has_value = false;  ///< there is a '='
};

/// Reads parameter by parameter; empty ones ("a&&b") are left out. Everybody who decides by the query reads it with
/// this.
///   for (QueryReader query(path.query()); auto parameter = query.next();)
class QueryReader {
  public:
    explicit QueryReader(std::string_view query) : rest_(query) {}
    std::optional<QueryParameter> next();

  private:
    std::string_view rest_;
};

/// Decodes a name or a value once: %HH, and '+' is a space, as forms write it.
std::string decode_query(std::string_view text);

}  // namespace gw::http
