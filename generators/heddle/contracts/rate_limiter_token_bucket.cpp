#include <heddle/contracts/rate_limiter_token_bucket.hpp>
#include <heddle/contracts/simplest_first.hpp>

namespace heddle::contracts::detail {
namespace {

using std::chrono::nanoseconds;

// Time in which one token grows: prime, so that no step of the clock but its multiples divides it.
constexpr nanoseconds per_token(7);

rc::Gen<nanoseconds> steps_around_a_token() {
  return simplest_first<nanoseconds>({per_token, nanoseconds(1), per_token / 3, per_token - nanoseconds(1),
                                      per_token + nanoseconds(1), 2 * per_token, 1000 * per_token});
}

}  // namespace

token_bucket_contract contract_of(const std::type_info& type, make_token_bucket make, std::string name) {
  using model = models::rate_limiter_token_bucket;
  token_bucket_contract c(std::move(name));
  c.subject_is(type)
      .operation("try_acquire", &token_bucket_port::try_acquire, &model::try_acquire,
                 rc::gen::inRange<std::uint64_t>(0, 2), simplest_first<std::int64_t>({1, 1, 2, 3, 4}))
      .keyed()
      .configured_by(
          rc::gen::map(rc::gen::inRange<std::int64_t>(1, 4),
                       [](std::int64_t burst) {
                         return token_bucket_settings{burst, per_token};
                       }),
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
                 rc::gen::inRange<std::int64_t>(1, 4))
      .operation(
          "try_reserve", &smooth_limiter_port::try_reserve, &model::try_reserve,
          rc::gen::inRange<std::int64_t>(1, 4),
          simplest_first<nanoseconds>({nanoseconds(0), per_token - nanoseconds(1), per_token, 2 * per_token}))
      .configured_by(rc::gen::map(rc::gen::inRange<std::int64_t>(0, 3),
                                  [](std::int64_t max_stored) {
                                    return smooth_limiter_settings{max_stored, per_token};
                                  }),
                     std::move(make),
                     [](const smooth_limiter_settings& s) {
                       return model{.max_stored = s.max_stored, .interval = s.interval};
                     })
      .time_steps(steps_around_a_token());
  return c;
}

}  // namespace heddle::contracts::detail
