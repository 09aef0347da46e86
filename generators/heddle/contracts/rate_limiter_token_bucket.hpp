// Contracts of the token bucket and of its sibling with reservations.
//
//     heddle::check(heddle::contracts::rate_limiter_token_bucket<OurLimiter>());
//
// Required of a bucket: `try_acquire(client, n)` takes n tokens of that client or none and returns something
// with the members `allowed` and `retry_after` (0 if allowed, nanoseconds::max() if n exceeds the burst).
// Construction from {burst, per_token}; for any other, pass `make`, which gets the settings and returns a
// bucket or a unique_ptr to one.
//
// Generated: bursts of 1 to 3; requests of up to one more than the largest burst; two clients; polls faster
// than a token grows, and steps of the clock around it that do not divide it. The wall clock is set back now
// and then, which must not matter: time is steady_clock's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>

#include <heddle/generators/contract.hpp>
#include <heddle/models/rate_limiter_token_bucket.hpp>

namespace heddle::contracts {

/// A bucket in a generated program.
struct token_bucket_settings {
  std::int64_t burst = 1;
  std::chrono::nanoseconds per_token{};
};

/// A limiter with reservations in a generated program.
struct smooth_limiter_settings {
  std::int64_t max_stored = 0;
  std::chrono::nanoseconds interval{};
};

namespace detail {

/// Time in which one token grows: prime, so that no step of the clock but its multiples divides it.
inline constexpr std::chrono::nanoseconds per_token{7};

inline rc::Gen<std::chrono::nanoseconds> steps_around_a_token() {
  using namespace std::chrono_literals;
  return rc::gen::element(per_token, 1ns, per_token / 3, per_token - 1ns, per_token + 1ns, 2 * per_token,
                          1000 * per_token);
}

}  // namespace detail

/// Linearizable per client, in time, to models::rate_limiter_token_bucket.
template <class Limiter, class Make>
auto rate_limiter_token_bucket(Make make, std::string name = "rate_limiter_token_bucket") {
  using model = models::rate_limiter_token_bucket;
  using namespace std::chrono_literals;
  contract<Limiter, model> c(std::move(name));
  c.operation(
       "try_acquire",
       [](Limiter& limiter, std::uint64_t client, std::int64_t n) {
         const auto answer = limiter.try_acquire(client, n);
         return model::decision{.allowed = answer.allowed, .retry_after = answer.retry_after};
       },
       &model::try_acquire, rc::gen::inRange<std::uint64_t>(0, 2),
       rc::gen::element<std::int64_t>(1, 1, 2, 3, 4))
      .keyed()
      .configured_by(rc::gen::map(rc::gen::inRange<std::int64_t>(1, 4),
                                  [](std::int64_t burst) {
                                    return token_bucket_settings{burst, detail::per_token};
                                  }),
                     std::move(make),
                     [](const token_bucket_settings& s) {
                       return model{.burst = s.burst, .per_token = s.per_token};
                     })
      .time_steps(detail::steps_around_a_token())
      .wall_clock_steps(rc::gen::element(-1ns, -detail::per_token, -1000 * detail::per_token));
  return c;
}

template <class Limiter>
auto rate_limiter_token_bucket(std::string name = "rate_limiter_token_bucket") {
  return rate_limiter_token_bucket<Limiter>(
      [](const token_bucket_settings& s) {
        return std::unique_ptr<Limiter>(new Limiter({s.burst, s.per_token}));
      },
      std::move(name));
}

/// Linearizable in time to models::rate_limiter_token_bucket_smooth. Required: `reserve(n)` returns the wait,
/// `try_reserve(n, max_wait)` an optional of it; construction from {max_stored, interval}, or `make`.
template <class Limiter, class Make>
auto rate_limiter_token_bucket_smooth(Make make, std::string name = "rate_limiter_token_bucket_smooth") {
  using model = models::rate_limiter_token_bucket_smooth;
  using std::chrono::nanoseconds;
  contract<Limiter, model> c(std::move(name));
  c.operation(
       "reserve", [](Limiter& limiter, std::int64_t n) -> nanoseconds { return limiter.reserve(n); },
       &model::reserve, rc::gen::inRange<std::int64_t>(1, 4))
      .operation(
          "try_reserve",
          [](Limiter& limiter, std::int64_t n, nanoseconds max_wait) -> std::optional<nanoseconds> {
            return limiter.try_reserve(n, max_wait);
          },
          &model::try_reserve, rc::gen::inRange<std::int64_t>(1, 4),
          rc::gen::element(nanoseconds(0), detail::per_token - nanoseconds(1), detail::per_token,
                           2 * detail::per_token))
      .configured_by(rc::gen::map(rc::gen::inRange<std::int64_t>(0, 3),
                                  [](std::int64_t max_stored) {
                                    return smooth_limiter_settings{max_stored, detail::per_token};
                                  }),
                     std::move(make),
                     [](const smooth_limiter_settings& s) {
                       return model{.max_stored = s.max_stored, .interval = s.interval};
                     })
      .time_steps(detail::steps_around_a_token());
  return c;
}

template <class Limiter>
auto rate_limiter_token_bucket_smooth(std::string name = "rate_limiter_token_bucket_smooth") {
  return rate_limiter_token_bucket_smooth<Limiter>(
      [](const smooth_limiter_settings& s) {
        return std::unique_ptr<Limiter>(new Limiter({s.max_stored, s.interval}));
      },
      std::move(name));
}

}  // namespace heddle::contracts
