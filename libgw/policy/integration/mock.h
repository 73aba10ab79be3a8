#pragma once
// A target that is no target: "mock:STATUS[:BODY]".

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/answer/answer.h"

namespace gw::integration {

/// What a mock answers.
struct Mock {
    std::uint16_t status = 200;  ///< 200 to 599
    std::string body;
    std::string content_type;  ///< empty: chosen by the body, see make_mock_answer()

    /// Reads what follows "mock:", STATUS[:BODY]; the body is everything behind the colon. Errc::config for a status
    /// that is not three digits of an answer, and for a body where the status allows none (204, 205, 304).
    static Result<Mock> parse(std::string_view text);
};

/// The answer: status, body, and the ids of this kind of api. Without a content type, a body that is enclosed in braces
/// or brackets is application/json, any other text/plain; charset=utf-8; no body, no type.
Answer make_mock_answer(const Mock& mock, ApiKind kind, const RequestIds* ids);

}  // namespace gw::integration
