#include <algorithm>
#include <chrono>
#include <limits>

#include <heddle/cli/pattern_models.hpp>
#include <heddle/models/bulkhead.hpp>
#include <heddle/models/circuit_breaker.hpp>
#include <heddle/models/rate_limiter_token_bucket.hpp>

namespace heddle::cli {
namespace {

using recorded::model_of;
using std::chrono::nanoseconds;

// --- How arguments and answers are written

// 1, 2, …
struct positive {
  std::int64_t count = 1;

  static positive decode(const value& v) {
    const bool fits = v.is(value::kind::integer) && v.as_integer() >= 1 &&
                      v.as_integer() <= std::numeric_limits<std::int32_t>::max();
    if (!fits) throw value_error("", "a number from 1 to 2147483647", to_text(v));
    return {v.as_integer()};
  }
};

// Not negative.
struct span_of_time {
  nanoseconds length{};

  static span_of_time decode(const value& v) {
    const auto length = from_value<nanoseconds>(v);
    if (length < nanoseconds(0)) throw value_error("", "a time that is not negative", to_text(v));
    return {length};
  }
};

// Whether a limiter let the call pass: `false`, or a reason or time to wait, says that it did not.
struct passage {
  bool granted = true;
  std::optional<nanoseconds> retry_after = std::nullopt;
  std::optional<models::circuit_breaker::verdict> because = std::nullopt;

  static passage decode(const value& v) {
    if (v == value::boolean(false)) return {.granted = false};
    if (!v.is(value::kind::text) && !v.is(value::kind::symbol)) return {};
    using verdict = models::circuit_breaker::verdict;
    for (const verdict why : {verdict::open, verdict::half_open_full})
      if (to_text(to_value(why)) == (v.is(value::kind::text) ? v.as_text() : v.as_symbol()))
        return {.granted = false, .because = why};
    return {.granted = false, .retry_after = from_value<nanoseconds>(v)};
  }
};

bool may_be(const observed<passage>& seen, bool granted, nanoseconds retry_after) {
  if (!seen.known()) return true;
  const passage& said = seen.value();
  return said.granted == granted && said.retry_after.value_or(retry_after) == retry_after;
}

// The settings that an object {"burst": 3, …} gives; those that it leaves out keep their values.
class settings {
 public:
  explicit settings(const value& given) : given_(given) {
    if (!given.is(value::kind::record) || given.names().size() != given.items().size())
      throw value_error("", "an object of settings", to_text(given));
  }

  template <class T>
  settings& read(std::string_view name, T& into) {
    known_ += (known_.empty() ? "" : ", ") + std::string(name);
    const auto names = given_.names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return *this;
    ++used_;
    const value& content = given_.items()[static_cast<std::size_t>(found - names.begin())];
    try {
      into = recorded::detail::decode<T>(content);
    } catch (const value_error& e) {
      throw value_error("", std::string(name) + " as " + e.expected(), to_text(content));
    }
    return *this;
  }

  /// No other settings, and `all_fit`, which is said in words.
  void finish(bool all_fit, const char* expectation) const {
    if (used_ != given_.names().size()) throw value_error("", "only " + known_, to_text(given_));
    if (!all_fit) throw value_error("", expectation, to_text(given_));
  }

