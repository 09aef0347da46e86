// Bundled implementations by name: "bulkhead/reference", "bulkhead/lost_hand_off".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <heddle/catalogue/pattern.hpp>

namespace heddle::cli {

struct named_target {
  std::string name;
  catalogue::contract_pointer contract;
};

std::vector<named_target> targets_of(const catalogue::pattern& p);

/// Throws usage_error with the nearest names if there is none.
named_target find_target(std::string_view name);

/// The patterns of these ids, all if there are none. Throws usage_error for an unknown one.
std::vector<catalogue::pattern> select_patterns(const std::vector<std::string>& ids);

}  // namespace heddle::cli
