#include "libgw/wire/log/escape.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "libgw/base/text.h"

namespace gw::log {

namespace {

constexpr std::size_t kKinds = 4;

/// Bytes that may be copied as they are, for each Escape.
constexpr auto kFit = [] {
    std::array<std::array<bool, 256>, kKinds> fit{};
    for (auto& row : fit) {
        for (std::size_t c = 0x20; c < 0x7f; ++c) row[c] = true;
    }
    const auto unfit = [&](Escape how, std::string_view bytes) {
        for (const char c : bytes) fit[static_cast<std::size_t>(how)][static_cast<unsigned char>(c)] = false;
    };
    unfit(Escape::text, "\"\\");
    unfit(Escape::word, "\"\\ ");
    unfit(Escape::json, "\"\\");
    unfit(Escape::xml, "\"'&<>\\");
    return fit;
}();

/// The length of the longest prefix that may be copied as it is.
std::size_t fit_prefix(std::string_view text, Escape how) {
    std::size_t at = 0;
    if (how == Escape::text || how == Escape::json) {
        constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
        constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
        const auto zero_in = [](std::uint64_t word) { return (word - kOnes) & ~word; };
        while (text.size() - at >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, 8);
            // eight bytes at once: below 0x20, above 0x7f, DEL, '"' or '\\'; a false alarm only costs the slow look
            // below
            const std::uint64_t alarm = (word - kOnes * 0x20) | word | zero_in(word ^ (kOnes * 0x7f)) |
                                        zero_in(word ^ (kOnes * '"')) | zero_in(word ^ (kOnes * '\\'));
            if ((alarm & kHigh) != 0) break;
            at += 8;
        }
    }
    const auto& fit = kFit[static_cast<std::size_t>(how)];
    while (at < text.size() && fit[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

/// Characters beyond ASCII that a line must not hold: C1 controls, line and paragraph separators, and those that
/// reorder or hide text (Unicode UAX #9 §2).
bool is_unfit(char32_t c) {
    return (c >= 0x80 && c <= 0x9f) || c == 0x061c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/// One escaped character; the longest is four bytes as `\xHH`.
struct Piece {
    std::array<char, 16> text{};
    std::size_t size = 0;
    void put(std::string_view more) {
        for (const char c : more) text[size++] = c;
    }
    void put_hex(std::uint32_t value, unsigned digits) {
        for (; digits > 0; --digits) text[size++] = "0123456789abcdef"[(value >> (4 * (digits - 1))) & 15U];
    }
};

Piece escape_json(char32_t c) {
    Piece piece;
    switch (c) {
        case '"': piece.put("\\\""); return piece;
        case '\\': piece.put("\\\\"); return piece;
        case '\n': piece.put("\\n"); return piece;
        case '\r': piece.put("\\r"); return piece;
        case '\t': piece.put("\\t"); return piece;
        default: break;
    }
    piece.put("\\u");
    piece.put_hex(c, 4);
    return piece;
}

Piece escape_bytes(std::string_view bytes, Escape how) {
    Piece piece;
    if (how == Escape::xml && bytes.size() == 1) {
        switch (bytes[0]) {
            case '"': piece.put("&quot;"); return piece;
            case '\'': piece.put("&apos;"); return piece;
            case '&': piece.put("&amp;"); return piece;
            case '<': piece.put("&lt;"); return piece;
            case '>': piece.put("&gt;"); return piece;
            default: break;
        }
    }
    for (const char c : bytes) {
        piece.put("\\x");
        piece.put_hex(static_cast<unsigned char>(c), 2);
    }
    return piece;
}

/// Appends up to a limit, and remembers where to cut when it does not suffice.
class Field {
  public:
    Field(std::string& out, std::size_t most)
        : out_(out),
          start_(out.size()),
          most_(most),
          last_cut_(most < kEllipsis.size() ? 0 : most - kEllipsis.size()) {}

    /// A piece that must not be cut. False when there is no more room.
    bool put(std::string_view piece) {
        const std::size_t end = out_.size() - start_ + piece.size();
        if (end > most_) return cut();
        out_.append(piece);
        if (end <= last_cut_) safe_ = end;
        return true;
    }
    /// Bytes that may be cut anywhere.
    bool put_plain(std::string_view bytes) {
        const std::size_t size = out_.size() - start_;
        const std::size_t taken = std::min(bytes.size(), most_ - size);
        out_.append(bytes.substr(0, taken));
        if (size <= last_cut_) safe_ = std::min(size + taken, last_cut_);
        return taken == bytes.size() || cut();
    }

  private:
    static constexpr std::string_view kEllipsis = "...";
    bool cut() {
        out_.resize(start_ + safe_);
        if (most_ >= kEllipsis.size()) out_.append(kEllipsis);
        return false;
    }
    std::string& out_;
    std::size_t start_;
    std::size_t most_;
    std::size_t last_cut_;  ///< the last length that leaves room for the ellipsis
    std::size_t safe_ = 0;  ///< the longest such length so far at which the field may end
};

bool append_to(Field& field, std::string_view text, Escape how) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = at + fit_prefix(text.substr(at), how);
        if (end > at && !field.put_plain(text.substr(at, end - at))) return false;
        at = end;
        if (at == text.size()) break;
        const Utf8Character character = decode_utf8(text.substr(at));
        const std::string_view bytes = text.substr(at, std::max<std::size_t>(character.size, 1));
        at += bytes.size();
        if (character.size > 1 && !is_unfit(character.code_point)) {
            if (!field.put(bytes)) return false;
            continue;
        }
        const Piece piece = how == Escape::json ? escape_json(character.size == 0 ? 0xfffd : character.code_point)
                                                : escape_bytes(bytes, how);
        if (!field.put({piece.text.data(), piece.size})) return false;
    }
    return true;
}

constexpr std::array<std::string_view, 24> kSecretParameters = {"access_token",
                                                                "api-key",
                                                                "api_key",
                                                                "apikey",
                                                                "assertion",
                                                                "auth",
                                                                "authorization",
                                                                "client_assertion",
                                                                "client_secret",
                                                                "code",
                                                                "code_verifier",
                                                                "id_token",
                                                                "jwt",
                                                                "passwd",
                                                                "password",
                                                                "refresh_token",
                                                                "secret",
                                                                "sig",
                                                                "signature",
                                                                "token",
                                                                "x-amz-security-token",
                                                                "x-amz-signature",
                                                                "x-api-key",
                                                                "x-goog-signature"};
static_assert(std::ranges::is_sorted(kSecretParameters));
constexpr std::size_t kLongestSecretName = 20;
}  // namespace

void append_escaped(std::string& out, std::string_view text, Escape how, std::size_t most) {
    if (text.size() <= most && fit_prefix(text, how) == text.size()) {
        out.append(text);
        return;
    }
    Field field(out, most);
    append_to(field, text, how);
}

bool is_secret_parameter(std::string_view name) {
    std::array<char, kLongestSecretName> decoded{};
    std::size_t size = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        if (c == '%' && i + 2 < name.size() && hex_value(name[i + 1]) >= 0 && hex_value(name[i + 2]) >= 0) {
            c = static_cast<char>(hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]));
            i += 2;
        }
        if (size == decoded.size()) return false;
        decoded[size++] = to_lower(c);
    }
    return std::ranges::binary_search(kSecretParameters, std::string_view(decoded.data(), size));
}

void append_query(std::string& out, std::string_view query, Escape how, std::size_t most) {
    Field field(out, most);
    while (!query.empty()) {
        // some servers take ';' for '&' as well
        const std::size_t end = std::min(query.find_first_of("&;"), query.size());
        const std::string_view parameter = query.substr(0, end);
        const std::size_t equals = parameter.find('=');
        const std::string_view separator = query.substr(end, 1);
        query.remove_prefix(end + separator.size());
        if (equals != std::string_view::npos && is_secret_parameter(parameter.substr(0, equals))) {
            if (!append_to(field, parameter.substr(0, equals + 1), how) || !field.put("***")) return;
        } else if (!append_to(field, parameter, how)) {
            return;
        }
        if (!separator.empty() && !append_to(field, separator, how)) return;
    }
}

}  // namespace gw::log
