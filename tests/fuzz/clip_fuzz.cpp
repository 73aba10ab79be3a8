// What was copied out of developer tools: any text is read or refused; what is read has a URL, and reads the same when
// it is written down again in the plainest way.

#include <string>
#include <string_view>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/wire/clip/clip.h"
#include "tests/fuzz/require.h"

namespace {

using gw::clip::Clip;

/// In '' nothing is special but '.
std::string quoted(std::string_view word) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

void check_words(std::string_view text) {
    const auto commands = gw::clip::shell_commands(text);
    if (!commands) return;
    std::string again;
    for (const auto& words : *commands) {
        REQUIRE_THAT_IT_HOLDS(!words.empty());
        for (const std::string& word : words) again += quoted(word) + " ";
        again += "\n";
    }
    if (again.size() > gw::clip::kMostText) return;
    const auto second = gw::clip::shell_commands(again);
    REQUIRE_THAT_IT_HOLDS(second && *second == *commands);
}

void check_fetch(std::string_view text) {
    const auto clips = gw::clip::parse_fetch(text);
    if (!clips) return;
    for (const Clip& clip : *clips) {
        if (!gw::is_utf8(clip.url) || (clip.body && !gw::is_utf8(*clip.body))) continue;
        gw::Object init{{"method", clip.method}};
        if (clip.body) init.push_back({"body", *clip.body});
        const auto again = gw::clip::parse_fetch("fetch(" + gw::to_json(gw::Value(clip.url)) + ", " +
                                                 gw::to_json(gw::Value(std::move(init))) + ")");
        if (!gw::is_utf8(clip.method)) continue;
        REQUIRE_THAT_IT_HOLDS(again && again->size() == 1);
        REQUIRE_THAT_IT_HOLDS(again->front().url == clip.url && again->front().method == clip.method &&
                              again->front().body == clip.body);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_words(text);
    if (const auto clips = gw::clip::parse_curl(text))
        for (const Clip& clip : *clips) REQUIRE_THAT_IT_HOLDS(!clip.url.empty() && !clip.method.empty());
    check_fetch(text);
    return 0;
}
