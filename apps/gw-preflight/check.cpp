#include "apps/gw-preflight/check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gw::preflight {
namespace {

std::string text_of(const cors::Outgoing& out) {
    std::string text = fmt::format("{} {}\n", out.method, out.url.text());
    for (const cors::Field& field : out.fields) text += fmt::format("{}: {}\n", field.name, field.value);
    return text;
}

/// Of one browser it is its own verdict. Of all it is what has to be mended first: the status of a preflight before
/// what the answer says of origins, whichever a browser looks at first.
cors::Judgement told(cors::Judgement verdict, std::uint16_t status, bool of_all) {
    using cors::Code;
    const bool of_origin = verdict.code >= Code::preflight_wildcard_origin_not_allowed &&
                           verdict.code <= Code::preflight_invalid_allow_credentials;
    if (of_all && of_origin && !cors::is_ok_status(status)) return {Code::preflight_invalid_status};
    return verdict;
}

}  // namespace

int exit_of(const Report& report, bool expects_allow) {
    if (report.error) return program::kNetwork;
    if (!report.allowed) return program::kCannotTell;
    if (!*report.allowed && report.judged_status >= 500) return program::kCannotTell;
    return (*report.allowed && report.reads_errors()) == expects_allow ? program::kYes : program::kNo;
}

bool Report::reads_errors() const {
    return std::all_of(errors.begin(), errors.end(),
                       [](const ErrorAnswer& each) { return !each.is_error() || each.verdict.is_fine(); });
}

Check::Check(Wire& wire, const Plan& plan, const Options& options, const Wanted& wanted, Done done)
    : wire_(wire), plan_(plan), options_(options), wanted_(wanted), courier_(wire), done_(std::move(done)) {
    report_.request = wanted.request;
}

void Check::next_engine() {
    if (engine_ == plan_.engines.size()) return judge();
    fetch_.emplace(report_.request, plan_.engines[engine_]);
    last_.reset();
    times_.clear();
    if (engine_ == 0 || (fetch_->needs_preflight() && !report_.needs_preflight)) {
        report_.method = fetch_->method();
        report_.cross_origin = fetch_->is_cross_origin();
        report_.needs_preflight = fetch_->needs_preflight();
        report_.unsafe_names = fetch_->unsafe_names();
        report_.left_out = fetch_->left_out();
    }
    if (fetch_->is_over() && fetch_->verdict().code == cors::Code::network_error) {
        report_.error = Error{Errc::connect, report_.request.url.text() + ": " + fetch_->verdict().about, {}, {}};
        return finish();
    }
    go_on();
}

void Check::go_on() {
    while (const auto out = fetch_->next()) {
        if (!out->preflight && !wanted_.sends_actual) break;
        const std::string text = text_of(*out);
        const std::string key =
            fmt::format("{}{}", ++times_[text], text);  // what one browser sends twice is sent twice
        const auto known = answers_.find(key);
        if (known != answers_.end()) {
            take(*out, known->second);
            continue;
        }
        courier_.send(*out, wanted_.body, [this, key, out = *out](Result<Answer> came) {
            if (!came) {
                report_.error = std::move(came).error();
                return finish();
            }
            answers_.emplace(key, *came);
            report_.exchanges.push_back({out, *came});
            take(out, *came);
            go_on();
        });
        return;
    }
    finish_engine();
}

void Check::take(const cors::Outgoing& out, const Answer& answer) {
    Half& half = out.preflight ? report_.preflight : report_.actual;
    if (!half.sent || !out.preflight) {
        half.status = answer.status;
        half.took = answer.took;
    }
    half.sent = true;
    last_ = Exchange{out, answer};
    fetch_->feed({answer.status, &answer.fields}, wire_.loop().now());
    const bool fine = !fetch_->is_over() || fetch_->verdict().is_fine();
    half.allowed = half.allowed.value_or(true) && fine;
}

