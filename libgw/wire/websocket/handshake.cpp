#include "libgw/wire/websocket/handshake.h"

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/sha1.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::websocket {
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

/// What a word of judge_answer() means to somebody who looks for the mistake.
std::string_view to_words(std::string_view wrong) {
    if (wrong == "websocket.upgrade") return "no single 'Upgrade: websocket'";
    if (wrong == "websocket.connection") return "no 'Connection: Upgrade'";
    if (wrong == "websocket.body") return "it announces a body";
    if (wrong == "websocket.accept") return "Sec-WebSocket-Accept does not fit the key";
    if (wrong == "websocket.protocol") return "it chooses a subprotocol that was not offered";
    if (wrong == "websocket.extension") return "it chooses an extension that was not offered";
    return wrong;
}

}  // namespace

std::string accept_of(std::string_view key) {
    const auto digest = sha1(std::string(key).append(kGuid));
    return to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

http::Refused judge_request(const http::RequestHead& request) {
    if (only(request.fields, FieldName::sec_websocket_version) != "13") return {426, "upgrade.version"};
    const auto key = only(request.fields, FieldName::sec_websocket_key);
    if (!key) return {400, "upgrade.key"};
    const auto nonce = parse_base64(*key);
    if (!nonce || nonce->size() != 16) return {400, "upgrade.key"};
    return {};
}

std::string_view judge_answer(const http::Fields& asked, const http::ResponseHead& answer) {
    const http::Fields& fields = answer.fields;
    const auto upgrade = only(fields, FieldName::upgrade);
    if (!upgrade || !equals_ignoring_case(*upgrade, "websocket")) return "websocket.upgrade";
    bool connected = false;
    for (const http::FieldView field : fields)
        connected |= field.id == FieldName::connection && http::list_has(field.value, "upgrade");
    if (!connected) return "websocket.connection";
    if (answer.body.declared || fields.has(FieldName::content_length) || fields.has(FieldName::transfer_encoding))
        return "websocket.body";
    const auto key = only(asked, FieldName::sec_websocket_key);
    const auto accept = only(fields, FieldName::sec_websocket_accept);
    if (!key || !accept || *accept != accept_of(*key)) return "websocket.accept";
    if (fields.has(FieldName::sec_websocket_protocol)) {
        const auto chosen = only(fields, FieldName::sec_websocket_protocol);
        if (!chosen || !offers(asked, FieldName::sec_websocket_protocol, *chosen)) return "websocket.protocol";
    }
    for (const http::FieldView field : fields) {
        if (field.id != FieldName::sec_websocket_extensions) continue;
        for (http::ListReader list(field.value); const auto element = list.next();) {
            const std::string_view name = trim_ows(element->substr(0, element->find(';')));
            if (!name.empty() && !offers(asked, FieldName::sec_websocket_extensions, name))
                return "websocket.extension";
        }
    }
    return {};
}

std::vector<std::string_view> offered_protocols(const http::Fields& request) {
    std::vector<std::string_view> protocols;
    for (const http::FieldView field : request) {
        if (field.id != FieldName::sec_websocket_protocol) continue;
        for (http::ListReader list(field.value); const auto element = list.next();)
            if (!element->empty()) protocols.push_back(*element);
    }
    return protocols;
}

http::Fields ClientHandshake::fields() const {
    http::Fields fields;
    fields.add(FieldName::connection, "Upgrade");
    fields.add(FieldName::upgrade, "websocket");
    fields.add("Sec-WebSocket-Version", "13");
    fields.add("Sec-WebSocket-Key", key);
    if (!protocols.empty()) fields.add("Sec-WebSocket-Protocol", join(protocols, ", "));
    if (deflate) fields.add("Sec-WebSocket-Extensions", deflate->text());
    return fields;
}

Result<Agreement> agree(const ClientHandshake& asked, const http::ResponseHead& answer) {
    if (const std::string_view wrong = judge_answer(asked.fields(), answer); !wrong.empty())
        return Error{Errc::parse, fmt::format("the 101 is no handshake of RFC 6455: {}", to_words(wrong)), {}, {}};
    Agreement agreement;
    agreement.protocol = answer.fields.find(FieldName::sec_websocket_protocol).value_or("");
    agreement.deflate = TRY(read_deflate_answer(answer.fields, asked.deflate));
    return agreement;
}

void write_answer(http::HeadWriter& writer, std::string_view key, std::string_view protocol,
                  std::string_view extensions) {
    writer.field(FieldName::connection, "Upgrade");
    writer.field(FieldName::upgrade, "websocket");
    writer.field("Sec-WebSocket-Accept", accept_of(key));
    if (!protocol.empty()) writer.field("Sec-WebSocket-Protocol", protocol);
    if (!extensions.empty()) writer.field("Sec-WebSocket-Extensions", extensions);
}

}  // namespace gw::websocket
