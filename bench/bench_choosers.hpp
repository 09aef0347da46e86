// Deciders that cost as little as any can.
#pragma once

#include <heddle/runtime/runtime.hpp>

namespace runtime_bench {

/// Stays with who runs, or goes round.
class fixed_chooser : public heddle::runtime::chooser {
 public:
  explicit fixed_chooser(bool go_round) : go_round_(go_round) {}
  heddle::runtime::thread_id choose_thread(const heddle::runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t) override { return 0; }

 private:
  bool go_round_;
};

/// Each with equal chances.
class random_chooser : public heddle::runtime::chooser {
 public:
  heddle::runtime::thread_id choose_thread(const heddle::runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;

 private:
  std::uint64_t state_ = 1;
};

}  // namespace runtime_bench
