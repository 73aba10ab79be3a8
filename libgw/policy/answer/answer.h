#pragma once
// The answers that the gateway gives itself, to the byte as AWS gives them.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/policy/answer/request_id.h"
#include "libgw/policy/answer/wording.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/verdict.h"
#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/fields.h"

namespace gw {

/// A whole answer: what write_answer_fields() writes, and what the way out may still add fields to.
struct Answer {
    std::uint16_t status = 200;
    std::string content_type;  ///< empty: no such field
    std::string body;
    http::Fields fields;  ///< the others, without Date, Content-Length and Connection
};

/// What an answer depends on besides the refusal. Views and pointers are read while the answer is made.
struct AnswerContext {
    ApiKind kind = ApiKind::http;
    const RequestIds* ids = nullptr;        ///< null: no id fields, for a connection that never got as far as a request
    const http::Fields* request = nullptr;  ///< may be null
    std::uint64_t max_body = 10485760;      ///< the limit that a 413 names
    bool explain = false;                   ///< say reason and detail in x-gw-explain
    const Wording* words = nullptr;         ///< instead of those of the reason
    std::string_view challenge = {};        ///< www-authenticate; "": none
};

/// The answer to a refusal.
/// HTTP APIs: {"message":"…"}, content-type: application/json, apigw-requestid.
/// REST APIs: the same body with x-amzn-RequestId, x-amzn-ErrorType and x-amz-apigw-id; 413 is plain text and has none
/// of them. Both say "retry-after: 1" when the gateway itself is overloaded.
Answer make_answer(const Refusal& refusal, const AnswerContext& context);

/// Adds the id fields of this kind of api.
void add_request_ids(ApiKind kind, const RequestIds& ids, http::Fields& fields);

/// "reason: detail" as a field value: other bytes than visible ASCII and spaces become '?', at most 1,024 of them.
std::string explain_text(const Refusal& refusal);

/// Writes the fields of an answer in AWS's order: Date, Content-Type, then the others. The names are lower case in HTTP
/// APIs and as HTTP/1.1 has always written them in REST APIs. Status line, Content-Length and Connection are the
/// server's.
void write_answer_fields(const Answer& answer, ApiKind kind, http::HeadWriter& writer, std::string_view date);

/// {"message":"…"}, escaped; bytes outside ASCII become '?'. `capital`: {"Message":"…"}.
std::string message_body(std::string_view message, bool capital = false);

}  // namespace gw
