#include "libgw/policy/auth/sigv4/canonical.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/query.h"
#include "libgw/wire/http/uri.h"

namespace gw::sigv4 {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void append_byte(std::string& out, char c) {
    if (http::class_of(c) & http::kUnreserved) {
        out += c;
        return;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
}

// Decodes and encodes in one go, so that every way to write a parameter becomes the same one.
void append_parameter(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < text.size()) {
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                c = static_cast<char>(high * 16 + low);
                i += 2;
            }
        }
        append_byte(out, c);
    }
}

void append_value(std::string& out, std::string_view value) {
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    bool blank = true;
    for (const char c : value) {
        if (!is_blank(c)) {
            out += c;
        } else if (!blank) {
            out += ' ';
        }
        blank = is_blank(c);
    }
}

void append_fields(std::string& out, std::span<const Field> fields, std::string_view signed_headers) {
    for (std::size_t at = 0; at <= signed_headers.size();) {
        const std::size_t end = std::min(signed_headers.find(';', at), signed_headers.size());
        const std::string_view name = signed_headers.substr(at, end - at);
        at = end + 1;
        for (const char c : name) out += to_lower(c);
        out += ':';
        bool first = true;
        for (const Field& field : fields) {
            if (!equals_ignoring_case(field.name, name)) continue;
            if (!first) out += ',';
            first = false;
            append_value(out, field.value);
        }
        out += '\n';
    }
}

std::string normalized(std::string_view path) {
    std::vector<std::string_view> kept;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view segment = path.substr(at, end - at);
        at = end + 1;
        if (segment.empty() || segment == ".") continue;
        if (segment != "..") {
            kept.push_back(segment);
        } else if (!kept.empty()) {
            kept.pop_back();
        }
    }
    std::string out;
    out.reserve(path.size() + 1);
    for (const std::string_view segment : kept) out.append("/").append(segment);
    if (out.empty() || path.ends_with('/')) out += '/';
    return out;
}

}  // namespace

PathRules path_rules_of(std::string_view service) { return {service != "s3", service != "s3"}; }

void append_encoded(std::string& out, std::string_view bytes, bool keep_slash) {
    for (const char c : bytes) {
        if (c == '/' && keep_slash) {
            out += c;
        } else {
            append_byte(out, c);
        }
    }
}

std::string canonical_path(std::string_view sent, PathRules rules) {
    if (sent.empty()) return "/";
    std::string out;
    out.reserve(sent.size() + 16);
    const std::string path = rules.normalize ? normalized(sent) : std::string(sent);
    append_encoded(out, rules.encode_twice ? path : http::percent_decode(path), true);
    return out;
}

std::string canonical_query(std::string_view sent, std::span<const std::string_view> without) {
    struct Parameter {
        std::string_view name;
        std::string_view value;
    };
    std::string encoded;
    encoded.reserve(sent.size() * 3 + 1);  // never grows, so that views of it stay
    std::vector<Parameter> parameters;
    for (http::QueryReader reader(sent); const auto parameter = reader.next();) {
        const std::size_t name_at = encoded.size();
        append_parameter(encoded, parameter->name);
        const std::size_t value_at = encoded.size();
        append_parameter(encoded, parameter->value);
        const std::string_view all = encoded;
        const std::string_view name = all.substr(name_at, value_at - name_at);
        if (std::find(without.begin(), without.end(), name) != without.end()) continue;
        parameters.push_back({name, all.substr(value_at)});
    }
    std::sort(parameters.begin(), parameters.end(), [](const Parameter& left, const Parameter& right) {
        const int order = left.name.compare(right.name);
        return order != 0 ? order < 0 : left.value < right.value;
    });
    std::string out;
    out.reserve(encoded.size() + parameters.size() * 2);
    for (const Parameter& parameter : parameters) {
        if (!out.empty()) out += '&';
        out.append(parameter.name).append("=").append(parameter.value);
    }
    return out;
}

std::string canonical_value(std::string_view value) {
    std::string out;
    append_value(out, value);
    return out;
}

std::string canonical_request(const Request& request, const CanonicalForm& form) {
    std::string out;
    out.reserve(512);
    out.append(request.method).append("\n");
    out.append(canonical_path(request.path, form.path)).append("\n");
    out.append(canonical_query(request.query, form.without)).append("\n");
    append_fields(out, request.fields, form.signed_headers);
    out.append("\n").append(form.signed_headers).append("\n").append(form.payload_hash);
    return out;
}

}  // namespace gw::sigv4
