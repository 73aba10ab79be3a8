#include "libgw/base/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/secret_line.h"
#include "libgw/base/unicode.h"

namespace gw {
namespace {

constexpr std::size_t kTab = 4;
constexpr std::size_t kWidest = 100;  // columns of a quoted line
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Columns that a terminal gives to a code point: the wide blocks of East Asia and emoji take two, combining marks
/// none.
std::size_t columns_of(char32_t c) {
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f)) return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                      (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

/// Control characters, C1 controls and the marks that turn the direction of writing.
bool is_dangerous(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f || c == 0xfeff;
}

/// One code point of a line, as it is shown.
struct Cell {
    std::string text;
    std::size_t columns = 1;
    char32_t value = 0;
};

std::vector<Cell> to_cells(std::string_view line) {
    std::vector<Cell> cells;
    for (std::size_t at = 0; at < line.size();) {
        const CodePoint point = code_point_at(line, at);
        if (point.value == '\t') {
            cells.push_back({std::string(kTab, ' '), kTab, '\t'});
        } else if (!point.valid || is_dangerous(point.value)) {
            cells.push_back({std::string(kReplacement), 1, 0xfffd});
        } else {
            cells.push_back({std::string(line.substr(at, point.size)), columns_of(point.value), point.value});
        }
        at += point.size;
    }
    return cells;
}

std::string shown(std::string_view text) {
    std::string out;
    for (const Cell& cell : to_cells(text)) out += cell.text;
    return out;
}

/// How many cells the word at `begin` has: a quoted string to its closing quote, else up to white space or a bracket.
std::size_t word_length(const std::vector<Cell>& cells, std::size_t begin) {
    const char32_t first = cells[begin].value;
    std::size_t end = begin + 1;
    if (first == '"' || first == '\'') {
        while (end < cells.size() && (cells[end].value != first || cells[end - 1].value == '\\')) ++end;
        return std::min(end + 1, cells.size()) - begin;
    }
    if (first == '{' || first == '[' || first == '-') return 1;
    const auto ends = [](char32_t c) { return c == ' ' || c == '\t' || c == ',' || c == ']' || c == '}'; };
    while (end < cells.size() && !ends(cells[end].value)) ++end;
    return end - begin;
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
    (diagnostic.severity == Severity::error ? errors_ : warnings_)++;
    if (diagnostics_.size() < kMaximum) diagnostics_.push_back(std::move(diagnostic));
}

void Diagnostics::error(std::string message, Location where, std::string hint, std::uint32_t length) {
    add({Severity::error, std::move(message), std::move(hint), std::move(where), length});
}

void Diagnostics::warning(std::string message, Location where, std::string hint, std::uint32_t length) {
    add({Severity::warning, std::move(message), std::move(hint), std::move(where), length});
}

void Diagnostics::add(const Error& problem) {
    error(problem.message, problem.where.value_or(Location{}), problem.hint);
}

void Diagnostics::add_source(const std::string& file, std::string text) {
    Source source{std::move(text), {0}, false};
    for (std::size_t i = 0; i < source.text.size(); ++i) {
        if (source.text[i] == '\n') source.lines.push_back(i + 1);
    }
    sources_[file] = std::move(source);
}

std::uint32_t Diagnostics::add_line(const std::string& file, std::string_view line) {
    Source& source = sources_[file];
    source.pretended = true;
    source.lines.push_back(source.text.size());
    std::string flat(line);
    std::replace(flat.begin(), flat.end(), '\n', ' ');
    source.text += flat;
    source.text += '\n';
    return static_cast<std::uint32_t>(source.lines.size());
}

void Diagnostics::sort() {
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.where.file, a.where.line, a.where.column) <
               std::tie(b.where.file, b.where.line, b.where.column);
    });
}

