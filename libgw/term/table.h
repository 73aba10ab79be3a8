#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libgw/term/style.h"

namespace gw::term {

enum class Align : std::uint8_t { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
    /// On a narrow terminal the column is cut down to this many columns, and not below; 0: it is never cut.
    std::size_t least = 0;
};

struct Cell {
    std::string text;
    Paint paint = Paint::plain;
    Cell(std::string words, Paint how = Paint::plain) : text(std::move(words)), paint(how) {}
    Cell(const char* words, Paint how = Paint::plain) : text(words), paint(how) {}
};

/// Where the table is shown.
struct Screen {
    std::size_t width = 0;  ///< columns of the terminal; 0: not a terminal, nothing is cut
    Style style;
};

/// Columns under each other, two spaces between them. Widths are those that are seen, not bytes.
class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// Cells that are missing are empty. Requires: no more cells than columns. Control characters are shown as U+FFFD.
    void add(std::vector<Cell> cells);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Lines, each with its line feed and without spaces at its end. The titles stand above unless all are empty.
    [[nodiscard]] std::string text(const Screen& screen) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t screen_width) const;
    [[nodiscard]] bool titled() const;
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace gw::term
