#pragma once
// Two rates by tests that may be looked at whenever one likes. Every request is a trial that goes well or badly; the
// canary does harm when more of its trials go badly.
//
// Facts
// - An e-variable is a non-negative statistic whose expectation is at most 1 whatever the null hypothesis allows. The
//   product of e-variables of successive blocks, each fixed before its block is seen, exceeds 1/alpha at any time with
//   probability at most alpha (Ville 1939). Hence no price is paid for looking.
// - For a convex set of rates (a, b) and an alternative that was fixed before the block, the likelihood of the
//   alternative over that of the point of the set which is nearest in Kullback-Leibler divergence is such a variable:
//   Turner, Ly, Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping"
//   (Journal of Statistical Planning and Inference 230, 2024). It is exact for blocks of any size, and the rates of
//   each block may be others than those of the block before.
// - Sets that are half planes bound how much worse the canary may be, and inverting the tests bounds the effect:
//   Turner, Grünwald, "Exact anytime-valid confidence intervals for contingency tables and beyond" (Statistics &
//   Probability Letters 198, 2023).
// - Alternatives are mixed with fixed weights, as in the mixture sequential probability ratio test: Robbins,
//   "Statistical methods related to the law of the iterated logarithm" (Annals of Mathematical Statistics 41, 1970);
//   Johari, Koomen, Pekelis, Walsh, "Always valid inference" (Operations Research 70, 2022).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gw::canary {

/// Requests, and those that went badly. Invariant: bad <= count.
struct Trials {
    std::uint64_t count = 0;
    std::uint64_t bad = 0;
    [[nodiscard]] double rate() const { return count == 0 ? 0 : static_cast<double>(bad) / static_cast<double>(count); }
    friend Trials operator+(const Trials& a, const Trials& b) { return {a.count + b.count, a.bad + b.bad}; }
    friend bool operator==(const Trials&, const Trials&) = default;
};

/// What came between two looks. How many there are of each arm must not depend on how they went.
struct Block {
    Trials stable;
    Trials canary;
    friend Block operator+(const Block& a, const Block& b) { return {a.stable + b.stable, a.canary + b.canary}; }
    friend bool operator==(const Block&, const Block&) = default;
};

/// How much higher the canary's rate is than the stable one: by so much (0.002 = 0.2 pp), or by so much of it
/// (0.2 = 20 %).
struct Margin {
    enum class Kind : std::uint8_t { absolute, relative };
    Kind kind = Kind::absolute;
    double value = 0;
    /// The canary's rate that is exactly so much higher. It need not be a rate.
    [[nodiscard]] double above(double stable) const {
        return kind == Kind::absolute ? stable + value : stable * (1 + value);
    }
    friend bool operator==(const Margin&, const Margin&) = default;
};

/// The rates within the null hypothesis that are nearest to an alternative.
struct Rates {
    double stable = 0;
    double canary = 0;
};
/// Of those on the margin's line, by the divergence of a block of that size. Requires: all counts and rates positive,
/// rates less than 1, and that the line crosses the unit square.
Rates project(double stable_count, double canary_count, const Rates& alternative, const Margin& margin);

/// Logarithm of the e-variable of one block against all rates beyond the margin's line, seen from the alternative.
/// Requires: as project(), and both arms have trials.
double log_e_variable(const Block& block, const Rates& alternative, const Margin& margin);

/// Evidence that the canary is on one side of a margin, against all that the other side allows.
class Evidence {
  public:
    enum class Side : std::uint8_t {
        worse,  ///< more than the margin above stable; the null hypothesis: at most that
        fine    ///< less than the margin above stable; the null hypothesis: at least that
    };
    /// `expected`: where the canary's rate is likely to be, if it is on this side. Half of the weight lies there.
    Evidence(Side side, const Margin& margin, const std::optional<Margin>& expected = {});

    /// A block in which one arm has no trials waits for the next.
    void add(const Block& block);
    /// Natural logarithm; at log(1/alpha) the null hypothesis is refuted at that level, once and for all.
    [[nodiscard]] double log_value() const;
    /// The largest that log_value() ever was.
    [[nodiscard]] double log_peak() const { return peak_; }

  private:
    static constexpr std::size_t kGrid = 16;
    static constexpr std::size_t kAlternatives = kGrid + 1;
    [[nodiscard]] std::optional<Rates> alternative(std::size_t index, double stable) const;
    [[nodiscard]] double log_factor(std::size_t index, const Block& block) const;

    Side side_;
    Margin margin_;
    std::optional<Margin> expected_;
    std::array<double, kAlternatives> logs_{};  ///< weight and evidence of each alternative
    Trials known_;                              ///< of stable, before the next block
    Block waiting_;
    double peak_ = 0;
};

/// What evidence amounts to.
enum class Answer : std::uint8_t { inconclusive, promote, rollback };
/// "inconclusive", "promote", "roll back"
std::string_view to_text(Answer answer);

/// What a comparison is to find out.
struct Question {
    std::optional<Margin> max_worse;  ///< harm beyond it is rolled back, less is promoted; without it any harm is
    std::optional<Margin> detect;     ///< the smallest harm that matters: what is less is promoted
    double alpha_worse = 0.05;        ///< probability of ever rolling back a canary that does no such harm
    double alpha_fine = 0.05;         ///< probability of ever promoting one that does
};

/// Both sides of one question.
class Comparison {
  public:
    /// Harm that matters by default: half a percentage point, or half of the stable rate where that is more.
    static constexpr Margin kLeastHarm{Margin::Kind::absolute, 0.005};
    static constexpr Margin kLeastPart{Margin::Kind::relative, 0.5};

    explicit Comparison(const Question& question);
    void add(const Block& block);
    /// An answer stays, but harm that shows later is still harm. Both at once: roll back.
    [[nodiscard]] Answer answer() const { return answer_; }
    /// Natural logarithms of the evidence, and what each has to reach.
    [[nodiscard]] double log_worse() const { return worse_.log_value(); }
    [[nodiscard]] double log_fine() const;
    [[nodiscard]] double needed_worse() const;
    [[nodiscard]] double needed_fine() const;
    /// About how many more requests of both arms an answer takes, when rates and shares stay as they were; nothing
    /// where there is an answer, or no end in sight.
    [[nodiscard]] std::optional<double> more() const;

  private:
    Question question_;
    Evidence worse_;
    Evidence fine_;
    std::optional<Evidence> fine_part_;  ///< of the harm that matters by default, which has two margins
    Block all_;
    Answer answer_ = Answer::inconclusive;
};

/// How much higher the canary's rate is. In the limits it lies at all times together with probability 1 - alpha.
struct Effect {
    Margin::Kind kind = Margin::Kind::absolute;
    double estimate = 0;
    double low = 0;
    double high = 0;
};
/// Nothing while one arm has no trials, or where stable has nothing bad to be compared with (relative).
std::optional<Effect> effect_of(std::span<const Block> blocks, Margin::Kind kind, double alpha);

/// By how much the logarithm of the evidence grows with each request at these rates, when that share of them is the
/// canary's and the alternative is known; 0 where it does not.
double growth(Evidence::Side side, const Margin& margin, const Rates& rates, double share);

}  // namespace gw::canary
