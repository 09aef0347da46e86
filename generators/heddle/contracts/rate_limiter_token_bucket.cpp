#include <heddle/contracts/rate_limiter_token_bucket.hpp>

namespace heddle::contracts::detail {
namespace {

using std::chrono::nanoseconds;

// Time in which one token grows: prime, so that no step of the clock but its multiples divides it.
constexpr nanoseconds per_token(7);

generator<nanoseconds> steps_around_a_token() {
  return simplest_first<nanoseconds>({per_token, nanoseconds(1), per_token / 3, per_token - nanoseconds(1),
                                      per_token + nanoseconds(1), 2 * per_token, 1000 * per_token});
}

}  // namespace

token_bucket_contract contract_of(const std::type_info& type, make_token_bucket make, std::string name) {
  using model = models::rate_limiter_token_bucket;
  token_bucket_contract c(std::move(name));
  c.subject_is(type)
      .operation("try_acquire", &token_bucket_port::try_acquire, &model::try_acquire,
                 simplest_first<std::uint64_t>({0, 1}), simplest_first<std::int64_t>({1, 1, 2, 3, 4}))
      .keyed()
      .configured_by(
          simplest_first<token_bucket_settings>({{1, per_token}, {2, per_token}, {3, per_token}}),
          std::move(make),
          [](const token_bucket_settings& s) { return model{.burst = s.burst, .per_token = s.per_token}; })
      .time_steps(steps_around_a_token())
      .wall_clock_steps(simplest_first<nanoseconds>({-per_token, nanoseconds(-1), -1000 * per_token}));
  return c;
}

smooth_limiter_contract contract_of(const std::type_info& type, make_smooth_limiter make, std::string name) {
  using model = models::rate_limiter_token_bucket_smooth;
  smooth_limiter_contract c(std::move(name));
  c.subject_is(type)
      .operation("reserve", &smooth_limiter_port::reserve, &model::reserve,
                 simplest_first<std::int64_t>({1, 2, 3}))
      .operation(
          "try_reserve", &smooth_limiter_port::try_reserve, &model::try_reserve,
          simplest_first<std::int64_t>({1, 2, 3}),
          simplest_first<nanoseconds>({nanoseconds(0), per_token - nanoseconds(1), per_token, 2 * per_token}))
      .configured_by(
          simplest_first<smooth_limiter_settings>({{0, per_token}, {1, per_token}, {2, per_token}}),
          std::move(make),
          [](const smooth_limiter_settings& s) {
            return model{.max_stored = s.max_stored, .interval = s.interval};
          })
      .time_steps(steps_around_a_token());
  return c;
}

}  // namespace heddle::contracts::detail
