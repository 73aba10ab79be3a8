#include "libgw/policy/answer/answer.h"

#include <algorithm>

#include "libgw/policy/answer/wording.h"
#include "libgw/policy/reasons.h"

namespace gw {
namespace {

constexpr std::size_t kMaxExplain = 1024;

bool is_overload(std::string_view reason) {
    return reason == reason::kOverloadMemory || reason == reason::kTargetOverload;
}

}  // namespace

std::string message_body(std::string_view message, bool capital) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    std::string body;
    body.reserve(message.size() + 16);
    body += capital ? R"({"Message":")" : R"({"message":")";
    while (!message.empty()) {
        const auto end = std::find_if_not(message.begin(), message.end(), is_plain);
        const auto plain = static_cast<std::size_t>(end - message.begin());
        body += message.substr(0, plain);
        message.remove_prefix(plain);
        if (message.empty()) break;
        const char c = message.front();
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            body += '\\';
            body += c;
        } else if (c == '\n') {
            body += "\\n";
        } else if (byte < 0x20) {
            body += "\\u00";
            body += kDigits[byte >> 4];
            body += kDigits[byte & 15];
        } else {
            body += '?';
        }
        message.remove_prefix(1);
    }
    return body += R"("})";
}

std::string explain_text(const Refusal& refusal) {
    std::string text(refusal.reason);
    if (!refusal.detail.empty()) text += ": " + refusal.detail;
    if (text.size() > kMaxExplain) text.resize(kMaxExplain);
    std::replace_if(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return text;
}

void add_request_ids(ApiKind kind, const RequestIds& ids, http::Fields& fields) {
    if (kind == ApiKind::http) {
        fields.add("apigw-requestid", ids.extended_text());
        return;
    }
    fields.add("x-amzn-RequestId", ids.uuid_text());
    fields.add("x-amz-apigw-id", ids.extended_text());
}

Answer make_answer(const Refusal& refusal, const AnswerContext& context) {
    const Wording wording =
        context.words != nullptr ? *context.words : wording_of(context.kind, refusal, context.request);
    Answer answer;
    answer.status = static_cast<std::uint16_t>(wording.status);
    if (context.kind == ApiKind::rest && refusal.reason == reason::kBodyTooLarge) {
        answer.content_type = "text; charset=utf-8";
        answer.body = "HTTP content length exceeded " + std::to_string(context.max_body) + " bytes.";
    } else {
        answer.content_type = "application/json";
        answer.body = message_body(wording.message, wording.capital);
        if (context.ids != nullptr) add_request_ids(context.kind, *context.ids, answer.fields);
        if (!wording.error_type.empty()) answer.fields.add("x-amzn-ErrorType", wording.error_type);
    }
    if (!context.challenge.empty()) answer.fields.add(http::FieldName::www_authenticate, context.challenge);
    // RFC 6455 §4.4; nobody else is told to upgrade
    if (refusal.status == 426 && refusal.reason == reason::kRequestMalformed)
        answer.fields.add(http::FieldName::sec_websocket_version, "13");
    if (is_overload(refusal.reason)) answer.fields.add("retry-after", "1");
    if (context.explain) answer.fields.add("x-gw-explain", explain_text(refusal));
    return answer;
}

void write_answer_fields(const Answer& answer, ApiKind kind, http::HeadWriter& writer, std::string_view date) {
    const bool rest = kind == ApiKind::rest;
    using http::FieldName;
    writer.copied({FieldName::date, rest ? "Date" : "date", date});
    if (!answer.content_type.empty())
        writer.copied({FieldName::content_type, rest ? "Content-Type" : "content-type", answer.content_type});
    for (const http::FieldView field : answer.fields) writer.copied(field);
}

}  // namespace gw