void Check::finish_engine() {
    const std::string_view name = to_text(plan_.engines[engine_]);
    if (fetch_->is_over() && !fetch_->verdict().is_fine()) {
        report_.blocked_by.emplace_back(name);
        if (report_.verdict.is_fine()) {
            report_.judged_status = last_ ? last_->answer.status : 0;
            report_.verdict = told(fetch_->verdict(), report_.judged_status, plan_.engines.size() > 1);
            cors::Symptom symptom;
            symptom.verdict = report_.verdict;
            symptom.origin = report_.request.origin.text();
            symptom.method = fetch_->method();
            symptom.asked = fetch_->unsafe_names();
            symptom.credentials = report_.request.credentials == cors::Credentials::include;
            symptom.preflight = last_ && last_->request.preflight;
            symptom.status = report_.judged_status;
            symptom.url = last_ ? last_->request.url.text() : report_.request.url.text();
            if (last_) symptom.location = cors::combined(last_->answer.fields, "location");
            report_.advice = cors::advise(symptom);
        }
    } else if (fetch_->is_over() && (!report_.readable || fetch_->readable().size() < report_.readable->size())) {
        report_.readable = fetch_->readable();
    }
    ++engine_;
    next_engine();
}

/// What all browsers came to together.
void Check::judge() {
    if (!report_.blocked_by.empty()) {
        report_.allowed = false;
        report_.code = to_text(report_.verdict.code);
        report_.readable.reset();
    } else if (report_.readable || report_.preflight.sent) {
        report_.allowed = true;
    }
    for (const std::string& name : options_.expose) {
        if (!report_.readable || cors::contains_ignoring_case(*report_.readable, name)) continue;
        report_.allowed = false;
        report_.code = "HeaderNotReadable";
        const bool there = last_ && cors::combined(last_->answer.fields, name).has_value();
        report_.advice = {there ? fmt::format("{} is there, and the page cannot read it", name)
                                : fmt::format("the answer has no {}", name),
                          {}};
        if (there) report_.advice.fix = {"answer with", "Access-Control-Expose-Headers: " + name};
        break;
    }
    if (options_.errors && report_.cross_origin && report_.verdict.code != cors::Code::invalid_request)
        provocations_ = make_provocations(report_.request, plan_.stranger);
    provoke();
}

/// The next error, unless one of its kind has come already.
void Check::provoke() {
    const auto has_come = [this](std::uint16_t wanted) {
        return std::any_of(report_.errors.begin(), report_.errors.end(), [wanted](const ErrorAnswer& each) {
            return each.provocation.wanted == wanted && each.is_error();
        });
    };
    while (provoked_ < provocations_.size() && has_come(provocations_[provoked_].wanted)) ++provoked_;
    if (provoked_ == provocations_.size()) return finish();
    const Provocation& next = provocations_[provoked_++];
    courier_.send(next.request, {}, [this, next](Result<Answer> came) {
        if (!came) {
            report_.error = std::move(came).error();
            return finish();
        }
        report_.exchanges.push_back({next.request, *came});
        take_error(next, *came);
        provoke();
    });
}

void Check::take_error(Provocation provocation, const Answer& answer) {
    ErrorAnswer error{std::move(provocation), answer.status, {}};
    const std::string origin = report_.request.origin.text();
    error.verdict = cors::check_access(answer.fields, origin, report_.request.credentials);
    if (error.is_error() && !error.verdict.is_fine() && report_.error_advice.cause.empty()) {
        cors::Symptom symptom;
        symptom.verdict = error.verdict;
        symptom.origin = origin;
        symptom.method = error.provocation.request.method;
        symptom.credentials = report_.request.credentials == cors::Credentials::include;
        symptom.status = answer.status;
        symptom.url = error.provocation.request.url.text();
        report_.error_advice = cors::advise(symptom);
    }
    report_.errors.push_back(std::move(error));
}

void Check::finish() {
    Done done = std::exchange(done_, nullptr);
    if (done) done(std::move(report_));
}

}  // namespace gw::preflight
