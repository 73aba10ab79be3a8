#include "libgw/config/file_text.h"

#include <cstddef>

#include "libgw/base/json.h"
#include "libgw/wire/document/yaml.h"

namespace gw::config {
namespace {

constexpr std::size_t kLargestGenerated = 16 * 1024 * 1024;
constexpr std::size_t kMostGenerated = 2000000;

}  // namespace

Result<Value> parse_file_text(std::string_view text, const std::string& file, Extent extent) {
    JsonOptions json = json_file_options(file);
    document::YamlOptions yaml{.file = file};
    if (extent == Extent::large) {
        json.size = yaml.size = kLargestGenerated;
        json.nodes = yaml.nodes = kMostGenerated;
    }
    return file.ends_with(".json") ? parse_json(text, json) : document::parse_yaml(text, yaml);
}

}  // namespace gw::config
