// The strategies by name, as --strategy, HEDDLE_STRATEGY and check_options choose them. What each is good at:
// docs/exploring.md.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

/// "random", "pct2", …: those that make schedules of their own accord.
std::vector<std::string_view> strategy_names();

/// Throws std::invalid_argument, which says the names, if there is no such strategy.
std::unique_ptr<strategy> make_strategy(std::string_view name);

}  // namespace heddle::harness
