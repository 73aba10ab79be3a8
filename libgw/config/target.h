#pragma once
// TARGET of the command line and `integration` of a file: one grammar.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/config/model.h"

namespace gw::config {

/// Reads http(s)://HOST[:PORT][/PATH], http+unix:SOCKET[:/PATH], group:NAME[/PATH], mock:STATUS[:BODY]. `{name}` may
/// stand in a path and nowhere else; a query may not. The body of `mock:STATUS:@FILE` is still "@FILE": whoever has the
/// files puts them in. Errors (Errc::config) have `where->column`, in code points from 1 within the text; kinds of
/// targets that do not exist say so.
Result<Integration> parse_target(std::string_view text);

/// True when the text begins as a TARGET does, so that it cannot be a PATH.
bool is_target(std::string_view text);

/// The file of `mock:STATUS:@FILE`, as written; "" when the body stands in the text.
std::string_view body_file(const Integration& integration);

/// Puts the stage's variables in for `${stageVariables.NAME}`. An unknown or malformed one is an Error with its column.
Result<std::string> expand_stage_variables(std::string_view text, const std::map<std::string, std::string>& variables);

/// The names of `{name}` and `{name+}` in the target's path, in order.
std::vector<std::string> path_variables(const Integration& integration);

}  // namespace gw::config
