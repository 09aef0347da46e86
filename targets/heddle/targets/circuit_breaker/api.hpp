// What every circuit breaker here shares: configuration, the caller's side of the interface, and the
// bookkeeping of one generation. A generation is the time between two changes of state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace heddle::targets::circuit_breaker {

enum class circuit_state : std::uint8_t {
  closed,     ///< calls pass
  open,       ///< calls are refused
  half_open,  ///< a few calls pass, as probes
};

/// What became of a call that was let through.
enum class outcome : std::uint8_t {
  success,
  failure,
  ignored,  ///< says nothing about the dependency: a client's own error, for instance
};

enum class refusal : std::uint8_t { open, half_open_full };

struct rejected {
  refusal why = refusal::open;
  /// While open: the shortest wait after which a probe may pass. Zero for half_open_full: as soon as a probe
  /// returns.
  std::chrono::nanoseconds retry_after{};

  bool operator==(const rejected&) const = default;
};

struct config {
  int failure_threshold = 5;  ///< consecutive failures that open the circuit
  std::chrono::nanoseconds open_for =
      std::chrono::seconds(30);  ///< probes pass when strictly more than this went by
  int half_open_permits = 3;     ///< probes at a time, successful ones included
  int success_threshold = 2;     ///< successful probes that close the circuit
  std::optional<std::chrono::nanoseconds> half_open_max =
      std::nullopt;  ///< half-open for longer opens the circuit
};

/// Throws std::invalid_argument unless failure_threshold ≥ 1, 1 ≤ success_threshold ≤ half_open_permits,
/// 0 ≤ open_for < nanoseconds::max() and 0 ≤ half_open_max.
inline void validate(const config& settings) {
  using std::chrono::nanoseconds;
  if (settings.failure_threshold < 1) throw std::invalid_argument("the failure threshold must be at least 1");
  if (settings.success_threshold < 1) throw std::invalid_argument("the success threshold must be at least 1");
  if (settings.success_threshold > settings.half_open_permits)
    throw std::invalid_argument("the success threshold must not exceed the half-open permits");
  if (settings.open_for < nanoseconds(0) || settings.open_for == nanoseconds::max())
    throw std::invalid_argument("the time in the open state must be finite and not negative");
  if (settings.half_open_max.value_or(nanoseconds(0)) < nanoseconds(0))
    throw std::invalid_argument("the longest time in the half-open state must not be negative");
}

/// The right to make one call. Resolved exactly once: by record(), by release(), or, if it goes out of scope
/// before, by its destructor, which releases it. Must not outlive its breaker.
template <class Breaker>
class basic_permit {
 public:
  basic_permit(Breaker& issuer, std::uint64_t generation) : issuer_(&issuer), generation_(generation) {}
  basic_permit(basic_permit&& other) noexcept
      : issuer_(std::exchange(other.issuer_, nullptr)), generation_(other.generation_) {}
  basic_permit& operator=(basic_permit&& other) noexcept {
    std::swap(issuer_, other.issuer_);
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~basic_permit() {
    if (issuer_ != nullptr) issuer_->release(std::move(*this));
  }

  /// For the breaker: gives up the right. The generation it was issued in, or nothing if it is resolved or
  /// moved from.
  std::optional<std::uint64_t> resolve() {
    if (std::exchange(issuer_, nullptr) == nullptr) return std::nullopt;
    return generation_;
  }

 private:
  Breaker* issuer_;
  std::uint64_t generation_;
};

/// State and counters of the current generation. Not thread-safe: guarded by its owner's lock.
struct episode {
  circuit_state state = circuit_state::closed;
  std::uint64_t generation = 0;                   // strictly increases
  std::chrono::steady_clock::time_point since{};  // when it began
  int failures = 0;                               // in a row, while closed
  int issued = 0;     // probes not given back, while half-open; ≤ half_open_permits
  int successes = 0;  // successful probes, while half-open; < success_threshold

  /// Begins a new generation: nothing is carried over.
  void begin(circuit_state next, std::chrono::steady_clock::time_point now) {
    *this = {.state = next, .generation = generation + 1, .since = now};
  }

  /// A half-open generation that took too long opens the circuit again, at the first call that notices.
  void expire(const config& settings, std::chrono::steady_clock::time_point now) {
    if (state == circuit_state::half_open && settings.half_open_max && now - since > *settings.half_open_max)
      begin(circuit_state::open, now);
  }

  /// Lets one call pass, or says why not. May begin the half-open generation.
  std::optional<rejected> admit(const config& settings, std::chrono::steady_clock::time_point now) {
    expire(settings, now);
    if (const auto refused = refuse_open(settings, now)) return refused;
    if (state == circuit_state::open) begin(circuit_state::half_open, now);
    if (state != circuit_state::half_open) return std::nullopt;
    if (issued >= settings.half_open_permits) return rejected{.why = refusal::half_open_full};
    ++issued;
    return std::nullopt;
  }

  /// "Elapsed" is strict: at exactly `open_for` a probe is still refused.
  std::optional<rejected> refuse_open(const config& settings,
                                      std::chrono::steady_clock::time_point now) const {
    const auto elapsed = now - since;
    if (state != circuit_state::open || elapsed > settings.open_for) return std::nullopt;
    return rejected{.why = refusal::open,
                    .retry_after = settings.open_for - elapsed + std::chrono::nanoseconds(1)};
  }

  /// The result of a permit of this generation, as it should be counted.
  void count(outcome result, const config& settings, std::chrono::steady_clock::time_point now) {
    if (state == circuit_state::closed)
      count_closed(result, settings, now);
    else if (state == circuit_state::half_open)
      count_probe(result, settings, now);
  }

  void count_closed(outcome result, const config& settings, std::chrono::steady_clock::time_point now) {
    if (result == outcome::success) failures = 0;
    if (result == outcome::failure && ++failures >= settings.failure_threshold)
      begin(circuit_state::open, now);
  }

  void count_probe(outcome result, const config& settings, std::chrono::steady_clock::time_point now) {
    if (result == outcome::ignored) give_back();
    if (result == outcome::failure) begin(circuit_state::open, now);
    if (result == outcome::success && ++successes >= settings.success_threshold)
      begin(circuit_state::closed, now);
  }

  /// A call that was let through was never made, or said nothing.
  void give_back() {
    if (issued > 0) --issued;
  }
};

}  // namespace heddle::targets::circuit_breaker
