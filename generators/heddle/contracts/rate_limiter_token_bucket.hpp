// Contracts of the token bucket and of its sibling with reservations.
//
//     heddle::check(heddle::contracts::rate_limiter_token_bucket<OurLimiter>());
//
// Required of a bucket: `try_acquire(client, n)` takes n tokens of that client or none and returns something
// with the members `allowed` and `retry_after` (0 if allowed, nanoseconds::max() if n exceeds the burst).
// Constructed from {burst, per_token}; a class that is constructed otherwise comes with `make`, which gets
// the settings and returns one.
//
// Generated: bursts of 1 to 3; requests of up to one more than the largest burst; two clients; polls faster
// than a token grows, and steps of the clock around it that do not divide it. The wall clock is set back now
// and then, which must not matter: time is steady_clock's.
//
// The contract itself is compiled once, against an interface; for each class there is only an adapter.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>

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

/// What the contract drives.
class token_bucket_port {
 public:
  virtual ~token_bucket_port() = default;
  virtual models::rate_limiter_token_bucket::decision try_acquire(std::uint64_t client, std::int64_t n) = 0;
};

class smooth_limiter_port {
 public:
  virtual ~smooth_limiter_port() = default;
  virtual std::chrono::nanoseconds reserve(std::int64_t n) = 0;
  virtual std::optional<std::chrono::nanoseconds> try_reserve(std::int64_t n,
                                                              std::chrono::nanoseconds max_wait) = 0;
};

using token_bucket_contract = contract<token_bucket_port, models::rate_limiter_token_bucket>;
using smooth_limiter_contract = contract<smooth_limiter_port, models::rate_limiter_token_bucket_smooth>;

namespace detail {

using make_token_bucket = std::function<std::unique_ptr<token_bucket_port>(const token_bucket_settings&)>;
using make_smooth_limiter =
    std::function<std::unique_ptr<smooth_limiter_port>(const smooth_limiter_settings&)>;

token_bucket_contract contract_of(const std::type_info& type, make_token_bucket make, std::string name);
smooth_limiter_contract contract_of(const std::type_info& type, make_smooth_limiter make, std::string name);

template <class Limiter>
class token_bucket_adapter final : public token_bucket_port {
 public:
  template <class Make>
  token_bucket_adapter(const Make& make, const token_bucket_settings& s) : limiter(make(s)) {}

  models::rate_limiter_token_bucket::decision try_acquire(std::uint64_t client, std::int64_t n) override {
    const auto answer = limiter.try_acquire(client, n);
    return {.allowed = answer.allowed, .retry_after = answer.retry_after};
  }

 private:
  Limiter limiter;  // reports show the name
};

template <class Limiter>
class smooth_limiter_adapter final : public smooth_limiter_port {
 public:
  template <class Make>
  smooth_limiter_adapter(const Make& make, const smooth_limiter_settings& s) : limiter(make(s)) {}

  std::chrono::nanoseconds reserve(std::int64_t n) override { return limiter.reserve(n); }
  std::optional<std::chrono::nanoseconds> try_reserve(std::int64_t n,
                                                      std::chrono::nanoseconds max_wait) override {
    return limiter.try_reserve(n, max_wait);
  }

 private:
  Limiter limiter;
};

}  // namespace detail

/// Linearizable per client, in time, to models::rate_limiter_token_bucket.
template <class Limiter, class Make>
token_bucket_contract rate_limiter_token_bucket(Make make, std::string name = "rate_limiter_token_bucket") {
  using adapter = detail::token_bucket_adapter<Limiter>;
  return detail::contract_of(
      typeid(adapter), detail::make_token_bucket([make = std::move(make)](const token_bucket_settings& s) {
        return std::make_unique<adapter>(make, s);
      }),
      std::move(name));
}

template <class Limiter>
token_bucket_contract rate_limiter_token_bucket(std::string name = "rate_limiter_token_bucket") {
  return rate_limiter_token_bucket<Limiter>(
      [](const token_bucket_settings& s) {
        return Limiter({s.burst, s.per_token});
      },
      std::move(name));
}

/// Linearizable in time to models::rate_limiter_token_bucket_smooth. Required: `reserve(n)` returns the wait,
/// `try_reserve(n, max_wait)` an optional of it; constructed from {max_stored, interval}, or by `make`.
template <class Limiter, class Make>
smooth_limiter_contract rate_limiter_token_bucket_smooth(
    Make make, std::string name = "rate_limiter_token_bucket_smooth") {
  using adapter = detail::smooth_limiter_adapter<Limiter>;
  return detail::contract_of(
      typeid(adapter),
      detail::make_smooth_limiter([make = std::move(make)](const smooth_limiter_settings& s) {
        return std::make_unique<adapter>(make, s);
      }),
      std::move(name));
}

template <class Limiter>
smooth_limiter_contract rate_limiter_token_bucket_smooth(
    std::string name = "rate_limiter_token_bucket_smooth") {
  return rate_limiter_token_bucket_smooth<Limiter>(
      [](const smooth_limiter_settings& s) {
        return Limiter({s.max_stored, s.interval});
      },
      std::move(name));
}

}  // namespace heddle::contracts