 private:
  const value& given_;
  std::string known_;
  std::size_t used_ = 0;
};

// --- The models

// Histories of more than 146 years end then.
template <class Model>
void advance(Model& m, const span_of_time& by) {
  m.advance(std::min(by.length, nanoseconds::max() / 2 - m.now));
}

const recorded::operation_text advance_text = {"advance", "10 ms", "", "the clock has moved on"};

bool fills(std::int64_t tokens, nanoseconds each) {
  return each > nanoseconds(0) && tokens < nanoseconds::max() / each / 4;
}

using token_bucket = models::rate_limiter_token_bucket;

token_bucket token_bucket_of(const value& given) {
  token_bucket m;
  positive burst{m.burst};
  span_of_time per_token{m.per_token};
  settings all(given);
  all.read("burst", burst).read("per_token", per_token);
  all.finish(fills(burst.count, per_token.length), "a bucket that takes some time to fill, at most 73 years");
  m.burst = burst.count;
  m.per_token = per_token.length;
  return m;
}

bool try_acquire_tokens(token_bucket& m, std::uint64_t client, const positive& n,
                        const observed<passage>& seen) {
  const token_bucket::decision d = m.try_acquire(client, n.count);
  return may_be(seen, d.allowed, d.retry_after);
}

recorded::model token_bucket_model() {
  return model_of<token_bucket>("rate_limiter_token_bucket", "one bucket of tokens per client")
      .starts_from(R"(settings such as {"burst": 10, "per_token": "1 s"})", token_bucket_of)
      .operation<passage(std::uint64_t, positive)>(
          {"try_acquire", "[client n]", "false if refused, or the time to wait (\"10 ms\")"},
          &try_acquire_tokens)
      .operation<void(span_of_time)>(advance_text, &advance<token_bucket>)
      .finish();
}

using smooth_bucket = models::rate_limiter_token_bucket_smooth;

smooth_bucket smooth_bucket_of(const value& given) {
  smooth_bucket m;
  span_of_time interval{m.interval};
  settings all(given);
  all.read("max_stored", m.max_stored).read("interval", interval);
  all.finish(m.max_stored >= 0 && fills(m.max_stored, interval.length),
             "a max_stored that is not negative and takes some time to fill, at most 73 years");
  m.interval = interval.length;
  return m;
}

// What was granted in advance is limited, lest its product with the interval overflow.
bool is_payable(const smooth_bucket& m, const positive& n) {
  return n.count < (nanoseconds::max() - std::max(m.paid_at, nanoseconds(0))) / m.interval;
}

std::optional<nanoseconds> reserve(smooth_bucket& m, const positive& n) {
  return is_payable(m, n) ? std::optional(m.reserve(n.count)) : std::nullopt;
}

std::optional<nanoseconds> try_reserve(smooth_bucket& m, const positive& n, const span_of_time& max_wait) {
  return is_payable(m, n) ? m.try_reserve(n.count, max_wait.length) : std::nullopt;
}

recorded::model smooth_bucket_model() {
  return model_of<smooth_bucket>("rate_limiter_token_bucket_smooth",
                                 "tokens are granted in advance and paid for by those who come later")
      .starts_from(R"(settings such as {"max_stored": 1, "interval": "1 s"})", smooth_bucket_of)
      .operation<nanoseconds(positive)>({"reserve", "n", "the time to wait"}, &reserve)
      .operation<std::optional<nanoseconds>(positive, span_of_time)>(
          {"try_reserve", "[n max-wait]", "the time to wait, nil if longer"}, &try_reserve)
      .operation<void(span_of_time)>(advance_text, &advance<smooth_bucket>)
      .finish();
}

using circuit_breaker = models::circuit_breaker;

circuit_breaker circuit_breaker_of(const value& given) {
  circuit_breaker m;
  span_of_time open_for{m.open_for};
  settings all(given);
  all.read("failure_threshold", m.failure_threshold)
      .read("open_for", open_for)
      .read("half_open_permits", m.half_open_permits)
      .read("success_threshold", m.success_threshold)
      .read("half_open_max", m.half_open_max)
      .read("late", m.late);
  all.finish(m.failure_threshold >= 1 && m.half_open_permits >= 1 && m.success_threshold >= 1 &&
                 m.half_open_max.value_or(nanoseconds(0)) >= nanoseconds(0),
             "thresholds and permits of at least 1, no negative times");
  m.open_for = open_for.length;
  return m;
}

bool ask_breaker(circuit_breaker& m, caller who, const observed<passage>& seen) {
  const circuit_breaker::admission a = m.try_acquire(who);
  if (!may_be(seen, a.answer == circuit_breaker::verdict::admitted, a.retry_after)) return false;
  return !seen.known() || seen.value().because.value_or(a.answer) == a.answer;
}

bool record(circuit_breaker& m, caller who, circuit_breaker::outcome what, const observed<void>&) {
  return m.record(who, 0, what);
}

recorded::model circuit_breaker_model() {
  return model_of<circuit_breaker>("circuit_breaker", "refuses calls for a while after failures in a row")
      .starts_from(R"(settings such as {"failure_threshold": 5, "open_for": "30 s", "half_open_permits": 3, )"
                   R"("success_threshold": 2, "half_open_max": null, "late": "drop_by_generation"})",
                   circuit_breaker_of)
      .operation<passage()>(
          {"try_acquire", "", "false if refused, or why (\"open\", \"half_open_full\", \"10 ms\")"},
          &ask_breaker)
      .operation<void(circuit_breaker::outcome)>({"record", "success, failure or ignored", ""}, &record)
      .operation<circuit_breaker::circuit_state()>({"state", "", "closed, open or half_open"},
                                                   &circuit_breaker::state)
      .operation<void(circuit_breaker::circuit_state)>({"force", "closed, open or half_open", ""},
                                                       &circuit_breaker::force)
      .operation<void(span_of_time)>(advance_text, &advance<circuit_breaker>)
      .finish();
}

using bulkhead = models::bulkhead;

bulkhead bulkhead_of(const value& given) {
  bulkhead m;
  settings all(given);
  all.read("max_concurrent", m.max_concurrent)
      .finish(m.max_concurrent >= 1, "a max_concurrent of at least 1");
  return m;
}

bool enter(bulkhead& m, caller who, const observed<bool>& seen) {
  return seen.may_be(m.try_acquire(who) == bulkhead::acquire_result::granted);
}

bool leave(bulkhead& m, caller who, const observed<void>&) {
  return m.release(who, 0);
}

recorded::model bulkhead_model() {
  return model_of<bulkhead>("bulkhead", "at most so many at once; without a queue")
      .starts_from(R"(settings such as {"max_concurrent": 10})", bulkhead_of)
      .operation<bool()>({"try_acquire", "", "false if it was full"}, &enter)
      .operation<void()>({"release", "", ""}, &leave)
      .finish();
}

}  // namespace

std::vector<recorded::model> pattern_models() {
  std::vector<recorded::model> all;
  all.push_back(token_bucket_model());
  all.push_back(smooth_bucket_model());
  all.push_back(circuit_breaker_model());
  all.push_back(bulkhead_model());
  return all;
}

}  // namespace heddle::cli
