#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/rate_limiter_token_bucket.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_double_refill.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_lost_update.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_truncating_refill.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_wall_clock.hpp>
#include <heddle/targets/rate_limiter_token_bucket/reference.hpp>
#include <heddle/targets/rate_limiter_token_bucket/smooth_reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::rate_limiter_token_bucket;

template <class Limiter>
contract_pointer bucket() {
  return contracts::rate_limiter_token_bucket<Limiter>().definition();
}

}  // namespace

pattern rate_limiter_token_bucket() {
  return {
      .id = "rate_limiter_token_bucket",
      .summary = "burst B, refill r; plus Guava-style reservations",
      .condition = "linearizable + time",
      .references = {{"reference", bucket<target::reference>()},
                     {"smooth_reference",
                      contracts::rate_limiter_token_bucket_smooth<target::smooth_reference>().definition()}},
      .variants = {{"M1", "lost_update", bucket<target::faulty_lost_update>(), 2, 1},
                   {"M2", "double_refill", bucket<target::faulty_double_refill>(), 2, 1},
                   {"M3", "truncating_refill", bucket<target::faulty_truncating_refill>(), 1, 2},
                   {"M4", "wall_clock", bucket<target::faulty_wall_clock>(), 1, 2}},
      .must_reach = {},
  };
}

}  // namespace heddle::catalogue
