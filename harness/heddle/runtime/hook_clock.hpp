// Time arguments of the C library as nanoseconds of virtual time.
#pragma once

#include <ctime>

#include <heddle/runtime/scheduler.hpp>

namespace heddle::runtime {

/// CLOCK_REALTIME reads this much more than virtual time: 2023-11-14T22:13:20Z.
inline constexpr std::int64_t epoch_offset_ns = 1'700'000'000'000'000'000;
/// CLOCK_MONOTONIC does not start at zero, which some code takes for "never".
inline constexpr std::int64_t steady_offset_ns = 1'000'000'000'000;

/// Waits that would last longer than this many nanoseconds (95 years) never end.
inline constexpr std::int64_t never_ns = 3'000'000'000'000'000'000;

/// Saturates at about ±292 years.
inline std::int64_t to_ns(const timespec& t) {
  constexpr std::int64_t seconds_max = 9'000'000'000;
  if (t.tv_sec > seconds_max) return seconds_max * 1'000'000'000;
  if (t.tv_sec < -seconds_max) return -seconds_max * 1'000'000'000;
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

/// So long from now as a deadline.
inline nanoseconds deadline_after(std::int64_t duration_ns) {
  if (duration_ns > never_ns) return no_deadline;
  return now() + static_cast<nanoseconds>(duration_ns < 0 ? 0 : duration_ns);
}

inline std::int64_t offset_of(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? epoch_offset_ns + wall_clock_offset()
                                                                   : steady_offset_ns;
}

/// An absolute time on `clock` as a deadline; one that lies in the past is due at once, one that lies
/// centuries ahead (time_point::max()) never.
inline nanoseconds deadline_on(clockid_t clock, const timespec& absolute) {
  std::int64_t at = 0;
  if (__builtin_sub_overflow(to_ns(absolute), offset_of(clock), &at)) return 0;
  if (at > never_ns) return no_deadline;
  return at < 0 ? 0 : static_cast<nanoseconds>(at);
}

}  // namespace heddle::runtime
