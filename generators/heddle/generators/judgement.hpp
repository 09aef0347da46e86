// What a correctness condition says of a history.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <heddle/generators/recorded_history.hpp>

namespace heddle {

struct judgement {
  bool holds = true;
  bool decided = true;                   ///< false: the search gave up
  std::string anomaly;                   ///< classical name, where it is recognised: "write skew (G2-item)"
  std::vector<std::string> reasons;      ///< lines for people: why no order explains the history
  std::uint32_t culprit = not_returned;  ///< index of the call to point at, if one stands out
  std::string culprit_note;              ///< said beside that call
  std::set<std::string> reached;         ///< anomalies seen that the condition allows
};

class contract_definition;

/// Decides whether a history satisfies the contract's condition. `explain` asks for reasons, which cost more.
using judge = std::function<judgement(const contract_definition&, const recorded_history&, bool explain)>;

}  // namespace heddle
