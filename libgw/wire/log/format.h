#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/wire/log/record.h"
#include "libgw/wire/log/variables.h"

namespace gw::log {

/// A format made of literal text and `$context` variables, compiled once.
/// Values are escaped for what the text looks like: JSON when it begins with '{' or '[', XML when with '<', else plain
/// text. An absent value is '-', as at AWS.
class ContextFormat {
  public:
    /// AWS's limit for the text of a format.
    static constexpr std::size_t kMaxText = 3072;

    /// Refuses an empty text, one over 3 KB, a control character, and a variable that does not exist; `where` of the
    /// error has the column at which it stands.
    static Result<ContextFormat> compile(std::string_view text);
    /// AWS asks that a format names `requestId` or `extendedRequestId`.
    [[nodiscard]] bool names_request() const { return names_request_; }
    /// It names claims, or other values of an authorizer.
    [[nodiscard]] bool names_claims() const { return names_claims_; }
    void append(std::string& out, const Record& record) const;

  private:
    struct Piece {
        std::string literal;  ///< stands before the variable
        Variable variable;    ///< none in a last piece that is text only
    };
    std::vector<Piece> pieces_;
    std::size_t literals_ = 0;  ///< bytes
    Escape escape_ = Escape::text;
    bool names_request_ = false;
    bool names_claims_ = false;
};

/// For a person at a terminal.
struct HumanFormat {
    std::chrono::seconds utc_offset{0};  ///< east of UTC, for the clock
    bool colour = false;                 ///< of the status
};
/// NCSA Common Log Format, with the target as the client sent it.
struct ClfFormat {};
/// One JSON object a line; what is absent is left out.
struct JsonFormat {};

/// How a Record becomes a line.
class Format {
  public:
    static Format human(HumanFormat format = {}) { return Format(format); }
    static Format clf() { return Format(ClfFormat{}); }
    static Format json() { return Format(JsonFormat{}); }
    static Format context(ContextFormat format) { return Format(std::move(format)); }

    /// Appends one line with its line feed: at most kMaxLine bytes, valid UTF-8, no other control character (but for
    /// the colour of HumanFormat). Does not allocate once `out` has room.
    void append(std::string& out, const Record& record) const;

  private:
    using Any = std::variant<HumanFormat, ClfFormat, JsonFormat, ContextFormat>;
    explicit Format(Any format) : format_(std::move(format)) {}
    Any format_;
};

}  // namespace gw::log
