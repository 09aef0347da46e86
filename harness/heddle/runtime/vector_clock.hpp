// Vector clocks (Mattern 1989) over the threads of one schedule.
#pragma once

#include <cstdint>

#include <heddle/runtime/types.hpp>

namespace heddle::runtime {

/// How many entries are in use: threads created so far. Loops stop there.
extern std::uint32_t clock_width;

struct vector_clock {
  std::uint32_t at[max_threads];

  void clear() {
    for (std::uint32_t i = 0; i < max_threads; ++i) at[i] = 0;
  }
  void join(const vector_clock& other) {
    for (std::uint32_t i = 0; i < clock_width; ++i)
      if (other.at[i] > at[i]) at[i] = other.at[i];
  }
  void assign(const vector_clock& other) {
    for (std::uint32_t i = 0; i < clock_width; ++i) at[i] = other.at[i];
    for (std::uint32_t i = clock_width; i < max_threads; ++i) at[i] = 0;
  }
};

}  // namespace heddle::runtime
