// What the decoders take has to mean the same to others: a plain strict reader finds the same messages in the same
// bytes, and so do readers with the bad habits by which requests have been smuggled. To refuse more than they do is our
// right. A first byte of 'r' chooses responses, 'h' responses to HEAD, anything else requests.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/decoder.h"
#include "tests/fuzz/plain_reader.h"
#include "tests/fuzz/require.h"

using namespace gw::http;
using gw::fuzz::Habits;
using gw::fuzz::Message;
using gw::fuzz::Sight;

namespace {

constexpr std::array kManners = {
    Habits{},
    Habits{.bare_lf = true, .loose_names = true, .loose_numbers = true, .loose_coding = true},
    Habits{.bare_lf = true, .last_wins = true, .length_first = true},
    Habits{.bare_lf = true, .loose_names = true, .loose_numbers = true, .last_wins = true},
    Habits{.bare_lf = true, .loose_names = true, .loose_coding = true, .length_first = true},
};

// A message as a decoder told it.
struct Told {
    std::string first;
    std::string second;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::size_t end = 0;  // behind its last byte
    bool whole = false;
};

struct Story {
    std::vector<Told> messages;
    bool refused = false;
};

template <class Decoder, class Head, class Describe>
Story listen(std::string_view bytes, Decoder& decoder, Head& head, Describe&& describe) {
    Story story;
    for (std::size_t at = 0;;) {
        const Decoded found = decoder.decode(bytes.substr(at), head);
        at += found.taken;
        if (found.found == Found::head) {
            Told told = describe();
            for (const FieldView field : head.fields) told.fields.emplace_back(field.name, field.value);
            told.end = at;
            story.messages.push_back(std::move(told));
        }
        if (found.found == Found::body) story.messages.back().body += found.data;
        if (found.found == Found::end) {
            story.messages.back().end = at;
            story.messages.back().whole = true;
        }
        story.refused |= found.found == Found::error;
        if (story.refused || found.found == Found::more || (found.found == Found::end && at == bytes.size())) break;
    }
    return story;
}

void compare(const Told& told, const Message& read, Sight sight, const Habits& habits) {
    REQUIRE_THAT_IT_HOLDS(sight != Sight::broken);
    REQUIRE_THAT_IT_HOLDS((sight == Sight::whole) == told.whole);
    REQUIRE_THAT_IT_HOLDS(read.first == told.first && read.second == told.second);
    if (!habits.loose_names) REQUIRE_THAT_IT_HOLDS(read.fields == told.fields);
    REQUIRE_THAT_IT_HOLDS(read.fields.size() == told.fields.size());
    if (told.whole) REQUIRE_THAT_IT_HOLDS(read.body == told.body);
    // of a body that is cut, what has come: an unfinished chunk may have been told already
    REQUIRE_THAT_IT_HOLDS(read.body.starts_with(told.body) || told.body.starts_with(read.body));
}

void check_requests(std::string_view bytes) {
    Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    const Story story = listen(bytes, decoder, head, [&] {
        Told told;
        told.first = head.method_text();
        told.second = head.target();
        return told;
    });
    for (const Habits& habits : kManners) {
        std::size_t at = 0;
        for (const Told& told : story.messages) {
            const bool last = &told == &story.messages.back();
            if (last && story.refused && !told.whole) break;  // its body was refused
            Message read;
            const Sight sight = read_request(bytes.substr(at), habits, read);
            compare(told, read, sight, habits);
            if (told.whole) REQUIRE_THAT_IT_HOLDS(at + read.size == told.end);
            at = told.end;
        }
    }
}

void check_responses(std::string_view bytes, Method method) {
    ResponseDecoder decoder;
    ResponseHead head;
    decoder.expect(method);
    const Story story = listen(bytes, decoder, head, [&] {
        Told told;
        told.first = head.version == Version::http11 ? "HTTP/1.1" : "HTTP/1.0";
        told.second = std::to_string(head.status);
        told.whole = head.status / 100 == 1;
        return told;
    });
    // '_' in a name is a byte like any other in an answer: who reads it as '-' reads another answer
    const bool has_underscore = std::any_of(story.messages.begin(), story.messages.end(), [](const Told& told) {
        return std::any_of(told.fields.begin(), told.fields.end(),
                           [](const auto& field) { return field.first.find('_') != std::string::npos; });
    });
    for (const Habits& habits : kManners) {
        if (habits.loose_names && has_underscore) continue;
        std::size_t at = 0;
        for (const Told& told : story.messages) {
            const bool last = &told == &story.messages.back();
            if (last && story.refused && !told.whole) break;
            Message read;
            const Sight sight = read_response(bytes.substr(at), habits, method == Method::head ? "HEAD" : "GET", read);
            if (read.closes) {  // whole for whoever has all the bytes; for the decoder only once the peer closes
                REQUIRE_THAT_IT_HOLDS(last && !told.whole && sight == Sight::whole && read.body == told.body);
                break;
            }
            compare(told, read, sight, habits);
            if (told.whole) REQUIRE_THAT_IT_HOLDS(at + read.size == told.end);
            at = told.end;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 16384) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    switch (data[0]) {
        case 'r': check_responses(bytes.substr(1), Method::get); break;
        case 'h': check_responses(bytes.substr(1), Method::head); break;
        default: check_requests(bytes);
    }
    return 0;
}
