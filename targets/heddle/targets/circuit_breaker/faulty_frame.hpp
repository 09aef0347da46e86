// The parts of a breaker that most faulty variants get right; each variant hides the one that it gets wrong.
// Kept apart from the reference so that the reference reads, and may be copied, alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <variant>

#include <heddle/targets/circuit_breaker/api.hpp>

namespace heddle::targets::circuit_breaker {

/// `Variant` derives from faulty_frame<Variant> and may declare its own try_acquire() or count().
template <class Variant>
class faulty_frame {
 public:
  using permit = basic_permit<Variant>;
  using admission = std::variant<permit, rejected>;

  explicit faulty_frame(const config& settings) : config_(settings) { validate(settings); }

  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    if (const auto refused = current_.admit(config_, std::chrono::steady_clock::now())) return *refused;
    return issue();
  }

  void record(permit&& used, outcome result) {
    if (const auto generation = used.resolve()) self().count(*generation, result);
  }

  void release(permit&& unused) {
    if (const auto generation = unused.resolve()) give_back(*generation);
  }

  circuit_state state() const {
    const std::lock_guard lock(mutex_);
    return current_.state;
  }

  void force(circuit_state next) {
    const std::lock_guard lock(mutex_);
    current_.begin(next, std::chrono::steady_clock::now());
  }

 protected:
  permit issue() { return permit(self(), current_.generation); }

  void give_back(std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    current_.expire(config_, std::chrono::steady_clock::now());
    if (generation == current_.generation) current_.give_back();
  }

  void count(std::uint64_t generation, outcome result) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    if (generation == current_.generation) current_.count(result, config_, now);
  }

  const config config_;
  mutable std::mutex mutex_;
  episode current_;

 private:
  Variant& self() { return static_cast<Variant&>(*this); }
};

}  // namespace heddle::targets::circuit_breaker
