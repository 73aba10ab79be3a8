// Access-log lines of strangers' bytes: one line, UTF-8, no control character; JSON that says what was put in; a Common
// Log line whose fields stay where they are; and escapes that can be undone. The text is cut at '|' into path, query,
// user agent, subject, target, and a format of $context variables.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/wire/log/escape.h"
#include "libgw/wire/log/format.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::log;

namespace {

bool is_line(std::string_view line) {
    if (line.size() > kMaxLine || !line.ends_with('\n') || !is_utf8(line)) return false;
    for (const char c : line.substr(0, line.size() - 1))
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    // line separators, C1 controls (U+0085 among them) and what turns the direction of writing
    for (const std::string_view unfit : {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x85", "\xe2\x80\xae", "\xe2\x81\xa6"})
        if (line.find(unfit) != std::string_view::npos) return false;
    return true;
}

// Undoes `\xHH`.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
            out += static_cast<char>(hex_value(text[i + 2]) * 16 + hex_value(text[i + 3]));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

// What JSON holds of a text: each byte that is not UTF-8 is U+FFFD.
std::string repaired(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::uint8_t size = decode_utf8(text).size;
        if (size == 0) out += "\xef\xbf\xbd";
        out += text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

void check_escapes(std::string_view text) {
    for (const Escape how : {Escape::text, Escape::word, Escape::json, Escape::xml}) {
        std::string whole;
        append_escaped(whole, text, how, SIZE_MAX / 2);
        REQUIRE_THAT_IT_HOLDS(is_line(whole.substr(0, kMaxLine - 1) + "\n") || whole.size() >= kMaxLine);
        REQUIRE_THAT_IT_HOLDS(how == Escape::json || whole.find('"') == std::string::npos);
        REQUIRE_THAT_IT_HOLDS(how != Escape::word || whole.find(' ') == std::string::npos);
        REQUIRE_THAT_IT_HOLDS(how != Escape::xml || whole.find_first_of("<>'") == std::string::npos);
        for (const std::size_t most : {std::size_t{0}, std::size_t{2}, std::size_t{5}, text.size() / 2, whole.size()}) {
            std::string cut = "x";
            append_escaped(cut, text, how, most);
            REQUIRE_THAT_IT_HOLDS(cut.size() <= most + 1 && is_utf8(cut));
            if (most >= whole.size()) REQUIRE_THAT_IT_HOLDS(cut.substr(1) == whole);
            if (most < whole.size() && most >= 3) REQUIRE_THAT_IT_HOLDS(cut.ends_with("..."));
            const std::string_view kept =
                std::string_view(cut).substr(1, cut.size() - std::min<std::size_t>(cut.size(), 4));
            REQUIRE_THAT_IT_HOLDS(most < 3 || whole.starts_with(kept));
        }
        if (how == Escape::text || how == Escape::word) REQUIRE_THAT_IT_HOLDS(unescape(whole) == text);
        if (how == Escape::json) {
            const auto value = parse_json("\"" + whole + "\"", {.size = SIZE_MAX});
            REQUIRE_THAT_IT_HOLDS(value.has_value() && value->if_string() != nullptr &&
                                  *value->if_string() == repaired(text));
        }
    }
}

// The value of a secret parameter is not in the line, whatever else is.
void check_query(std::string_view text) {
    constexpr std::string_view kSecret = "Vq7sQz0LmW";
    if (text.find(kSecret) != std::string_view::npos || text.find_first_of("&;=") != std::string_view::npos) return;
    for (const std::string_view name : {"token", "X-Amz-Signature", "%74oken", "access_token"}) {
        for (const char separator : {'&', ';'}) {
            std::string out;
            append_query(out, std::string(text) + separator + std::string(name) + "=" + std::string(kSecret),
                         Escape::text, SIZE_MAX / 2);
            REQUIRE_THAT_IT_HOLDS(out.find(kSecret) == std::string::npos && out.ends_with("=***"));
        }
    }
}

void check_lines(const std::array<std::string_view, 6>& parts) {
    Record record;
    record.time = Date(std::chrono::seconds(1'785'000'000));
    record.request_id = "id";
    record.source_ip = "192.0.2.1";
    record.method = "GET";
    record.status = 200;
    record.path = parts[0];
    record.query = parts[1];
    record.user_agent = parts[2];
    record.subject = parts[3];
    record.integration.target = parts[4];
    record.reason = parts[3];
    record.detail = parts[2];
    const Named claims[] = {{"sub", parts[3]}, {"agent", parts[2]}};
    record.claims = claims;

    std::string line;
    Format::json().append(line, record);
    REQUIRE_THAT_IT_HOLDS(is_line(line));
    const auto value = parse_json(line);
    REQUIRE_THAT_IT_HOLDS(value.has_value() && value->if_object() != nullptr);
    std::string escaped;
    append_escaped(escaped, parts[0], Escape::json, SIZE_MAX / 2);
    if (!parts[0].empty() && escaped.size() <= kMaxField) {
        const std::string* path = value->find_string("path");
        REQUIRE_THAT_IT_HOLDS(path != nullptr && *path == repaired(parts[0]));
    }

    line.clear();
    Format::clf().append(line, record);
    REQUIRE_THAT_IT_HOLDS(is_line(line));
    // host ident user [date] "request" status bytes: five words, a quoted text, two words
    const std::size_t open = line.find('"');
    const std::size_t shut = line.find('"', open + 1);
    REQUIRE_THAT_IT_HOLDS(shut != std::string::npos && line.find('"', shut + 1) == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(split(line.substr(0, open), ' ').size() == 6 && line.substr(shut) == "\" 200 -\n");
    REQUIRE_THAT_IT_HOLDS(line.starts_with("192.0.2.1 - ") && line.find(" HTTP/1.1\" 200") != std::string::npos);

    line.clear();
    Format::human({std::chrono::seconds(0), false}).append(line, record);
    REQUIRE_THAT_IT_HOLDS(is_line(line));

    auto format = ContextFormat::compile(parts[5]);
    if (!format) {
        REQUIRE_THAT_IT_HOLDS(!format.error().message.empty() && format.error().where.has_value());
        return;
    }
    line.clear();
    Format::context(std::move(*format)).append(line, record);
    REQUIRE_THAT_IT_HOLDS(line.size() <= kMaxLine && line.find('\n') == line.size() - 1 && is_utf8(line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 2048) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_escapes(text);
    check_query(text);
    std::array<std::string_view, 6> parts;
    std::string_view rest = text;
    for (std::string_view& part : parts) {
        part = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    check_lines(parts);
    return 0;
}
