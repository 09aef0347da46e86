// Bytes as schedule: each byte answers one question, so that a fuzzer's mutations of the bytes are small
// changes of the schedule.
//
// 0 lets the current thread go on, 1, 2, … pick the enabled threads that follow it in the order of their ids
// (modulo their number). Bytes that have run out count as 0. But a thread that only spins, or that has long
// gone on, passes its turn on, so that waiting in a loop ends.
#pragma once

#include <cstdint>
#include <span>

#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class bytes final : public strategy {
 public:
  /// The bytes must outlive the strategy.
  explicit bytes(std::span<const std::uint8_t> all) : all_(all), rest_(all) {}

  std::string_view name() const override { return "bytes"; }
  void begin(std::uint64_t) override {
    rest_ = all_;
    run_length_ = 0;
  }
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;

 private:
  std::uint8_t next();
  bool gets_nowhere(const runtime::choice_point& point) const;
  std::size_t unprompted(const runtime::choice_point& point) const;

  std::span<const std::uint8_t> all_;
  std::span<const std::uint8_t> rest_;
  runtime::thread_id last_ = runtime::no_thread;
  std::uint32_t run_length_ = 0;  ///< choices in a row that fell on the last one
};

}  // namespace heddle::harness
