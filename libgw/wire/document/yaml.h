#pragma once
// YAML 1.2 as far as a configuration needs it, to and from Value. yaml.cpp is the only file that knows libyaml.

#include <cstddef>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw::document {

/// How much is taken, and what the text is called in errors.
struct YamlOptions {
    std::string file = {};
    std::size_t depth = Value::kMaximumDepth;  ///< never more than that
    std::size_t nodes = 100000;
    std::size_t size = 1024 * 1024;
};

/// Reads the one document of a text, with positions. Unquoted scalars by the core schema; quoted and block scalars are
/// strings. Refused, each at its place: anchors, aliases, tags, merge keys, directives other than %YAML 1.2, a second
/// document, keys that are no scalars, empty keys, a key that stands twice in one mapping (the hint names the first).
/// An empty text or document is null.
Result<Value> parse_yaml(std::string_view text, const YamlOptions& options = {});

/// Writes block style in the order of the value, two spaces a level, strings quoted only where they would be read as
/// something else. Ends with a newline. `parse_yaml(to_yaml(v)) == v` for every value whose strings are valid UTF-8
/// without NUL and whose keys are not empty; bytes that are not UTF-8 become U+FFFD.
std::string to_yaml(const Value& value);

}  // namespace gw::document