std::string_view Diagnostics::line_of(const Location& where) const {
    const auto found = sources_.find(where.file);
    if (found == sources_.end() || where.line == 0 || where.line > found->second.lines.size()) return {};
    const std::string_view text = found->second.text;
    const std::size_t begin = found->second.lines[where.line - 1];
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool Diagnostics::may_quote(const Location& where) const {
    if (where.column == 0) return false;
    const Source& source = sources_.at(where.file);
    return source.pretended ? !may_hold_secret(line_of(where))
                            : !may_hold_secret(source.text, source.lines[where.line - 1]);
}

Location Diagnostics::inside(Location where, std::string_view string) const {
    const std::string_view line = line_of(where);
    std::size_t at = 0;
    for (std::uint32_t column = 1; column < where.column && at < line.size(); ++column)
        at += code_point_at(line, at).size;
    const bool quoted =
        where.column != 0 && at < line.size() && (line[at] == '"' || line[at] == '\'') && !string.starts_with(line[at]);
    if (quoted) ++where.column;
    return where;
}

std::string Diagnostics::render(const DiagnosticPaint& paint, std::string_view program) const {
    std::string out;
    for (const Diagnostic& diagnostic : diagnostics_) render(diagnostic, paint, program, out);
    const std::size_t kept = diagnostics_.size();
    if (errors_ + warnings_ > kept) out += fmt::format("... and {} more\n", errors_ + warnings_ - kept);
    return out;
}

void Diagnostics::render(const Diagnostic& diagnostic, const DiagnosticPaint& paint, std::string_view program,
                         std::string& into) const {
    const auto show = [&](DiagnosticPart part, std::string_view text) {
        return paint ? paint(part, text) : std::string(text);
    };
    const Location& where = diagnostic.where;
    const auto source = sources_.find(where.file);
    const bool numbered = where.line != 0 && (source == sources_.end() || !source->second.pretended);
    const bool placed = !where.file.empty() || where.line != 0;
    if (!placed && !program.empty()) into += fmt::format("{}: ", program);
    if (placed) {
        std::string place = shown(where.file);
        if (numbered) {
            if (!place.empty()) place += ':';
            place += fmt::format("{}", where.line);
            if (where.column != 0) place += fmt::format(":{}", where.column);
        }
        into += show(DiagnosticPart::place, place + ':') + ' ';
    }
    into += diagnostic.severity == Severity::error ? show(DiagnosticPart::error, "error:")
                                                   : show(DiagnosticPart::warning, "warning:");
    into += ' ' + show(DiagnosticPart::message, shown(diagnostic.message)) + '\n';

    std::vector<Cell> cells = to_cells(line_of(where));
    if (!cells.empty() && diagnostic.quoted && may_quote(where)) {
        std::size_t begin = std::min<std::size_t>(where.column - 1, cells.size());
        std::size_t length = diagnostic.length;
        if (length == 0) length = begin < cells.size() ? word_length(cells, begin) : 1;
        std::size_t first = 0;
        std::size_t last = cells.size();
        if (cells.size() > kWidest) {
            first = begin > kWidest / 2 ? begin - kWidest / 2 : 0;
            last = std::min(cells.size(), first + kWidest);
        }
        std::string line = first > 0 ? "..." : "";
        std::size_t pad = line.size();
        std::size_t caret = 0;
        for (std::size_t i = first; i < last; ++i) {
            line += cells[i].text;
            if (i < begin) pad += cells[i].columns;
            if (i >= begin && i < begin + length) caret += cells[i].columns;
        }
        if (last < cells.size()) line += "...";
        caret = std::max<std::size_t>(caret, 1);
        into += show(DiagnosticPart::margin, numbered ? fmt::format("{:>5} | ", where.line) : "      | ") + line + '\n';
        into += show(DiagnosticPart::margin, "      | ") + std::string(pad, ' ') +
                show(DiagnosticPart::caret, '^' + std::string(caret - 1, '~')) + '\n';
    }
    if (!diagnostic.hint.empty()) {
        into += !placed && !program.empty() ? fmt::format("{}: ", program) : "  ";
        into += show(DiagnosticPart::hint, "hint:") + ' ' + shown(diagnostic.hint) + '\n';
    }
}

}  // namespace gw
