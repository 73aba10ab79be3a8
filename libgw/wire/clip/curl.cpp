#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/wire/clip/clip.h"

namespace gw::clip {
namespace {

enum class Meaning : std::uint8_t {
    nothing,  ///< no value, and no matter here
    ignored,  ///< its value is no matter here
    method,
    header,
    data,
    data_raw,
    data_encoded,
    json,
    form,
    get,
    head,
    agent,
    referrer,
    cookie,
    user,
    url,
    insecure,
    proxy,
    ca,
    max_time,
    resolve,
    connect_to,
};

struct Known {
    char letter;
    std::string_view name;
    Meaning meaning;
};

constexpr std::array kOptions = std::to_array<Known>({
    {'X', "request", Meaning::method},
    {'H', "header", Meaning::header},
    {'d', "data", Meaning::data},
    {0, "data-ascii", Meaning::data},
    {0, "data-binary", Meaning::data},
    {0, "data-raw", Meaning::data_raw},
    {0, "data-urlencode", Meaning::data_encoded},
    {0, "json", Meaning::json},
    {'F', "form", Meaning::form},
    {0, "form-string", Meaning::form},
    {'G', "get", Meaning::get},
    {'I', "head", Meaning::head},
    {'A', "user-agent", Meaning::agent},
    {'e', "referer", Meaning::referrer},
    {'b', "cookie", Meaning::cookie},
    {'u', "user", Meaning::user},
    {0, "url", Meaning::url},
    {'k', "insecure", Meaning::insecure},
    {'x', "proxy", Meaning::proxy},
    {0, "cacert", Meaning::ca},
    {'m', "max-time", Meaning::max_time},
    {0, "resolve", Meaning::resolve},
    {0, "connect-to", Meaning::connect_to},
    {'s', "silent", Meaning::nothing},
    {'S', "show-error", Meaning::nothing},
    {'v', "verbose", Meaning::nothing},
    {'i', "include", Meaning::nothing},
    {'L', "location", Meaning::nothing},
    {'f', "fail", Meaning::nothing},
    {'g', "globoff", Meaning::nothing},
    {'N', "no-buffer", Meaning::nothing},
    {'O', "remote-name", Meaning::nothing},
    {'4', "ipv4", Meaning::nothing},
    {'6', "ipv6", Meaning::nothing},
    {'0', "http1.0", Meaning::nothing},
    {0, "http1.1", Meaning::nothing},
    {0, "http2", Meaning::nothing},
    {0, "http3", Meaning::nothing},
    {0, "compressed", Meaning::nothing},
    {0, "path-as-is", Meaning::nothing},
    {0, "no-progress-meter", Meaning::nothing},
    {'o', "output", Meaning::ignored},
    {'D', "dump-header", Meaning::ignored},
    {'w', "write-out", Meaning::ignored},
    {'c', "cookie-jar", Meaning::ignored},
    {0, "connect-timeout", Meaning::ignored},
    {0, "retry", Meaning::ignored},
    {0, "max-redirs", Meaning::ignored},
});

bool takes_value(Meaning meaning) {
    return meaning != Meaning::nothing && meaning != Meaning::get && meaning != Meaning::head &&
           meaning != Meaning::insecure;
}

const Known* find_option(std::string_view name) {
    for (const Known& known : kOptions)
        if (known.name == name) return &known;
    return nullptr;
}
const Known* find_option(char letter) {
    for (const Known& known : kOptions)
        if (known.letter == letter) return &known;
    return nullptr;
}

Error unknown(const std::string& option) {
    return {Errc::parse, fmt::format("{}: this option of curl is not known here", option), "leave it out", {}};
}

/// What only counts when all options are read.
struct Reading {
    Clip clip;
    bool get = false;
    bool head = false;
    bool form = false;
    bool json = false;
};

void add_data(Clip& clip, std::string_view data, std::string_view between = "&") {
    if (clip.body)
        clip.body->append(between).append(data);
    else
        clip.body = std::string(data);
}

/// NAME=VALUE, VALUE or =VALUE, the value as in a query.
std::string encoded(std::string_view data) {
    const std::size_t equals = data.find('=');
    const std::string_view name = equals == std::string_view::npos ? std::string_view() : data.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? data : data.substr(equals + 1);
    std::string text(name);
    if (!name.empty()) text += '=';
    for (const char c : value) {
        if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
            text += c;
        else
            text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

Result<void> take(Reading& into, const Known& option, const std::string& value) {
    Clip& clip = into.clip;
    const bool from_file = !value.empty() && value.front() == '@';
    switch (option.meaning) {
        case Meaning::nothing:
        case Meaning::ignored: break;
        case Meaning::method: clip.method = value; break;
        case Meaning::header: {
            if (from_file) return Error{Errc::parse, "-H " + value + ": headers of a file are not read", {}, {}};
            // "Name;" is a header without a value, "Name:" one that is left out
            if (const auto parts = split_once(value, ':')) {
                const std::string_view content = trim_ows(parts->second);
                if (!content.empty()) clip.headers.emplace_back(parts->first, content);
            } else if (value.ends_with(';')) {
                clip.headers.emplace_back(value.substr(0, value.size() - 1), "");
            }
            break;
        }
        case Meaning::data:
        case Meaning::data_encoded:
            // CORS does not depend on what the body holds
            add_data(clip, from_file ? std::string() : option.meaning == Meaning::data ? value : encoded(value));
            break;
        case Meaning::data_raw: add_data(clip, value); break;
        case Meaning::json:
            add_data(clip, from_file ? std::string() : value, "");
            into.json = true;
            break;
        case Meaning::form:
            add_data(clip, value);
            into.form = true;
            break;
        case Meaning::get: into.get = true; break;
        case Meaning::head: into.head = true; break;
        case Meaning::agent: clip.headers.emplace_back("User-Agent", value); break;
        case Meaning::referrer: clip.referrer = value; break;
        case Meaning::cookie: clip.headers.emplace_back("Cookie", value); break;
        case Meaning::user: clip.user = value; break;
        case Meaning::url:
            if (!clip.url.empty()) return Error{Errc::parse, "a second URL in one command: " + value, {}, {}};
            clip.url = value;
            break;
        case Meaning::insecure: clip.insecure = true; break;
        case Meaning::proxy: clip.proxy = value; break;
        case Meaning::ca: clip.ca = value; break;
        case Meaning::max_time: clip.max_time = value; break;
        case Meaning::resolve: clip.resolve.push_back(value); break;
        case Meaning::connect_to: clip.connect_to.push_back(value); break;
    }
    return {};
}

void finish(Reading& reading) {
    Clip& clip = reading.clip;
    if (reading.get && clip.body) {
        clip.url += (clip.url.find('?') == std::string::npos ? "?" : "&") + *clip.body;
        clip.body.reset();
    }
    if (clip.body)
        clip.body_type = reading.form   ? "multipart/form-data; boundary=------------------------0000000000000000"
                         : reading.json ? "application/json"
                                        : "application/x-www-form-urlencoded";
    if (clip.method.empty()) clip.method = reading.head ? "HEAD" : clip.body ? "POST" : "GET";
    if (!clip.user.empty()) {
        const auto has = std::any_of(clip.headers.begin(), clip.headers.end(), [](const auto& each) {
            return equals_ignoring_case(each.first, "authorization");
        });
        if (!has) clip.headers.emplace_back("Authorization", "Basic " + to_base64(clip.user));
    }
    for (const auto& [name, value] : clip.headers)
        if (equals_ignoring_case(name, "referer") && clip.referrer.empty()) clip.referrer = value;
}

Result<Clip> read_command(const std::vector<std::string>& words) {
    Reading reading;
    const Known url{0, "url", Meaning::url};
    bool only_urls = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (only_urls || word.size() < 2 || word[0] != '-') {
            TRY(take(reading, url, word));
            continue;
        }
        if (word == "--") {
            only_urls = true;
            continue;
        }
        if (word[1] == '-') {
            const Known* option = find_option(std::string_view(word).substr(2));
            if (option == nullptr) return unknown(word);
            if (!takes_value(option->meaning)) {
                TRY(take(reading, *option, {}));
                continue;
            }
            if (++i == words.size()) return Error{Errc::parse, word + ": its value is missing", {}, {}};
            TRY(take(reading, *option, words[i]));
            continue;
        }
        for (std::size_t at = 1; at < word.size(); ++at) {
            const Known* option = find_option(word[at]);
            if (option == nullptr) return unknown({'-', word[at]});
            if (!takes_value(option->meaning)) {
                TRY(take(reading, *option, {}));
                continue;
            }
            std::string value = word.substr(at + 1);
            if (value.empty()) {
                if (++i == words.size())
                    return Error{Errc::parse, fmt::format("-{}: its value is missing", word[at]), {}, {}};
                value = words[i];
            }
            TRY(take(reading, *option, value));
            break;
        }
    }
    if (reading.clip.url.empty()) return Error{Errc::parse, "the curl command has no URL", {}, {}};
    finish(reading);
    return std::move(reading.clip);
}

}  // namespace

Result<std::vector<Clip>> parse_curl(std::string_view text) {
    const auto commands = TRY(shell_commands(text));
    if (commands.size() > kMostClips) return Error{Errc::limit, "more than 10000 commands", {}, {}};
    std::vector<Clip> clips;
    for (const auto& words : commands) {
        if (words.front() != "curl" && words.front() != "curl.exe" && !words.front().ends_with("/curl"))
            return Error{
                Errc::parse, fmt::format("'{}' is not curl", words.front()), "paste what 'Copy as cURL' gives", {}};
        clips.push_back(TRY(read_command(words)));
    }
    if (clips.empty()) return Error{Errc::parse, "there is no curl command", "paste what 'Copy as cURL' gives", {}};
    return clips;
}

}  // namespace gw::clip
