#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/clip/clip.h"

// Facts (POSIX.1-2017, Shell Command Language §2.2; bash, ANSI-C quoting):
//  - between '' nothing is special; between "" a backslash is only before $ ` " \ and the end of a line;
//  - between $'' C's escapes stand: \n \t \r \\ \' \" \? \a \b \e \f \v \ooo \xhh \uhhhh \Uhhhhhhhh;
//  - a backslash before the end of a line joins the lines.

namespace gw::clip {
namespace {

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<std::vector<std::vector<std::string>>> read() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ' ' || c == '\t') {
                end_word();
                ++at_;
            } else if (c == '\n' || c == '\r' || c == ';' || c == '&') {
                end_command();
                ++at_;
            } else if (c == '#' && !in_word_) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else {
                TRY(read_piece(c));
            }
        }
        end_command();
        return std::move(commands_);
    }

  private:
    Error at(std::string message, std::string hint = {}) const {
        std::size_t line = 1;
        for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) line += text_[i] == '\n' ? 1 : 0;
        return {Errc::parse, fmt::format("line {}: {}", line, message), std::move(hint), {}};
    }

    Result<void> read_piece(char c) {
        if (c == '|' || c == '<' || c == '>' || c == '(' || c == ')')
            return at(fmt::format("'{}' is the shell's, and nothing is run here", c), "give the curl command alone");
        if (c == '^' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\n'))
            return at("this is a command for cmd.exe", "take 'Copy as cURL (bash)'");
        if (c == '`') return at("`...` would have to be run");
        in_word_ = true;
        if (c == '\'') return read_single();
        if (c == '"') return read_double();
        if (c == '$') {
            if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') return read_ansi();
            return expansion();
        }
        ++at_;
        if (c != '\\') {
            word_ += c;
            return {};
        }
        if (at_ == text_.size()) return at("a backslash with nothing behind it");
        const char next = text_[at_++];
        if (next == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
        if (next == '\n' || next == '\r')
            in_word_ = !word_.empty() || quoted_;
        else
            word_ += next;
        return {};
    }

    /// "$" at the end of a word is itself; $name, ${…} and $(…) are not known here.
    Result<void> expansion() {
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
        if (is_alpha(next) || is_digit(next) || std::string_view("_{(*@#?!-$").find(next) != std::string_view::npos)
            return at("$... stands for something that is not known here", "write its value, or quote it with ''");
        word_ += '$';
        ++at_;
        return {};
    }

    Result<void> read_single() {
        const std::size_t end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos) return at("' is not closed");
        word_ += text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        quoted_ = true;
        return {};
    }

    Result<void> read_double() {
        const std::size_t began = at_++;
        quoted_ = true;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_];
            if (c == '`') return at("`...` would have to be run");
            if (c == '$') {
                TRY(expansion());
                continue;
            }
            ++at_;
            if (c != '\\' || at_ == text_.size()) {
                word_ += c;
                continue;
            }
            const char next = text_[at_++];
            if (next == '\n') continue;
            if (next != '$' && next != '`' && next != '"' && next != '\\') word_ += '\\';
            word_ += next;
        }
        if (at_ >= text_.size()) {
            at_ = began;
            return at("\" is not closed");
        }
        ++at_;
        return {};
    }

    Result<void> read_ansi() {
        const std::size_t began = at_;
        at_ += 2;
        quoted_ = true;
        while (at_ < text_.size() && text_[at_] != '\'') {
            const char c = text_[at_++];
            if (c != '\\' || at_ == text_.size())
                word_ += c;
            else
                read_escape();
        }
        if (at_ >= text_.size()) {
            at_ = began;
            return at("$' is not closed");
        }
        ++at_;
        return {};
    }

    void read_escape() {
        const char c = text_[at_++];
        constexpr std::string_view kLetters = "abefnrtv\\'\"?";
        constexpr std::string_view kMeanings = "\a\b\x1b\f\n\r\t\v\\'\"?";
        if (const std::size_t which = kLetters.find(c); which != std::string_view::npos) {
            word_ += kMeanings[which];
        } else if (c == 'x') {
            word_ += static_cast<char>(read_number(16, 2));
        } else if (c == 'u' || c == 'U') {
            const char32_t code = read_number(16, c == 'u' ? 4 : 8);
            const bool is_character = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
            append_utf8(word_, is_character ? code : char32_t{0xFFFD});
        } else if (c >= '0' && c <= '7') {
            --at_;
            word_ += static_cast<char>(read_number(8, 3));
        } else {
            word_ += '\\';
            word_ += c;
        }
    }

    std::uint32_t read_number(std::uint32_t base, std::size_t most) {
        std::uint32_t number = 0;
        for (; most > 0 && at_ < text_.size(); --most, ++at_) {
            const char c = text_[at_];
            const int digit = is_digit(c)            ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : 99;
            if (digit >= static_cast<int>(base)) break;
            number = number * base + static_cast<std::uint32_t>(digit);
        }
        return number;
    }

    void end_word() {
        if (in_word_) command_.push_back(std::move(word_));
        word_.clear();
        in_word_ = quoted_ = false;
    }
    void end_command() {
        end_word();
        if (!command_.empty()) commands_.push_back(std::move(command_));
        command_.clear();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string word_;
    std::vector<std::string> command_;
    std::vector<std::vector<std::string>> commands_;
    bool in_word_ = false;
    bool quoted_ = false;
};

}  // namespace

Result<std::vector<std::vector<std::string>>> shell_commands(std::string_view text) {
    if (text.size() > kMostText) return Error{Errc::limit, "the command is longer than 4 MiB", {}, {}};
    return Reader(text).read();
}

}  // namespace gw::clip
