#include "libgw/wire/http/encoder.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/status.h"

namespace gw::http {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kCrLf = "\r\n";

using Digits = std::array<char, 20>;

std::string_view to_digits(std::uint64_t value, Digits& into) {
    const char* end = std::to_chars(into.data(), into.data() + into.size(), value).ptr;
    return {into.data(), static_cast<std::size_t>(end - into.data())};
}

// A line in one piece: to grow a string costs more than to fill it.
void append_line(std::string& out, std::string_view name, std::string_view value) {
    const std::size_t from = out.size();
    out.append(name.size() + value.size() + 4, '\0');
    char* at = out.data() + from;
    at = std::copy(name.begin(), name.end(), at);
    *at++ = ':';
    *at++ = ' ';
    at = std::copy(value.begin(), value.end(), at);
    *at++ = '\r';
    *at = '\n';
}

// Framing is written by content_length() and chunked() and by nobody else.
bool frames(FieldName id) { return id == FieldName::content_length || id == FieldName::transfer_encoding; }

}  // namespace

void HeadWriter::request_line(std::string_view method, std::string_view target) { request_line(method, target, {}); }

void HeadWriter::request_line(std::string_view method, std::string_view path, std::string_view query) {
    ok_ = ok_ && is_token(method) && (path.empty() || is_visible(path)) && (query.empty() || is_visible(query)) &&
          !(path.empty() && query.empty());
    out_.append(method).append(1, ' ').append(path).append(query).append(" HTTP/1.1\r\n"sv);
}

void HeadWriter::status_line(std::uint16_t status) {
    ok_ = ok_ && is_status(status);
    Digits digits;
    out_.append("HTTP/1.1 "sv).append(to_digits(status, digits)).append(1, ' ').append(reason_of(status)).append(kCrLf);
}

void HeadWriter::field(std::string_view name, std::string_view value) {
    ok_ = ok_ && is_token(name) && is_field_value(value) && !frames(to_field_name(name));
    append_line(out_, name, value);
}

void HeadWriter::field(FieldName id, std::string_view value) {
    ok_ = ok_ && id != FieldName::other && is_field_value(value) && !frames(id);
    append_line(out_, name_of(id), value);
}

void HeadWriter::copied(const FieldView& field) {
    ok_ = ok_ && is_field_value(field.value) && !frames(field.id);
    append_line(out_, field.name, field.value);
}

void HeadWriter::field(std::string_view name, std::uint64_t value) {
    ok_ = ok_ && is_token(name) && !frames(to_field_name(name));
    Digits digits;
    append_line(out_, name, to_digits(value, digits));
}

void HeadWriter::content_length(std::uint64_t length) {
    ok_ = ok_ && !framed_ && length <= static_cast<std::uint64_t>(INT64_MAX);
    framed_ = true;
    Digits digits;
    append_line(out_, "content-length", to_digits(length, digits));
}

void HeadWriter::chunked() {
    ok_ = ok_ && !framed_;
    framed_ = true;
    out_.append("transfer-encoding: chunked\r\n"sv);
}

bool HeadWriter::end() {
    out_.append(kCrLf);
    return ok_;
}

std::string_view chunk_prefix(std::uint64_t size, char (&buffer)[20]) {
    char* end = std::to_chars(buffer, buffer + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace gw::http
