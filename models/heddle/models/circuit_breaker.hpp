// Sequential model of the circuit breaker with generations and half-open permits.
//
// Permits belong to the process that acquired them, in the order of acquisition, and are named by their
// position there; a position that does not exist has no effect and answers false. Those of process 0, which
// calls before all others, may be lent to others; its positions then stay. Of a permit's generation only one
// thing can still matter, whether it is the current one, so that is what the state keeps: equal futures are
// equal states.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <heddle/linearizability/model.hpp>

namespace heddle::models {

/// Deterministic. Precondition: 1 ≤ success_threshold ≤ half_open_permits, failure_threshold ≥ 1.
struct circuit_breaker {
  enum class circuit_state : std::uint8_t { closed, open, half_open };
  enum class outcome : std::uint8_t { success, failure, ignored };
  enum class verdict : std::uint8_t { admitted, open, half_open_full };

  struct admission {
    verdict answer = verdict::admitted;
    std::chrono::nanoseconds
        retry_after{};  ///< if open, the shortest wait until a probe may pass; otherwise zero

    bool operator==(const admission&) const = default;
  };

  /// What becomes of a result that arrives after a change of state.
  enum class late_results : std::uint8_t {
    drop_by_generation,  ///< nothing (sony/gobreaker)
    count_in_current,    ///< it counts in the state it meets (Resilience4j; any breaker told only success or
                         ///< failure)
  };

  enum class permit : std::uint8_t { current, stale, used };

  int failure_threshold = 5;
  std::chrono::nanoseconds open_for = std::chrono::seconds(30);
  int half_open_permits = 3;
  int success_threshold = 2;
  std::optional<std::chrono::nanoseconds> half_open_max = std::nullopt;
  late_results late = late_results::drop_by_generation;

  std::chrono::nanoseconds now{};
  circuit_state current = circuit_state::closed;
  std::chrono::nanoseconds
      since{};        ///< when the state was entered; zero while closed, where it does not matter
  int failures = 0;   ///< in a row, while closed
  int issued = 0;     ///< probes not given back, while half-open
  int successes = 0;  ///< of probes, while half-open
  std::map<std::uint32_t, std::vector<permit>> held{};  ///< per process

  void advance(std::chrono::nanoseconds d) { now += d; }

  admission try_acquire(caller who) {
    expire();
    if (current == circuit_state::open) {
      const auto elapsed = now - since;
      if (elapsed <= open_for) return {verdict::open, open_for - elapsed + std::chrono::nanoseconds(1)};
      enter(circuit_state::half_open);
    }
    if (current == circuit_state::half_open) {
      if (issued >= half_open_permits) return {verdict::half_open_full};
      ++issued;
    }
    held[who.process].push_back(permit::current);
    return {};
  }

  /// False if the caller holds no such permit.
  bool record(caller who, std::size_t index, outcome result) {
    const auto own = held.find(who.process);
    if (own == held.end() || index >= own->second.size()) return false;
    expire();
    const permit used = take(own->second, index);
    if (own->second.empty()) held.erase(own);
    if (used == permit::current || late == late_results::count_in_current) count(result);
    return true;
  }

  /// Gives a permit back unused. False if the caller holds no such permit.
  bool release(caller who, std::size_t index) { return record(who, index, outcome::ignored); }

  /// Another process uses up the index-th permit of process 0. False if that is used up already or never was.
  bool record_lent(std::size_t index, outcome result) {
    const auto lender = held.find(0);
    if (lender == held.end() || index >= lender->second.size()) return false;
    expire();
    permit& lent = lender->second[index];
    if (lent == permit::used) return false;
    const permit taken = std::exchange(lent, permit::used);
    if (taken == permit::current || late == late_results::count_in_current) count(result);
    return true;
  }

  /// Pure: open stays open until a call asks to pass.
  circuit_state state() const { return current; }

  void force(circuit_state next) { enter(next); }

  /// Begins a generation: nothing is carried over, permits that are out are void.
  void enter(circuit_state next) {
    current = next;
    since = next == circuit_state::closed ? std::chrono::nanoseconds{} : now;
    failures = issued = successes = 0;
    for (auto& [process, permits] : held)
      for (permit& each : permits)
        if (each == permit::current) each = permit::stale;
  }

  void expire() {
    if (current == circuit_state::half_open && half_open_max && now - since > *half_open_max)
      enter(circuit_state::open);
  }

  void count(outcome result) {
    if (current == circuit_state::closed) {
      if (result == outcome::success) failures = 0;
      if (result == outcome::failure && ++failures >= failure_threshold) enter(circuit_state::open);
    } else if (current == circuit_state::half_open) {
      if (result == outcome::ignored && issued > 0) --issued;
      if (result == outcome::failure) enter(circuit_state::open);
      if (result == outcome::success && ++successes >= success_threshold) enter(circuit_state::closed);
    }
  }

  static permit take(std::vector<permit>& permits, std::size_t index) {
    const auto position = permits.begin() + static_cast<std::ptrdiff_t>(index);
    const permit taken = *position;
    permits.erase(position);
    return taken;
  }

  bool operator==(const circuit_breaker&) const = default;
};

}  // namespace heddle::models
