// Small deciders for tests of the run-time, and its results as text.
#pragma once

#include <sstream>
#include <string>

#include <heddle/runtime/runtime.hpp>

namespace runtime_tests {

/// Every enabled thread, and the clock, with equal chances (xorshift64, Marsaglia 2003).
class random_chooser : public heddle::runtime::chooser {
 public:
  explicit random_chooser(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
  heddle::runtime::thread_id choose_thread(const heddle::runtime::choice_point& point) override {
    return point.enabled[next() % point.enabled.size()];
  }
  std::uint32_t choose_alternative(std::uint32_t count) override {
    return static_cast<std::uint32_t>(next() % count);
  }

 private:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ >> 11;
  }
  std::uint64_t state_;
};

/// Never leaves a thread that can go on; then the oldest, or the youngest; the clock last.
class unfair_chooser : public heddle::runtime::chooser {
 public:
  explicit unfair_chooser(bool youngest = false) : youngest_(youngest) {}
  heddle::runtime::thread_id choose_thread(const heddle::runtime::choice_point& point) override {
    if (point.current_enabled) return point.current;
    std::size_t threads = point.enabled.size();
    if (point.enabled[threads - 1] == heddle::runtime::clock_thread) --threads;
    return point.enabled[youngest_ ? threads - 1 : 0];
  }
  std::uint32_t choose_alternative(std::uint32_t count) override { return youngest_ ? count - 1 : 0; }

 private:
  bool youngest_;
};

inline const char* name_of(heddle::runtime::ending how) {
  using heddle::runtime::ending;
  switch (how) {
    case ending::completed:
      return "completed";
    case ending::deadlock:
      return "deadlock";
    case ending::step_budget:
      return "step budget";
    case ending::uncaught_exception:
      return "uncaught exception";
    case ending::aborted:
      return "aborted";
    case ending::crashed:
      return "crashed";
    case ending::stack_overflow:
      return "stack overflow";
    case ending::use_after_free:
      return "use after free";
    default:
      return "too many threads";
  }
}

inline std::string describe(const heddle::runtime::result& outcome) {
  std::ostringstream text;
  text << name_of(outcome.how) << " \"" << outcome.message << "\" after " << outcome.steps << " steps";
  for (const auto& b : outcome.blocked)
    text << "; thread " << +b.thread << " blocked in action " << static_cast<int>(b.operation.kind)
         << " owner " << +b.owner;
  for (const auto& r : outcome.races)
    text << "; race of " << +r.first_thread << (r.first_is_write ? " write " : " read ") << r.first_pc
         << " with " << +r.second_thread << (r.second_is_write ? " write " : " read ") << r.second_pc
         << " at " << reinterpret_cast<const void*>(r.address) << " size " << r.size;
  return text.str();
}

/// Runs `body` under control from its first step.
template <class Body>
heddle::runtime::result run_controlled(heddle::runtime::chooser& decide, const heddle::runtime::options& how,
                                       Body&& body) {
  return heddle::runtime::run(decide, how, [&] {
    heddle::runtime::control_scope on(true);
    body();
  });
}

template <class Body>
heddle::runtime::result run_random(std::uint64_t seed, Body&& body,
                                   const heddle::runtime::options& how = {}) {
  random_chooser chooser(seed);
  return run_controlled(chooser, how, body);
}

}  // namespace runtime_tests
