// The models of bundled patterns, for recorded histories.
#pragma once

#include <vector>

#include <heddle/recorded/model.hpp>

namespace heddle::cli {

/// Those whose operations can be written down: rate_limiter_token_bucket, rate_limiter_token_bucket_smooth,
/// circuit_breaker, bulkhead. Permits are the process's own, the oldest is used up first; time passes by the
/// operation `advance`, which any process may make; `initial` is an object of settings.
std::vector<recorded::model> pattern_models();

}  // namespace heddle::cli
