#include "libgw/term/table.h"

#include <algorithm>
#include <numeric>

#include "libgw/term/width.h"

namespace gw::term {

namespace {
constexpr std::size_t kGap = 2;
}  // namespace

void Table::add(std::vector<Cell> cells) {
    cells.resize(columns_.size(), Cell(""));
    for (Cell& cell : cells) cell.text = printable(cell.text);
    rows_.push_back(std::move(cells));
}

bool Table::titled() const {
    return std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); });
}

std::vector<std::size_t> Table::widths(std::size_t screen_width) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = display_width(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
        widths.push_back(width);
    }
    if (screen_width == 0 || widths.empty()) return widths;
    const std::size_t gaps = kGap * (widths.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), gaps) > screen_width) {
        // the widest of those that may be cut gives a column
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const bool may = columns_[i].least > 0 && widths[i] > columns_[i].least;
            if (may && (widest == widths.size() || widths[i] >= widths[widest])) widest = i;
        }
        if (widest == widths.size()) break;
        --widths[widest];
    }
    return widths;
}

std::string Table::text(const Screen& screen) const {
    const std::vector<std::size_t> columns = widths(screen.width);
    std::string out;
    const auto line = [&](const std::vector<Cell>& cells) {
        std::string text;
        std::size_t owed = 0;  // spaces before the next cell that is not empty
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string shown = shorten(cells[i].text, columns[i]);
            const std::size_t pad = columns[i] - display_width(shown);
            const bool right = columns_[i].align == Align::right;
            if (!shown.empty()) {
                text.append(owed + (right ? pad : 0), ' ');
                text += screen.style.paint(cells[i].paint, shown);
                owed = 0;
            }
            owed += kGap + (right && !shown.empty() ? 0 : pad);
        }
        out += text;
        out += '\n';
    };
    if (titled()) {
        std::vector<Cell> titles;
        titles.reserve(columns_.size());
        for (const Column& column : columns_) titles.emplace_back(column.title, Paint::bold);
        line(titles);
    }
    for (const auto& row : rows_) line(row);
    return out;
}

}  // namespace gw::term
