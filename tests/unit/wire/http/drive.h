#pragma once
// Runs a decoder over bytes cut in many ways and writes down what it said.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/wire/http/decoder.h"

namespace gw::http {

/// One message as it came out of a decoder.
struct Heard {
    std::string start;  ///< "GET /a" or "200 OK"
    std::string authority;
    std::string path;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    bool complete = false;
    friend bool operator==(const Heard&, const Heard&) = default;
};

/// All messages of a connection, and how it ended: status 0 while nothing was refused.
struct Transcript {
    std::vector<Heard> messages;
    unsigned status = 0;
    std::string reason;
    friend bool operator==(const Transcript&, const Transcript&) = default;
};

/// Where to cut: pieces end at these offsets, ascending; the last piece ends with the bytes.
using Cuts = std::vector<std::size_t>;

inline Cuts every_byte(std::size_t size) {
    Cuts cuts(size);
    for (std::size_t i = 0; i < size; ++i) cuts[i] = i + 1;
    return cuts;
}

/// Feeds the pieces to `decode(piece)` until it takes no more of them.
template <class Decode>
void feed(std::string_view bytes, const Cuts& cuts, Decode&& decode) {
    std::size_t at = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t end = i < cuts.size() ? std::min(cuts[i], bytes.size()) : bytes.size();
        std::string_view piece = bytes.substr(at, end - at);
        at = end;
        for (;;) {
            const Decoded found = decode(piece);
            if (found.found == Found::error) return;
            piece.remove_prefix(found.taken);
            if (found.found == Found::more || (found.found == Found::end && piece.empty())) break;
        }
    }
}

inline void copy_fields(const Fields& fields, Heard& into) {
    for (const FieldView field : fields) into.fields.emplace_back(field.name, field.value);
}

/// What a server hears. The head is one object for the whole connection, as it would be.
inline Transcript hear_requests(std::string_view bytes, const Cuts& cuts = {}, const Limits& limits = {}) {
    Transcript transcript;
    RequestDecoder decoder(limits);
    RequestHead head;
    feed(bytes, cuts, [&](std::string_view piece) {
        const Decoded found = decoder.decode(piece, head);
        switch (found.found) {
            case Found::more: break;
            case Found::head:
                transcript.messages.push_back({std::string(head.method_text()) + " " + std::string(head.target()),
                                               head.authority,
                                               std::string(head.path.canonical()),
                                               {},
                                               {},
                                               false});
                copy_fields(head.fields, transcript.messages.back());
                break;
            case Found::body: transcript.messages.back().body += found.data; break;
            case Found::end: transcript.messages.back().complete = true; break;
            case Found::error: transcript.status = found.refused.status; transcript.reason = found.refused.reason;
        }
        return found;
    });
    return transcript;
}

/// What a client hears that sent one request of `method`; `closes`: the server closes after the last byte.
inline Transcript hear_response(std::string_view bytes, Method method = Method::get, const Cuts& cuts = {},
                                bool closes = false, bool upgrade = false, const Limits& limits = kResponseLimits) {
    Transcript transcript;
    ResponseDecoder decoder(limits);
    ResponseHead head;
    decoder.expect(method, upgrade);
    const auto note = [&](const Decoded& found) {
        switch (found.found) {
            case Found::more: break;
            case Found::head:
                transcript.messages.push_back(
                    {std::to_string(head.status) + " " + std::string(head.reason()), {}, {}, {}, {}, false});
                copy_fields(head.fields, transcript.messages.back());
                break;
            case Found::body: transcript.messages.back().body += found.data; break;
            case Found::end:
                if (!transcript.messages.empty()) transcript.messages.back().complete = true;
                break;
            case Found::error: transcript.status = found.refused.status; transcript.reason = found.refused.reason;
        }
        return found;
    };
    feed(bytes, cuts, [&](std::string_view piece) { return note(decoder.decode(piece, head)); });
    if (closes && transcript.status == 0) note(decoder.close());
    return transcript;
}

/// Every way to cut in two, or a sample of them when there are many.
template <class Check>
void for_each_split(std::size_t size, Check&& check) {
    const std::size_t step = size < 2000 ? 1 : size / 61;
    for (std::size_t at = 1; at < size; at += step) check(Cuts{at});
}

}  // namespace gw::http
