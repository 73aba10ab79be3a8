#include "libgw/base/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace gw {

struct Pattern::Program {
    Program(std::string_view text, const re2::RE2::Options& options)
        : expression(re2::StringPiece(text.data(), text.size()), options) {}
    re2::RE2 expression;
};

namespace {
re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }
}  // namespace

Pattern::Pattern(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > kMaxText) {
        return Error{Errc::limit,
                     fmt::format("pattern of {} bytes is too long", text.size()),
                     fmt::format("at most {} bytes", kMaxText),
                     {}};
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<std::int64_t>(kMaxMemory));
    auto program = std::make_unique<const Program>(text, options);
    const re2::RE2& expression = program->expression;
    if (!expression.ok()) {
        const auto code = expression.error_code();
        const bool large = code == re2::RE2::ErrorPatternTooLarge || code == re2::RE2::ErrorRepeatSize;
        const bool perl = code == re2::RE2::ErrorRepeatArgument || code == re2::RE2::ErrorBadEscape ||
                          code == re2::RE2::ErrorBadPerlOp;
        return Error{large ? Errc::limit : Errc::parse,
                     fmt::format("pattern does not compile: {}", expression.error()),
                     perl ? "patterns are RE2's: no look-around and no back-references" : "",
                     {}};
    }
    return Pattern(std::move(program));
}

std::string_view Pattern::text() const { return program_->expression.pattern(); }

std::size_t Pattern::groups() const { return static_cast<std::size_t>(program_->expression.NumberOfCapturingGroups()); }

bool Pattern::full_match(std::string_view subject) const {
    return program_->expression.Match(piece(subject), 0, subject.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

bool Pattern::partial_match(std::string_view subject) const {
    return program_->expression.Match(piece(subject), 0, subject.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool Pattern::captures(std::string_view subject, std::vector<std::string_view>& out) const {
    out.clear();
    std::vector<re2::StringPiece> found(groups() + 1);
    if (!program_->expression.Match(piece(subject), 0, subject.size(), re2::RE2::ANCHOR_BOTH, found.data(),
                                    static_cast<int>(found.size()))) {
        return false;
    }
    for (std::size_t i = 1; i < found.size(); ++i) out.emplace_back(found[i].data(), found[i].size());
    return true;
}

}  // namespace gw
