#include "libgw/policy/cache/key.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/query.h"

namespace gw::cache {
namespace {

using Kind = KeyParameter::Kind;

struct Form {
    std::string_view prefix;
    Kind kind;
};
constexpr Form kForms[] = {
    {"path:", Kind::path_parameter},
    {"query:", Kind::query_parameter},
    {"header:", Kind::header},
    {"method.request.path.", Kind::path_parameter},
    {"method.request.querystring.", Kind::query_parameter},
    {"method.request.header.", Kind::header},
};

void write_scope(std::string_view form, const Scope& scope, std::string& out) {
    out += form;
    out += '\n';
    out += scope.secure ? "https " : "http ";
    std::array<char, 5> port;
    out.append(port.data(), std::to_chars(port.data(), port.data() + port.size(), scope.port).ptr);
    out += '\n';
    for (const std::string_view part : {scope.space, scope.host, scope.told_host, scope.caller, scope.told}) {
        out += part;
        out += '\n';
    }
}

/// Absent, empty and present differ; several values keep their order.
void write_query_parameter(std::string_view query, std::string_view name, std::string& out) {
    http::QueryReader reader(query);
    while (const auto parameter = reader.next()) {
        if (http::decode_query(parameter->name) != name) continue;
        out += parameter->has_value ? '=' : '-';
        out += parameter->value;
        out += '&';
    }
}

void write_header(const http::Fields& fields, std::string_view name, std::string& out) {
    for (const http::FieldView field : fields) {
        if (!equals_ignoring_case(field.name, name)) continue;
        out += '=';
        out += field.value;
        out += '\r';
    }
}

void write_path_parameter(const routing::PathTemplate& path, const routing::RouteMatch& match, std::string_view name,
                          std::string& out) {
    const auto& names = path.parameters();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) out += match.value(i);
}

}  // namespace

Result<KeyParameter> parse_key_parameter(std::string_view text) {
    if (text == "path") return KeyParameter{Kind::path, {}};
    if (text == "query:*") return KeyParameter{Kind::query, {}};
    for (const Form& form : kForms) {
        if (!text.starts_with(form.prefix)) continue;
        const std::string_view name = text.substr(form.prefix.size());
        if (name.empty() || (form.kind == Kind::header && !http::is_token(name)))
            return Error{Errc::config, fmt::format("'{}' names nothing", text), "query:page or header:accept", {}};
        return KeyParameter{form.kind, form.kind == Kind::header ? to_lower(name) : std::string(name)};
    }
    return Error{Errc::config,
                 fmt::format("'{}' is not a part of a cache key", text),
                 "path, path:NAME, query:*, query:NAME or header:NAME",
                 {}};
}

std::string to_text(const KeyParameter& parameter) {
    switch (parameter.kind) {
        case Kind::path: return "path";
        case Kind::path_parameter: return "path:" + parameter.name;
        case Kind::query: return "query:*";
        case Kind::query_parameter: return "query:" + parameter.name;
        case Kind::header: return "header:" + parameter.name;
    }
    return {};
}

void write_uri_key(const Scope& scope, const http::Path& path, std::string& out) {
    write_scope("uri", scope, out);
    out += path.canonical();
    if (!path.has_query()) return;
    out += '?';
    out += path.query();
}

void write_parameter_key(const Scope& scope, const std::vector<KeyParameter>& parameters,
                         const http::RequestHead& request, const routing::PathTemplate& path,
                         const routing::RouteMatch& match, std::string& out) {
    write_scope("parameters", scope, out);
    for (const KeyParameter& parameter : parameters) {
        switch (parameter.kind) {
            case Kind::path: out += request.path.canonical(); break;
            case Kind::path_parameter: write_path_parameter(path, match, parameter.name, out); break;
            case Kind::query:
                out += request.path.has_query() ? "?" : "";
                out += request.path.query();
                break;
            case Kind::query_parameter: write_query_parameter(request.path.query(), parameter.name, out); break;
            case Kind::header: write_header(request.fields, parameter.name, out); break;
        }
        out += '\n';
    }
}

}  // namespace gw::cache
