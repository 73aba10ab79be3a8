#pragma once
// What the policies found on the way, for somebody who asked why.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gw {

/// The lines of `explain`, in the order in which the stages spoke.
/// Invariant: at most kMaxLines lines of at most kMaxText bytes; what does not fit is cut and counted.
class Trace {
  public:
    static constexpr std::size_t kMaxLines = 128;
    static constexpr std::size_t kMaxText = 1024;

    /// One thing that one stage found.
    struct Line {
        std::string_view stage;  ///< a static word: "route", "throttle", "target"
        std::string text;
    };

    /// Requires: `stage` outlives the trace.
    void add(std::string_view stage, std::string text) {
        if (lines_.size() == kMaxLines) {
            ++dropped_;
            return;
        }
        if (text.size() > kMaxText) text.resize(kMaxText);
        lines_.push_back({stage, std::move(text)});
    }
    [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }
    /// Lines that were said after the last one that fitted.
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

  private:
    std::vector<Line> lines_;
    std::size_t dropped_ = 0;
};

/// Adds what `say()` returns when `trace` is there; else calls nothing, so that a request nobody asked about pays
/// nothing.
template <class Say>
void note(Trace* trace, std::string_view stage, Say&& say) {
    if (trace != nullptr) trace->add(stage, std::forward<Say>(say)());
}

}  // namespace gw
