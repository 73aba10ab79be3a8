#include "libgw/wire/http/encoder.h"

#include <charconv>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/status.h"

namespace gw::http {

namespace {

void append_number(std::string& out, std::uint64_t value) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// Framing is written by content_length() and chunked() and by nobody else.
bool frames(FieldName id) { return id == FieldName::content_length || id == FieldName::transfer_encoding; }

}  // namespace

void HeadWriter::request_line(std::string_view method, std::string_view target) { request_line(method, target, {}); }

void HeadWriter::request_line(std::string_view method, std::string_view path, std::string_view query) {
    ok_ = ok_ && is_token(method) && (path.empty() || is_visible(path)) && (query.empty() || is_visible(query)) &&
          !(path.empty() && query.empty());
    out_.append(method).append(1, ' ').append(path).append(query).append(" HTTP/1.1\r\n");
}

void HeadWriter::status_line(std::uint16_t status) {
    ok_ = ok_ && is_status(status);
    out_.append("HTTP/1.1 ");
    append_number(out_, status);
    out_.append(1, ' ').append(reason_of(status)).append("\r\n");
}

void HeadWriter::field(std::string_view name, std::string_view value) {
    ok_ = ok_ && is_token(name) && is_field_value(value) && !frames(to_field_name(name));
    out_.append(name).append(": ").append(value).append("\r\n");
}

void HeadWriter::field(FieldName id, std::string_view value) {
    ok_ = ok_ && id != FieldName::other && is_field_value(value) && !frames(id);
    out_.append(name_of(id)).append(": ").append(value).append("\r\n");
}

void HeadWriter::copied(const FieldView& field) {
    ok_ = ok_ && is_field_value(field.value) && !frames(field.id);
    out_.append(field.name).append(": ").append(field.value).append("\r\n");
}

void HeadWriter::field(std::string_view name, std::uint64_t value) {
    ok_ = ok_ && is_token(name) && !frames(to_field_name(name));
    out_.append(name).append(": ");
    append_number(out_, value);
    out_.append("\r\n");
}

void HeadWriter::content_length(std::uint64_t length) {
    ok_ = ok_ && !framed_ && length <= static_cast<std::uint64_t>(INT64_MAX);
    framed_ = true;
    out_.append("content-length: ");
    append_number(out_, length);
    out_.append("\r\n");
}

void HeadWriter::chunked() {
    ok_ = ok_ && !framed_;
    framed_ = true;
    out_.append("transfer-encoding: chunked\r\n");
}

bool HeadWriter::end() {
    out_.append("\r\n");
    return ok_;
}

std::string_view chunk_prefix(std::uint64_t size, char (&buffer)[20]) {
    char* end = std::to_chars(buffer, buffer + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace gw::http
