// Random walk: every enabled thread is equally likely at every scheduling point.
//
// The clock counts as an eighth of a thread: otherwise nearly every wait with a timeout would time out.
#pragma once

#include <heddle/harness/random.hpp>
#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

/// Precondition: one is enabled.
runtime::thread_id random_thread(const runtime::choice_point& point, random_stream& random);

class random_walk final : public strategy {
 public:
  std::string_view name() const override { return "random"; }
  void begin(std::uint64_t seed) override { random_ = random_stream(seed); }
  runtime::thread_id choose_thread(const runtime::choice_point& point) override {
    return random_thread(point, random_);
  }
  std::uint32_t choose_alternative(std::uint32_t count) override { return random_.below(count); }

 private:
  random_stream random_;
};

}  // namespace heddle::harness
