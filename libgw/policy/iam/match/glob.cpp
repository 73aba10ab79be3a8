#include "libgw/policy/iam/match/glob.h"

#include <algorithm>

#include "libgw/base/unicode.h"

namespace gw::iam {

Glob::Glob(std::u16string_view items) {
    std::size_t at = 0;
    for (bool first = true;; first = false) {
        const std::size_t star = std::min(items.find(kAny, at), items.size());
        const std::u16string_view part = items.substr(at, star - at);
        const bool last = star == items.size();
        if (first || last || !part.empty()) {
            Run run;
            if (part.find(kOne) != std::u16string_view::npos) {
                run.items = part;
            } else {
                for (const Item item : part) run.bytes += static_cast<char>(item);
            }
            if (!first && !last && run.items.empty()) {
                run.borders.assign(run.bytes.size(), 0);
                std::uint32_t border = 0;
                for (std::size_t i = 1; i < run.bytes.size(); ++i) {
                    while (border > 0 && run.bytes[i] != run.bytes[border]) border = run.borders[border - 1];
                    if (run.bytes[i] == run.bytes[border]) ++border;
                    run.borders[i] = border;
                }
            }
            runs_.push_back(std::move(run));
        }
        if (last) break;
        at = star + 1;
    }
}

Glob Glob::wild(std::string_view text) {
    std::u16string items;
    items.reserve(text.size());
    for (const char c : text) {
        items += c == '*' ? kAny : c == '?' ? kOne : static_cast<Item>(static_cast<unsigned char>(c));
    }
    return Glob(items);
}

// Where the run ends that begins at `from`.
std::optional<std::size_t> Glob::end_of(const Run& run, std::string_view text, std::size_t from, std::size_t& work) {
    if (run.items.empty()) {
        work += std::min(run.bytes.size(), text.size() - from) + 1;
        if (!text.substr(from).starts_with(run.bytes)) return std::nullopt;
        return from + run.bytes.size();
    }
    std::size_t at = from;
    for (const Item item : run.items) {
        ++work;
        if (at == text.size()) return std::nullopt;
        if (item == kOne) {
            at += code_point_at(text, at).size;
        } else if (item == static_cast<unsigned char>(text[at])) {
            ++at;
        } else {
            return std::nullopt;
        }
    }
    return at;
}

// The end of the first place at or behind `from` where the run stands.
std::optional<std::size_t> Glob::find(const Run& run, std::string_view text, std::size_t from, std::size_t& work) {
    if (run.items.empty()) {
        std::size_t matched = 0;
        for (std::size_t at = from; at < text.size(); ++at) {
            ++work;
            while (matched > 0 && text[at] != run.bytes[matched]) {
                ++work;
                matched = run.borders[matched - 1];
            }
            if (text[at] == run.bytes[matched]) ++matched;
            if (matched == run.bytes.size()) return at + 1;
        }
        return std::nullopt;
    }
    for (std::size_t at = from; text.size() - at >= run.items.size();) {
        if (const auto end = end_of(run, text, at, work)) return end;
        at += code_point_at(text, at).size;
    }
    return std::nullopt;
}

// Whether the run stands at the end, and not before `from`.
bool Glob::ends_with(const Run& run, std::string_view text, std::size_t from, std::size_t& work) {
    if (run.items.empty()) {
        work += run.bytes.size() + 1;
        return text.size() - from >= run.bytes.size() && text.ends_with(run.bytes);
    }
    constexpr std::size_t kLongestCharacter = 4;
    for (std::size_t at = from; text.size() - at >= run.items.size(); at += code_point_at(text, at).size) {
        ++work;
        if (text.size() - at > run.items.size() * kLongestCharacter) continue;
        if (end_of(run, text, at, work) == text.size()) return true;
    }
    return false;
}

bool Glob::matches(std::string_view text, std::size_t* work) const {
    std::size_t steps = 0;
    const bool matched = [&] {
        std::optional<std::size_t> at = end_of(runs_.front(), text, 0, steps);
        if (!at || runs_.size() == 1) return at == text.size();
        for (std::size_t i = 1; i + 1 < runs_.size(); ++i) {
            at = find(runs_[i], text, *at, steps);
            if (!at) return false;
        }
        return ends_with(runs_.back(), text, *at, steps);
    }();
    if (work) *work += steps;
    return matched;
}

}  // namespace gw::iam
