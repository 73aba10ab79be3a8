#include "tests/structure/requirement.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace gw::structure {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"**proved**", "**in part**", "**not built**"};
constexpr std::string_view kSpaces = " \t\n";

/// The literal that begins at `at`, behind white space; moves behind it. False when none does.
bool take_literal(std::string_view text, std::size_t& at, std::string& into) {
    const std::size_t begin = text.find_first_not_of(kSpaces, at);
    if (begin == text.npos || text[begin] != '"') return false;
    std::size_t end = begin + 1;
    for (; end < text.size() && text[end] != '"'; ++end) {
        if (text[end] == '\\') ++end;
        if (end < text.size()) into += text[end];
    }
    at = end + 1;
    return true;
}

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kSpaces);
    if (begin == text.npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1));
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    for (std::size_t at = 1; at < line.size();) {
        const std::size_t end = std::min(line.find('|', at), line.size());
        cells.push_back(trimmed(line.substr(at, end - at)));
        at = end + 1;
    }
    return cells;
}

/// A proof as it is read: the file that names stand for, and how many it has.
class Proof {
  public:
    Proof(const std::vector<Source>& tree, const std::function<bool(const std::string&)>& exists)
        : tree_(tree), exists_(exists) {}

    /// What is wrong with the cell.
    std::vector<std::string> read(std::string_view cell) {
        for (std::size_t at = 0; at < cell.size();) {
            const char mark = cell[at];
            const std::size_t end = cell.find(mark, at + 1);
            if ((mark != '`' && mark != '"') || end == cell.npos) {
                if (std::string_view(" ,;").find(mark) == std::string_view::npos) {
                    problems_.push_back("'" + std::string(cell.substr(at, 20)) + "' is neither `path` nor \"case\"");
                    return problems_;
                }
                ++at;
                continue;
            }
            const std::string text(cell.substr(at + 1, end - at - 1));
            mark == '`' ? take_path(text) : take_case(text);
            at = end + 1;
        }
        finish();
        return problems_;
    }
    [[nodiscard]] bool is_empty() const { return paths_ == 0; }

  private:
    void take_path(const std::string& path) {
        finish();
        ++paths_;
        path_ = path;
        cases_ = 0;
        const auto is_it = [&](const Source& source) { return source.path == "tests/" + path; };
        const auto found = std::find_if(tree_.begin(), tree_.end(), is_it);
        source_ = found == tree_.end() ? nullptr : &*found;
        if (source_ == nullptr && !exists_("tests/" + path) && !exists_(path))
            problems_.push_back("there is no " + path);
    }
    void take_case(const std::string& name) {
        ++cases_;
        if (source_ == nullptr) {
            problems_.push_back("\"" + name + "\" stands behind no source");
            return;
        }
        const auto names = find_test_cases(source_->text);
        if (std::find(names.begin(), names.end(), name) == names.end())
            problems_.push_back(path_ + " has no \"" + name + "\"");
    }
    void finish() {
        if (source_ == nullptr || cases_ > 0 || !path_.ends_with("_test.cpp")) return;
        if (find_test_cases(source_->text).empty()) problems_.push_back(path_ + " holds no test case");
    }

    const std::vector<Source>& tree_;
    const std::function<bool(const std::string&)>& exists_;
    std::vector<std::string> problems_;
    std::string path_;
    const Source* source_ = nullptr;
    std::size_t cases_ = 0;
    std::size_t paths_ = 0;
};

}  // namespace

std::vector<std::string> find_test_cases(std::string_view text) {
    constexpr std::string_view kMark = "TEST_CASE(";
    std::vector<std::string> names;
    for (std::size_t at = text.find(kMark); at != text.npos; at = text.find(kMark, at)) {
        at += kMark.size();
        std::string name;
        while (take_literal(text, at, name)) {
        }
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

Findings check_requirements(const Source& document, int last, const std::vector<Source>& tree,
                            const std::function<bool(const std::string&)>& exists) {
    Findings findings;
    std::istringstream lines(document.text);
    int expected = 1;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (!line.starts_with("| R-")) continue;
        const auto tell = [&](const std::string& problem) {
            findings.push_back(document.path + ":" + std::to_string(number) + ": " + problem);
        };
        const std::vector<std::string> cells = cells_of(line);
        if (cells.size() != 4) {
            tell("a row has four cells");
            continue;
        }
        const std::string id = "R-" + std::to_string(expected++);
        if (cells[0] != id) tell(cells[0] + " stands where " + id + " is expected");
        if (cells[1].empty()) tell("what is required is not said");
        const auto is_of = [&](std::string_view state) { return cells[3].starts_with(state); };
        if (std::none_of(kStates.begin(), kStates.end(), is_of)) tell("the state is none");
        const bool is_built = !is_of(kStates.back());
        if (cells[3] == kStates[1] || cells[3] == kStates[2]) tell("what is missing is not said");
        Proof proof(tree, exists);
        for (const std::string& problem : proof.read(cells[2] == "–" ? std::string() : cells[2])) tell(problem);
        if (proof.is_empty() == is_built) tell(is_built ? "no proof" : "what is not built has no proof");
    }
    if (expected != last + 1) findings.push_back(document.path + ": it ends before R-" + std::to_string(last));
    return findings;
}

}  // namespace gw::structure
