#pragma once
// Everything that is wrong with a text that a person wrote, collected and told at once.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/error.h"

namespace gw {

enum class Severity : std::uint8_t { error, warning };

/// One thing that is wrong, or looks so. Message and hint: lower case, no full stop.
struct Diagnostic {
    Severity severity = Severity::error;
    std::string message;
    std::string hint;
    Location where;            ///< line 0: no place; column 0: the line is not quoted (it may hold a secret)
    std::uint32_t length = 0;  ///< code points to underline; 0: the word that begins there
    bool quoted = true;        ///< false: the line is not shown, it may hold a secret
};

/// The parts of a rendered diagnostic that a terminal may show in colour.
enum class DiagnosticPart : std::uint8_t { place, error, warning, message, margin, caret, hint };
/// Puts colour around a part; what it returns is what is shown.
using DiagnosticPaint = std::function<std::string(DiagnosticPart, std::string_view)>;

/// Collects diagnostics and the texts they point into.
/// Invariant: keeps at most kMaximum of them and counts the rest, so that a hostile file cannot grow it.
class Diagnostics {
  public:
    static constexpr std::size_t kMaximum = 100;

    void add(Diagnostic diagnostic);
    void error(std::string message, Location where, std::string hint = {}, std::uint32_t length = 0);
    void warning(std::string message, Location where, std::string hint = {}, std::uint32_t length = 0);
    /// An Error that stopped the reading.
    void add(const Error& error);

    /// The text of a file, for the lines that are quoted.
    void add_source(const std::string& file, std::string text);
    /// Appends a line to the text of a pretended file ("command line") and returns its number, from 1. Numbers mean
    /// nothing to the reader there, so that they are not shown.
    std::uint32_t add_line(const std::string& file, std::string_view line);

    /// Where a string's own text begins that was written at `where`: behind its quote, when it was written in quotes.
    [[nodiscard]] Location inside(Location where, std::string_view string) const;

    [[nodiscard]] const std::vector<Diagnostic>& all() const { return diagnostics_; }
    [[nodiscard]] bool empty() const { return diagnostics_.empty(); }
    [[nodiscard]] std::size_t errors() const { return errors_; }
    [[nodiscard]] std::size_t warnings() const { return warnings_; }
    [[nodiscard]] bool has_errors() const { return errors_ != 0; }
    /// By file, then line, then column; those without a place come first.
    void sort();

    /// All of them, each as
    ///   gw.yaml:14:5: error: unknown key 'intergration'
    ///      14 |     intergration: http://127.0.0.1:3000
    ///         |     ^~~~~~~~~~~~
    ///     hint: did you mean 'integration'?
    /// A line that may hold a secret (secret_line.h) is not quoted.
    /// Bytes that would move a terminal's cursor are shown as U+FFFD; a long line is cut around the caret. What has no
    /// place is said by `program`: "gw-serve: error: …", then "gw-serve: hint: …".
    [[nodiscard]] std::string render(const DiagnosticPaint& paint = {}, std::string_view program = {}) const;

  private:
    void render(const Diagnostic& diagnostic, const DiagnosticPaint& paint, std::string_view program,
                std::string& into) const;
    [[nodiscard]] std::string_view line_of(const Location& where) const;
    [[nodiscard]] bool may_quote(const Location& where) const;

    std::vector<Diagnostic> diagnostics_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
    struct Source {
        std::string text;
        std::vector<std::size_t> lines;  // where each begins
        bool pretended = false;
    };
    std::map<std::string, Source> sources_;
};

}  // namespace gw
