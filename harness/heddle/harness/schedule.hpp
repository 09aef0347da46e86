// A schedule: every choice that was made, in order. Enough, with the program, to run it again step for step.
#pragma once

#include <cstdint>
#include <vector>

#include <heddle/runtime/runtime.hpp>

namespace heddle::harness {

/// Thread ids where a thread was chosen, indices where an alternative was.
using schedule = std::vector<std::uint8_t>;

/// Passes questions on and keeps the answers.
class recorder final : public runtime::chooser {
 public:
  explicit recorder(runtime::chooser& inner) : inner_(inner) {}
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;
  schedule take() { return std::move(made_); }

 private:
  runtime::chooser& inner_;
  schedule made_;
};

/// Answers from a schedule. Where it does not fit, or has come to its end, the current thread goes on.
class replayer final : public runtime::chooser {
 public:
  explicit replayer(const schedule& made) : made_(made) {}
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;
  /// Every answer was possible and all were used.
  bool fitted() const { return fits_ && next_ == made_.size(); }

 private:
  const schedule& made_;
  std::size_t next_ = 0;
  bool fits_ = true;
};

}  // namespace heddle::harness
