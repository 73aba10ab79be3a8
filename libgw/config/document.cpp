#include "libgw/config/document.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/config/file_text.h"
#include "libgw/config/schema.h"
#include "libgw/wire/document/yaml.h"

namespace gw::config {
namespace {

/// Walks a schema and lists its keys. The depth is that of the declaration, not of any input.
void list_keys(const Value& schema, const std::string& path, std::vector<KeyLine>& into) {
    if (const Value* choices = schema.find("oneOf")) {
        for (const Value& choice : *choices->if_array()) list_keys(choice, path, into);
    }
    if (const Value* items = schema.find("items")) list_keys(*items, path + "[]", into);
    if (const Value* any = schema.find("additionalProperties"); any && any->if_object())
        list_keys(*any, path + ".NAME", into);
    const Value* properties = schema.find("properties");
    if (!properties) return;
    for (const Member& member : *properties->if_object()) {
        KeyLine line{
            path.empty() ? member.key : path + '.' + member.key, *member.value.find_string("description"), {}, false};
        if (const Value* usual = member.value.find("default")) {
            line.usual = document::to_yaml(*usual);
            line.usual.pop_back();
        }
        if (const Value* required = schema.find("required")) {
            for (const Value& name : *required->if_array())
                line.required = line.required || *name.if_string() == member.key;
        }
        std::string inner = line.path;
        into.push_back(std::move(line));
        list_keys(member.value, inner, into);
    }
}

}  // namespace

Model read_document(std::string_view text, const std::string& file, const Sources& sources, Diagnostics& diagnostics,
                    Places* places) {
    diagnostics.add_source(file, std::string(text));
    auto value = parse_file_text(text, file, Extent::large);
    Model model;
    if (!value) {
        diagnostics.add(value.error());
        return model;
    }
    const auto slash = file.rfind('/');
    const Reading reading{file, slash == file.npos ? std::string() : file.substr(0, slash + 1), sources, diagnostics,
                          places};
    const Cursor root(*value, {}, reading);
    if (value->is_null()) {
        root.error("the document is empty", "version: 1");
    } else {
        model_table().read(root, model);
    }
    return model;
}

Model load_document(const std::string& file, const Sources& sources, Diagnostics& diagnostics, Places* places) {
    auto text = sources.read_file(file);
    if (!text) {
        diagnostics.add(text.error());
        return {};
    }
    return read_document(*text, file, sources, diagnostics, places);
}

std::string write_document(const Model& model) { return document::to_yaml(model_table().write(model)); }

Value document_schema() {
    gw::Object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "gw-serve configuration, version 1"}};
    const Value table = model_table().schema();
    for (const Member& member : *table.if_object()) schema.push_back(member);
    return Value(std::move(schema));
}

std::vector<KeyLine> document_keys() {
    std::vector<KeyLine> lines;
    list_keys(model_table().schema(), {}, lines);
    return lines;
}

}  // namespace gw::config
