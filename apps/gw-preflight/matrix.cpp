#include "apps/gw-preflight/matrix.h"

#include <algorithm>

namespace gw::preflight {
namespace {

term::Cell cell_of(const Report& report) {
    if (report.error) return {"no answer", term::Paint::yellow};
    if (!report.allowed || (!*report.allowed && report.judged_status >= 500)) return {"unknown", term::Paint::yellow};
    if (!*report.allowed) return {report.code, term::Paint::red};
    if (!report.reads_errors()) return {"errors unreadable", term::Paint::red};
    return {"allowed", term::Paint::green};
}

}  // namespace

void Matrix::add(const Report& report) {
    const std::string& origin = report.request.origin.text();
    auto column = std::find(origins_.begin(), origins_.end(), origin);
    if (column == origins_.end()) column = origins_.insert(origins_.end(), origin);
    const auto index = static_cast<std::size_t>(column - origins_.begin());
    const std::string name =
        (report.method.empty() ? report.request.method : report.method) + " " + report.request.url.text();
    // checks come request by request: a row that has this cell already is another request of the same name
    if (rows_.empty() || rows_.back().name != name || rows_.back().cells.size() > index) rows_.push_back({name, {}});
    Row& row = rows_.back();
    while (row.cells.size() < index) row.cells.emplace_back("");
    row.cells.push_back(cell_of(report));
}

std::string Matrix::text(const term::Screen& screen) const {
    constexpr std::size_t kNarrowest = 12;
    std::vector<term::Column> columns{{"", term::Align::left, kNarrowest}};
    for (const std::string& origin : origins_) columns.push_back({origin, term::Align::left, kNarrowest});
    term::Table table(std::move(columns));
    for (const Row& row : rows_) {
        std::vector<term::Cell> cells{row.name};
        cells.insert(cells.end(), row.cells.begin(), row.cells.end());
        table.add(std::move(cells));
    }
    return table.text(screen);
}

}  // namespace gw::preflight
