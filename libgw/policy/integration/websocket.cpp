#include "libgw/policy/integration/websocket.h"

#include "libgw/base/encoding.h"
#include "libgw/base/sha1.h"
#include "libgw/base/text.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/grammar.h"

namespace gw::integration {
namespace {

using http::FieldName;

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of a field that comes once; nothing when it does not come, or comes again.
std::optional<std::string_view> only(const http::Fields& fields, FieldName name) {
    return fields.count(name) == 1 ? fields.find(name) : std::nullopt;
}

/// Whether some list of this field has the element. Parameters (";…") of either do not count.
bool offers(const http::Fields& fields, FieldName name, std::string_view wanted) {
    for (const http::FieldView field : fields) {
        if (field.id != name) continue;
        for (http::ListReader list(field.value); const auto element = list.next();)
            if (trim_ows(element->substr(0, element->find(';'))) == wanted) return true;
    }
    return false;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    const auto digest = sha1(std::string(key).append(kGuid));
    return to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<Refusal> judge_websocket(const http::RequestHead& request) {
    if (only(request.fields, FieldName::sec_websocket_version) != "13")
        return Refusal{426, reason::kRequestMalformed, "upgrade.version"};
    const auto key = only(request.fields, FieldName::sec_websocket_key);
    if (!key) return Refusal{400, reason::kRequestMalformed, "upgrade.key"};
    const auto nonce = parse_base64(*key);
    if (!nonce || nonce->size() != 16) return Refusal{400, reason::kRequestMalformed, "upgrade.key"};
    return std::nullopt;
}

std::string_view judge_websocket(const http::RequestHead& request, const http::ResponseHead& answer) {
    const http::Fields& fields = answer.fields;
    const auto upgrade = only(fields, FieldName::upgrade);
    if (!upgrade || !equals_ignoring_case(*upgrade, "websocket")) return "websocket.upgrade";
    bool connected = false;
    for (const http::FieldView field : fields)
        connected |= field.id == FieldName::connection && http::list_has(field.value, "upgrade");
    if (!connected) return "websocket.connection";
    if (answer.body.declared || fields.has(FieldName::content_length) || fields.has(FieldName::transfer_encoding))
        return "websocket.body";
    const auto key = only(request.fields, FieldName::sec_websocket_key);
    const auto accept = only(fields, FieldName::sec_websocket_accept);
    if (!key || !accept || *accept != websocket_accept(*key)) return "websocket.accept";
    if (fields.has(FieldName::sec_websocket_protocol)) {
        const auto chosen = only(fields, FieldName::sec_websocket_protocol);
        if (!chosen || !offers(request.fields, FieldName::sec_websocket_protocol, *chosen)) return "websocket.protocol";
    }
    for (const http::FieldView field : fields) {
        if (field.id != FieldName::sec_websocket_extensions) continue;
        for (http::ListReader list(field.value); const auto element = list.next();) {
            const std::string_view name = trim_ows(element->substr(0, element->find(';')));
            if (!name.empty() && !offers(request.fields, FieldName::sec_websocket_extensions, name))
                return "websocket.extension";
        }
    }
    return {};
}

}  // namespace gw::integration
