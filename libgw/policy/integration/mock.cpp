#include "libgw/policy/integration/mock.h"

#include "libgw/base/text.h"

namespace gw::integration {

Result<Mock> Mock::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view number = text.substr(0, colon);
    const auto status = number.size() == 3 ? parse_unsigned(number, 599) : std::nullopt;
    if (!status || *status < 200) {
        return Error{Errc::config,
                     "the mock's status '" + std::string(number) + "' is not one",
                     "200 to 599: mock:404:gone",
                     {}};
    }
    Mock mock;
    mock.status = static_cast<std::uint16_t>(*status);
    if (colon != std::string_view::npos) mock.body = text.substr(colon + 1);
    // RFC 9110 §15.3.5, §15.3.6, §15.4.5
    if (!mock.body.empty() && (mock.status == 204 || mock.status == 205 || mock.status == 304)) {
        return Error{
            Errc::config, "a mock with status " + std::string(number) + " has no body", "leave the body out", {}};
    }
    return mock;
}

Answer make_mock_answer(const Mock& mock, ApiKind kind, const RequestIds* ids) {
    Answer answer;
    answer.status = mock.status;
    answer.body = mock.body;
    answer.content_type = mock.content_type;
    if (answer.content_type.empty() && !mock.body.empty()) {
        const std::size_t first = mock.body.find_first_not_of(" \t\r\n");
        const std::size_t last = mock.body.find_last_not_of(" \t\r\n");
        const char open = first == std::string::npos ? '\0' : mock.body[first];
        const char close = first == std::string::npos ? '\0' : mock.body[last];
        const bool json = (open == '{' && close == '}') || (open == '[' && close == ']');
        answer.content_type = json ? "application/json" : "text/plain; charset=utf-8";
    }
    if (ids != nullptr) add_request_ids(kind, *ids, answer.fields);
    return answer;
}

}  // namespace gw::integration
