#include <algorithm>

#include <heddle/contracts/circuit_breaker.hpp>

namespace heddle::contracts::detail {
namespace {

using model = models::circuit_breaker;
using port = circuit_breaker_port;
using session = circuit_breaker_session;
using std::chrono::nanoseconds;

constexpr nanoseconds open_for(10);

// --- What a process does

model::admission try_acquire(port& breaker, session& own) {
  port::admission seen = breaker.try_acquire();
  if (seen.permit == nullptr) return seen.answer;
  if (breaker.left_over.is_main())
    breaker.left_over.add(std::move(seen.permit));
  else
    own.permits.push_back(std::move(seen.permit));
  return seen.answer;
}

// Which permit a call used up: it is the contract's choice, and the model is told.
struct permit_used {
  enum class holder : std::uint8_t { nobody, caller, first_calls };
  holder whose = holder::nobody;
  std::size_t position = 0;

  bool operator==(const permit_used&) const = default;
};

struct taken_permit {
  std::unique_ptr<port::held_permit> permit;
  permit_used which;
};

taken_permit take(port& breaker, session& own, std::size_t index) {
  const bool lent = own.permits.empty();
  auto [permit, position] = lent ? breaker.left_over.take(index) : take_right(own.permits, index);
  if (permit == nullptr) return {};
  const auto whose =
      lent && !breaker.left_over.is_main() ? permit_used::holder::first_calls : permit_used::holder::caller;
  return {std::move(permit), {whose, position}};
}

permit_used record(port& breaker, session& own, std::size_t index, model::outcome result) {
  const auto [permit, which] = take(breaker, own, index);
  if (permit != nullptr) permit->record(result);
  return which;
}

permit_used release(port& breaker, session& own, std::size_t index) {
  const auto [permit, which] = take(breaker, own, index);
  if (permit != nullptr) permit->release();
  return which;
}

// The call threw before anything was recorded: the permit goes out of scope.
permit_used drop(port& breaker, session& own, std::size_t index) {
  return take(breaker, own, index).which;
}

// --- What main does at the end

// More than any configuration admits or counts.
constexpr int enough = 8;

// How many calls may pass at once; leaves the breaker as a single try_acquire would.
int free_permits(port& breaker) {
  std::vector<std::unique_ptr<port::held_permit>> permits;
  while (permits.size() < enough) {
    port::admission seen = breaker.try_acquire();
    if (seen.permit == nullptr) break;
    permits.push_back(std::move(seen.permit));
  }
  for (const auto& permit : permits) permit->release();
  return static_cast<int>(permits.size());
}

int failures_to_open(port& breaker) {
  int failures = 0;
  for (; failures < enough && breaker.state() == model::circuit_state::closed; ++failures)
    if (const port::admission seen = breaker.try_acquire(); seen.permit != nullptr)
      seen.permit->record(model::outcome::failure);
  return failures;
}

// --- What it is for the model

bool may_record(model& m, caller who, std::size_t /*index*/, model::outcome result,
                const observed<permit_used>& seen) {
  if (!seen.returned()) return false;
  const auto [whose, position] = seen.value();
  switch (whose) {
    case permit_used::holder::caller:
      return m.record(who, position, result);
    case permit_used::holder::first_calls:
      return m.record_lent(position, result);
    case permit_used::holder::nobody:
      break;
  }
  return true;
}

bool may_release(model& m, caller who, std::size_t index, const observed<permit_used>& seen) {
  return may_record(m, who, index, model::outcome::ignored, seen);
}

int model_free_permits(model& m, caller who) {
  int permits = 0;
  while (permits < enough && m.try_acquire(who).answer == model::verdict::admitted) ++permits;
  for (int i = 0; i < permits; ++i) m.release(who, m.held[who.process].size() - 1);
  return permits;
}

int model_failures_to_open(const model& m) {
  return m.state() == model::circuit_state::closed ? m.failure_threshold - m.failures : 0;
}

generator<circuit_breaker_settings> settings() {
  using enum model::circuit_state;
  return combined(
      [](int failures, int permits, int successes, std::optional<nanoseconds> half_open_max,
         model::circuit_state starts) {
        return circuit_breaker_settings{failures,      open_for, permits, std::min(successes, permits),
                                        half_open_max, starts};
      },
      simplest_first<int>({1, 2, 2, 3}), simplest_first<int>({1, 2, 3}), simplest_first<int>({1, 2, 3}),
      simplest_first<std::optional<nanoseconds>>({std::nullopt, std::nullopt, 2 * open_for}),
      simplest_first<model::circuit_state>({closed, closed, half_open, open}));
}

model model_of(const circuit_breaker_settings& s, model::late_results late) {
  model m{.failure_threshold = s.failure_threshold,
          .open_for = s.open_for,
          .half_open_permits = s.half_open_permits,
          .success_threshold = s.success_threshold,
          .half_open_max = s.half_open_max,
          .late = late};
  m.enter(s.starts);
  return m;
}

}  // namespace

circuit_breaker_contract contract_of(const std::type_info& type, make_circuit_breaker make,
                                     model::late_results late, std::string name) {
  using enum model::outcome;
  using enum model::circuit_state;
  const auto position = simplest_first<std::size_t>({0, 1, 2});
  circuit_breaker_contract c(std::move(name));
  c.subject_is(type)
      .shape({.prefix_max = 8})
      .operation("try_acquire", &try_acquire, &model::try_acquire)
      .weight(45)
      .operation("record", &record, &may_record, position,
                 simplest_first<model::outcome>({failure, failure, success, ignored}))
      .weight(45)
      .operation("release", &release, &may_release, position)
      .weight(2)
      .operation("drop", &drop, &may_release, position)
      .weight(2)
      .operation("state", &port::state, &model::state)
      .weight(1)
      .operation("force", &port::force, &model::force,
                 simplest_first<model::circuit_state>({half_open, open, closed}))
      .weight(2)
      .configured_by(settings(), std::move(make),
                     [late](const circuit_breaker_settings& s) { return model_of(s, late); })
      .time_steps(simplest_first<nanoseconds>(
          {open_for + nanoseconds(1), nanoseconds(1), open_for - nanoseconds(1), open_for, 2 * open_for}))
      .finally("state", &port::state, &model::state)
      .finally("free_permits", &free_permits, &model_free_permits)
      .finally("failures_to_open", &failures_to_open, &model_failures_to_open);
  return c;
}

}  // namespace heddle::contracts::detail
