#include <array>
#include <utility>

#include <heddle/harness/failure.hpp>

namespace heddle::harness {
namespace {

using named = std::pair<failure_kind, std::string_view>;
constexpr std::array names{
    named{failure_kind::condition_violated, "condition violated"},
    named{failure_kind::invariant_broken, "broken invariant"},
    named{failure_kind::crashed, "crash"},
    named{failure_kind::aborted, "abort"},
    named{failure_kind::stack_overflow, "stack overflow"},
    named{failure_kind::use_after_free, "use after free"},
    named{failure_kind::uncaught_exception, "uncaught exception"},
    named{failure_kind::deadlock, "deadlock"},
    named{failure_kind::step_budget, "step budget exceeded"},
    named{failure_kind::data_race, "data race"},
    named{failure_kind::nondeterminism, "nondeterminism"},
    named{failure_kind::unusable, "too many threads"},
};

}  // namespace

std::string_view describe(failure_kind kind) {
  for (const auto& [k, phrase] : names)
    if (k == kind) return phrase;
  return "none";
}

failure_kind failure_kind_named(std::string_view phrase) {
  for (const auto& [kind, p] : names)
    if (p == phrase) return kind;
  return failure_kind::none;
}

}  // namespace heddle::harness
